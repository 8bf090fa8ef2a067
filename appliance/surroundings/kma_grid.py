"""Latitude and longitude as a cell of the Korea Meteorological Administration's 5-km grid."""

from __future__ import annotations

import math
from dataclasses import dataclass

from appliance.errors import SurroundingsError

EARTH_RADIUS_KM = 6371.00877
CELL_KM = 5.0
STANDARD_PARALLELS = (math.radians(30.0), math.radians(60.0))
ORIGIN_LATITUDE, ORIGIN_LONGITUDE = math.radians(38.0), math.radians(126.0)
ORIGIN_X, ORIGIN_Y = 43, 136
"""Cell of the projection's origin."""
WIDTH, HEIGHT = 149, 253


@dataclass(frozen=True, slots=True)
class GridCell:
    x: int
    """1..149, from the west."""
    y: int
    """1..253, from the south."""


def grid_cell(latitude: float, longitude: float) -> GridCell:
    """The cell around a place, in degrees.

    Lambert conformal conic projection with two standard parallels on a sphere (Snyder, Map
    Projections, 1987, eq. 15-1 to 15-4), with the parameters of the forecast service's guide.

    Raises:
        SurroundingsError: the place is outside the grid.
    """
    if not -80 <= latitude <= 80:  # towards the poles the projection has no numbers
        raise _outside(latitude, longitude)
    first, second = STANDARD_PARALLELS
    cone = math.log(math.cos(first) / math.cos(second)) / math.log(_steep(second) / _steep(first))
    scale = EARTH_RADIUS_KM / CELL_KM * math.cos(first) * _steep(first) ** cone / cone
    radius = scale / _steep(math.radians(latitude)) ** cone
    turn = math.remainder(math.radians(longitude) - ORIGIN_LONGITUDE, math.tau) * cone
    x = radius * math.sin(turn) + ORIGIN_X
    y = scale / _steep(ORIGIN_LATITUDE) ** cone - radius * math.cos(turn) + ORIGIN_Y
    cell = GridCell(math.floor(x + 0.5), math.floor(y + 0.5))
    if not (1 <= cell.x <= WIDTH and 1 <= cell.y <= HEIGHT):
        raise _outside(latitude, longitude)
    return cell


def _steep(latitude: float) -> float:
    return math.tan(math.pi / 4 + latitude / 2)


def _outside(latitude: float, longitude: float) -> SurroundingsError:
    return SurroundingsError(
        f"{latitude:g}, {longitude:g} lies outside KMA's grid of Korea; correct "
        "surroundings.latitude and longitude, or ask open-meteo"
    )
