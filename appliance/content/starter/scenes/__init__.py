"""The painted scenes of the starter library, one file each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from appliance.content.starter.render import Scene
from appliance.content.starter.scenes.autumn import Autumn
from appliance.content.starter.scenes.bakery import Bakery
from appliance.content.starter.scenes.cafe import Cafe
from appliance.content.starter.scenes.fireflies import Fireflies
from appliance.content.starter.scenes.flowers import Flowers
from appliance.content.starter.scenes.gelato import Gelato
from appliance.content.starter.scenes.rain import Rain
from appliance.content.starter.scenes.snow import Snow
from appliance.content.starter.scenes.spring import Spring
from appliance.content.starter.scenes.summer import Summer
from appliance.content.starter.scenes.winter import Winter

SCENES: Final[Mapping[str, tuple[Callable[[], Scene], int]]] = {
    "spring": (Spring, 24),
    "summer": (Summer, 26),
    "autumn": (Autumn, 26),
    "winter": (Winter, 19),
    "rain": (Rain, 29),
    "snow": (Snow, 22),
    "fireflies": (Fireflies, 28),
    "gelato": (Gelato, 25),
    "flowers": (Flowers, 23),
    "cafe": (Cafe, 20),
    "bakery": (Bakery, 20),
}
"""Each clip's file name (without ending): its scene and x264 quality (crf) that fits the size."""
