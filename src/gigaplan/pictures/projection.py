"""Where places fall on the map, so that labels and arrows can be set without overlaps.

Albers' equal-area conic projection with the parallels that are usual for the United States
(29.5 and 45.5 degrees; Snyder, Map Projections, USGS Professional Paper 1395, 1987, equations 14-3
to 14-6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians, sin, sqrt
from typing import Any

SOUTH, NORTH, MERIDIAN, ORIGIN = 29.5, 45.5, -96.0, 38.7
_N = (sin(radians(SOUTH)) + sin(radians(NORTH))) / 2
_C = cos(radians(SOUTH)) ** 2 + 2 * _N * sin(radians(SOUTH))

VEGA = {
    "type": "conicEqualArea",
    "parallels": [SOUTH, NORTH],
    "rotate": [-MERIDIAN, 0],
    "center": [0, ORIGIN],
}


def albers(longitude: float, latitude: float) -> tuple[float, float]:
    """Position on a sphere of radius 1, x to the east and y to the north."""
    rho = sqrt(_C - 2 * _N * sin(radians(latitude))) / _N
    rho0 = sqrt(_C - 2 * _N * sin(radians(ORIGIN))) / _N
    theta = _N * radians(longitude - MERIDIAN)
    return rho * sin(theta), rho0 - rho * cos(theta)


def outline(
    topology: Mapping[str, Any], shapes: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[float, float]]:
    """Longitudes and latitudes of the borders of some shapes of a TopoJSON topology."""
    (kx, ky), (x0, y0) = topology["transform"]["scale"], topology["transform"]["translate"]
    for index in {~i if i < 0 else i for shape in shapes for i in _arcs(shape["arcs"])}:
        x = y = 0
        for dx, dy in topology["arcs"][index]:
            x, y = x + dx, y + dy
            yield x * kx + x0, y * ky + y0


def _arcs(nested: Sequence[Any] | int) -> Iterator[int]:
    if isinstance(nested, int):
        yield nested
        return
    for part in nested:
        yield from _arcs(part)


@dataclass(frozen=True)
class Frame:
    """Fits what is shown into a picture of some pixels, as Vega does."""

    left: float
    top: float
    scale: float
    margin: tuple[float, float]

    @classmethod
    def around(cls, places: Iterable[tuple[float, float]], width: int, height: int) -> Frame:
        """The frame that holds all longitudes and latitudes."""
        points = [albers(*place) for place in places]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        scale = min(width / (max(xs) - min(xs)), height / (max(ys) - min(ys)))
        margin = (
            (width - scale * (max(xs) - min(xs))) / 2,
            (height - scale * (max(ys) - min(ys))) / 2,
        )
        return cls(min(xs), max(ys), scale, margin)

    def pixel(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Pixels from the left and from the top."""
        x, y = albers(longitude, latitude)
        across, down = (x - self.left) * self.scale, (self.top - y) * self.scale
        return across + self.margin[0], down + self.margin[1]


Box = tuple[float, float, float, float]  # left, top, right, bottom


def place_labels(
    points: Sequence[tuple[float, float, float]], sizes: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Centre of a label beside each point, so that labels cover no other label and no point.

    Parameters
    ----------
    points : centre and radius of each mark [px], the most important first
    sizes : width and height of each label [px]
    """
    marks = [(x - r, y - r, x + r, y + r) for x, y, r in points]
    placed: list[Box] = []
    centres = []
    for (x, y, r), (w, h) in zip(points, sizes, strict=True):
        sides = [
            (x, y - r - h / 2 - 2),
            (x, y + r + h / 2 + 2),
            (x + r + w / 2 + 4, y),
            (x - r - w / 2 - 4, y),
            (x + r + w / 2, y - r - h / 2),
            (x - r - w / 2, y - r - h / 2),
            (x + r + w / 2, y + r + h / 2),
            (x - r - w / 2, y + r + h / 2),
        ]
        boxes = [(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2) for cx, cy in sides]
        covered = [sum(_common(b, other) for other in (*placed, *marks)) for b in boxes]
        best = covered.index(min(covered))
        placed.append(boxes[best])
        centres.append(sides[best])
    return centres


def _common(a: Box, b: Box) -> float:
    """Area that two boxes share."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
