"""Water and burns found in rendered scenes with known truth, against a fixed threshold and plain Otsu of the same run.

`python -m tests.bench.water [--rounds 4] [--samples DIRECTORY]`: 14 radar scenes, 4 optical floods and 3 burns a round;
with the recorded samples also scenes rendered from real flood polygons, which must reach 0.85 each.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import SHARED_SAMPLES
from tests.geodata.imagery import trial
from tests.geodata.imagery.trial import Row

LEAST_EMS = 0.85


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rounds", type=int, default=4)
    asked.add_argument("--samples", type=Path, default=SHARED_SAMPLES)
    options = asked.parse_args()
    held = [
        judged("radar", (trial.radar_row(scene) for scene in trial.radar_scenes(options.rounds))),
        judged("optical", (trial.optical_row(scene) for scene in trial.optical_flood_scenes(options.rounds))),
        judged("burn", (trial.burn_row(scene) for scene in trial.burn_scenes(options.rounds))),
    ]
    if (options.samples / trial.EMS).is_file():
        rows = (trial.radar_row(scene) for scene in trial.ems_scenes(options.samples))
        held.append(judged("EMS", rows, least=LEAST_EMS))
    else:
        print("EMS: no samples, left out")
    sys.exit(0 if all(held) else 1)


def judged(title: str, rows: Iterator[Row], *, least: float = 0.0) -> bool:
    """Prints each scene and the medians; whether ours is best at the median and never below `least`."""
    started = time.monotonic()
    print(f"\n== {title}\n{trial.HEAD}")
    found = []
    for row in rows:
        print(row, flush=True)
        found.append(row)
    ours, fixed, otsu = (statistics.median(getattr(row, name) for row in found) for name in ("ours", "fixed", "otsu"))
    lowest = min(row.ours for row in found)
    held = ours > max(fixed, otsu) and lowest >= least
    print(
        f"{title}: {len(found)} scenes, median IoU {ours:.3f}, fixed {fixed:.3f} ({ours / fixed:.2f}x), "
        f"otsu {otsu:.3f} ({ours / otsu:.2f}x), lowest {lowest:.3f}, {time.monotonic() - started:.0f} s  "
        f"{'PASS' if held else 'FAIL'}"
    )
    return held


if __name__ == "__main__":
    main()
