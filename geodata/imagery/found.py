"""What an analysis answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geodata.imagery.raster import Mask, Pixels


@dataclass(frozen=True, slots=True)
class Found:
    """`mask` is True where it was found. `confidence`, 0 to 1, is that of the whole; `certainty` that of each pixel
    found (0 elsewhere). `threshold` is the split in the unit of the first band or index that was split (dB, index).
    `unseen` is where nothing can be said: no image, cloud, radar shadow. `severity` are the classes of burns, else
    None. `notes` are sentences about what limits the result, for whoever reads it."""

    mask: Mask
    confidence: float
    threshold: float
    notes: tuple[str, ...]
    certainty: Pixels
    unseen: Mask
    severity: npt.NDArray[np.uint8] | None = None
