"""Pictures as phones take them by default (HEIC); the only file that knows libheif and Pillow."""

from __future__ import annotations

import io

import numpy as np
import pi_heif
from PIL import Image as PillowImage
from PIL import ImageCms

from appliance.domain import Image
from appliance.errors import PictureError


def decode_heif(data: bytes, name: str) -> Image:
    """Like ``picture_file.decode_picture``; the colours are brought to sRGB.

    Turning and cropping stand in the file itself and are applied by the library.
    """
    try:
        picture = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True).to_pillow()
        picture = _to_srgb(picture)
    except (ValueError, RuntimeError, OSError, EOFError, SyntaxError) as exc:
        raise PictureError(f"{name} is damaged ({exc}): copy or save it again") from exc
    if picture.mode == "RGBA":
        white = PillowImage.new("RGBA", picture.size, "white")
        picture = PillowImage.alpha_composite(white, picture)
    rgb = np.asarray(picture.convert("RGB"), np.uint8)
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _to_srgb(picture: PillowImage.Image) -> PillowImage.Image:
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in ("RGB", "RGBA"):
        return picture
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB")) or picture
    except ImageCms.PyCMSError:
        # A profile that cannot be read is no reason to refuse the picture.
        return picture
