"""Pictures from files: turned upright, eight bits, three channels, or refused in plain words."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from appliance.domain import Image
from appliance.errors import PictureError
from appliance.inference.picture_header import is_heif, size_px

PICTURE_SUFFIXES = frozenset(
    {".avif", ".bmp", ".heic", ".heif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}
)
MAX_PIXELS = 100_000_000
MAX_BYTES = 200_000_000


# A damaged picture becomes one PictureError; OpenCV's own account of it goes nowhere.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def read_picture(path: Path | str) -> Image:
    """The picture at ``path`` as [H, W, 3] blue-green-red; transparency is shown on white.

    EXIF orientation is applied, grey and 16-bit pictures become 8-bit colour.
    Raises PictureError when the file is missing, empty, no picture, damaged or over 100 megapixels
    (which is found out before it is decoded).
    """
    file = Path(path)
    return decode_picture(_read_bytes(file), str(file))


def decode_picture(data: bytes, name: str) -> Image:
    """Like ``read_picture``, from bytes; ``name`` is what the error calls them."""
    if not data:
        raise PictureError(f"{name} is empty: give a picture")
    size = size_px(data)
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise PictureError(
            f"{name} is {size[1]} x {size[0]} pixels, more than {MAX_PIXELS // 1_000_000}"
            " megapixels: make it smaller"
        )
    if _is_cut_off(data):
        raise PictureError(f"{name} is damaged (its end is missing): copy or save it again")
    if is_heif(data):
        # Its libraries take 15 MB, and a unit that nobody gives such pictures does without.
        from appliance.inference.heif_picture import decode_heif

        return decode_heif(data, name)
    buffer = np.frombuffer(data, np.uint8)
    try:
        # ANYDEPTH keeps 16 bits (scaled below instead of cut off); orientation is applied by
        # OpenCV with this flag but not with IMREAD_UNCHANGED, which alone keeps transparency.
        raw = cv2.imdecode(buffer, cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR)
        unchanged = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED) if _may_have_alpha(data) else None
    except cv2.error as exc:
        raise PictureError(f"{name} is damaged ({exc.err}): save it again") from exc
    if raw is None or raw.size == 0:
        raise PictureError(
            f"{name} is no picture that can be read: give JPEG, PNG, WebP, HEIC, AVIF, BMP, TIFF"
        )
    if unchanged is not None and unchanged.ndim == 3 and unchanged.shape[2] == 4:
        return _on_white(_to_8_bit(unchanged))
    return _to_8_bit(raw)


def _read_bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise PictureError(f"{file} is over {MAX_BYTES // 1_000_000} MB: make it smaller")
        return file.read_bytes()
    except OSError as exc:
        raise PictureError(f"{file} cannot be read: {exc.strerror}") from exc


def _is_cut_off(data: bytes) -> bool:
    # OpenCV fills what is missing of a JPEG with grey and says nothing. The compressed scan
    # cannot hold the end marker by accident: 0xFF is escaped in it.
    is_jpeg = data.startswith(b"\xff\xd8")
    return is_jpeg and data.rfind(b"\xff\xd9") < data.rfind(b"\xff\xda")


def _may_have_alpha(data: bytes) -> bool:
    # The frequent kinds need not be decoded twice.
    if data.startswith(b"\x89PNG") and len(data) > 26:
        return data[25] in (4, 6) or b"tRNS" in data[:4096]
    return not data.startswith(b"\xff\xd8")


def _to_8_bit(picture: np.ndarray) -> Image:
    if picture.dtype == np.uint8:
        return picture
    if picture.dtype == np.uint16:
        return np.asarray(picture >> 8, np.uint8)
    # Floating-point pictures (TIFF) hold 0..1.
    return np.asarray(np.clip(np.nan_to_num(picture), 0, 1) * 255, np.uint8)


def _on_white(picture: Image) -> Image:
    alpha = picture[:, :, 3:].astype(np.uint16)
    return np.asarray((picture[:, :, :3] * alpha + 255 * (255 - alpha)) // 255, np.uint8)
