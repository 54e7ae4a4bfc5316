"""The roads as a graph in memory: nearest junctions by a k-d tree, shortest times by Dijkstra (SciPy).

Measured for docs/adr/0006: scipy.sparse.csgraph needs no further dependency and answers 60 to many in one call.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEAR = 2_000.0
"""Metres; who is farther from any road than this goes by the straight line."""
ACCESS = 20.0
"""km/h between a place and its junction."""
LONGEST = 8 * 3600.0
"""Seconds; beyond it no way is looked for."""
_METRES = 111_195.0
"""Of one degree of latitude on a globe of 6,371 km."""


@dataclass(frozen=True)
class Network:
    """`lon`, `lat` of junctions in degrees EPSG:4326; edges by the places of their ends in these, one per direction,
    with their id in the table and seconds of travel."""

    lon: Floats
    lat: Floats
    start: Ints
    end: Ints
    seconds: Floats
    edge: Ints

    @cached_property
    def _scale(self) -> float:
        return float(np.cos(np.radians(self.lat.mean()))) if len(self.lat) else 1.0

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(np.column_stack([self.lon * self._scale, self.lat]) * _METRES)

    @cached_property
    def _forward(self) -> _Sorted:
        return _Sorted.of(self.start, self.end, self.seconds, self.edge)

    @cached_property
    def _backward(self) -> _Sorted:
        return _Sorted.of(self.end, self.start, self.seconds, self.edge)

    def minutes(
        self, starts: list[tuple[float, float]], ends: list[tuple[float, float]], blocked: Ints | None = None
    ) -> Floats:
        """From each start (row) to each end (column). NaN where one of them lies far from any road, infinite where
        the roads that are not blocked lead nowhere."""
        table = np.full((len(starts), len(ends)), np.nan)
        if not len(self.lon) or not starts or not ends:
            return table
        open_ = np.ones(len(self.edge), bool) if blocked is None else ~np.isin(self.edge, blocked)
        reached = np.unique(np.concatenate([self.start[open_], self.end[open_]]))
        if not len(reached):
            return table
        tree = self._tree if blocked is None or not len(blocked) else None
        a, far_a = self._nearest(starts, reached, tree)
        b, far_b = self._nearest(ends, reached, tree)
        size = len(self.lon)
        turned = len(ends) <= len(starts)
        graph = (self._backward if turned else self._forward).without(blocked, size)
        sources, where = np.unique(b if turned else a, return_inverse=True)
        found = np.atleast_2d(dijkstra(graph, indices=sources, limit=LONGEST))[where]
        seconds = found[:, a].T if turned else found[:, b]
        access = (far_a[:, None] + far_b[None, :]) / (ACCESS / 3.6)
        table = (seconds + access) / 60
        table[(far_a > NEAR)[:, None] | (far_b > NEAR)[None, :]] = np.nan
        return np.asarray(table)

    def _nearest(self, places: list[tuple[float, float]], reached: Ints, tree: cKDTree | None) -> tuple[Ints, Floats]:
        """Junctions that an open road reaches, and metres to them."""
        points = np.array(places, dtype=float) * [self._scale, 1.0] * _METRES
        if tree is not None:
            far, at = tree.query(points)
            return np.asarray(at, dtype=np.int64), np.asarray(far)
        few = cKDTree(np.column_stack([self.lon[reached] * self._scale, self.lat[reached]]) * _METRES)
        far, at = few.query(points)
        return reached[np.asarray(at, dtype=np.int64)], np.asarray(far)

    def save(self, path: Path) -> None:
        part = path.with_suffix(".part.npz")
        np.savez(part, lon=self.lon, lat=self.lat, start=self.start, end=self.end, seconds=self.seconds, edge=self.edge)
        part.replace(path)


@lru_cache(maxsize=1)
def load(path: Path) -> Network:
    """As `save` wrote it. Raises OSError, ValueError."""
    with np.load(path, allow_pickle=False) as found:
        return Network(*(found[name] for name in ("lon", "lat", "start", "end", "seconds", "edge")))


@dataclass(frozen=True)
class _Sorted:
    """Edges by row, column and seconds, so that a matrix without some of them is made in one pass."""

    rows: Ints
    columns: Ints
    seconds: Floats
    edge: Ints

    @classmethod
    def of(cls, rows: Ints, columns: Ints, seconds: Floats, edge: Ints) -> _Sorted:
        order = np.lexsort((seconds, columns, rows))
        return cls(rows[order], columns[order], np.maximum(seconds[order], 0.01), edge[order])

    def without(self, blocked: Ints | None, size: int) -> csr_array:
        """A matrix that keeps the fastest of parallel edges: building one from pairs adds them up."""
        keep = np.ones(len(self.rows), bool) if blocked is None else ~np.isin(self.edge, blocked)
        rows, columns, seconds = self.rows[keep], self.columns[keep], self.seconds[keep]
        first = np.ones(len(rows), bool)
        first[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
        starts = np.searchsorted(rows[first], np.arange(size + 1))
        return csr_array((seconds[first], columns[first], starts), shape=(size, size))
