"""The blocks that docs/feeds.md offers to be copied."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from feeds.configured.block import Block

PAGE = Path(__file__).resolve().parents[3] / "docs" / "feeds.md"


def documented() -> dict[str, Block]:
    found: dict[str, Block] = {}
    for text in re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        for name, given in tomllib.loads(text).get("sources", {}).items():
            assert name not in found, f"{name} stands twice in {PAGE.name}"
            found[name] = Block.model_validate(given)
    return found
