"""The mood of pictures as people have them: those too small to show anything are refused."""

from __future__ import annotations

from typing import Final

from appliance.domain import Image, PictureMood
from appliance.errors import PictureError
from appliance.inference.mood_classifier import MoodClassifier

LEAST_SIDE_PX: Final = 16


def mood_of(picture: Image, name: str, classifier: MoodClassifier) -> PictureMood:
    """The mood of a picture [H, W, 3]; ``name`` is what an error calls it.

    Raises PictureError for a picture so narrow that nothing would be seen in it.
    """
    height_px, width_px = picture.shape[:2]
    if min(height_px, width_px) < LEAST_SIDE_PX:
        raise PictureError(
            f"{name} is only {width_px}x{height_px} pixels, {LEAST_SIDE_PX} a side are needed to"
            " tell its mood: give a larger one"
        )
    (told,) = classifier.classify([picture])
    return told
