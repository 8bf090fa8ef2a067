"""Views as planning knows them, for tests that care about one field of many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from appliance.content.compose.view import View
from appliance.domain import Box, Mood, PictureMood


def a_mood(**shares: float) -> PictureMood:
    """The named moods' probabilities; the others have none."""
    return PictureMood(tuple(shares.get(mood.value, 0.0) for mood in Mood), 0.2, -0.1)


def a_view(name: str = "a.jpg", **changes: Any) -> View:
    values: dict[str, Any] = {
        "path": Path(name),
        "width_px": 4000,
        "height_px": 3000,
        "mood": a_mood(peaceful=1.0),
        "focus": Box(1000, 1000, 2000, 2000),
        "look": 0,
        "tones": (100,) * 12,
        "sharpness": 1.0,
    }
    return View(**(values | changes))
