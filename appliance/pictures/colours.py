"""Brings a picture's colours to sRGB by the profile that stands in its file."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image as PillowImage
from PIL import ImageCms

# ICC.1:2022, table 19: colour spaces of profiles, and the modes of pictures they describe.
_MODES: Final = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def to_srgb(picture: PillowImage.Image, profile: bytes | None) -> PillowImage.Image:
    """An RGB picture of ``picture`` (L, RGB or CMYK); without a profile it is sRGB already.

    A profile that is damaged or for other channels is no reason to refuse the picture.
    """
    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = _MODES.get(own.profile.xcolor_space.strip())
            # A grey picture of a camera may carry its camera's colour profile.
            described = picture.convert("RGB") if (picture.mode, mode) == ("L", "RGB") else picture
            if described.mode == mode:
                srgb = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(described, own, srgb, outputMode="RGB")
                return converted or picture.convert("RGB")
        except (ImageCms.PyCMSError, OSError):
            pass
    return picture.convert("RGB")
