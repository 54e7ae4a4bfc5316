"""The evaluation as a child process: killed when its job is, with a limit of time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from geodata.imagery.failures import AnalysisFailed

SECONDS = 600.0
_ROOT = Path(__file__).resolve().parents[2]
_RESULT, _TASK = "result.json", "task.json"


async def evaluate(directory: Path, task: dict[str, Any], *, seconds: float = SECONDS) -> dict[str, Any]:
    """What the evaluation found. Raises AnalysisFailed."""
    (directory / _RESULT).unlink(missing_ok=True)
    (directory / _TASK).write_text(json.dumps(task))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "geodata.imagery.evaluation", str(directory),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        cwd=_ROOT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            _, said = await child.communicate()
    except TimeoutError as error:
        raise AnalysisFailed(f"The evaluation took longer than {seconds:.0f} s.") from error
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await asyncio.shield(child.wait())
    if child.returncode != 0:
        words = said.decode(errors="replace").strip().splitlines()[-1:] or [f"exit {child.returncode}"]
        raise AnalysisFailed(f"{AnalysisFailed.__doc__} {words[0][:300]}")
    found: dict[str, Any] = json.loads((directory / _RESULT).read_text())
    return found
