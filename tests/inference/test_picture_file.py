"""picture_file.py: every kind of picture becomes eight-bit colour, every bad one a plain error."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from appliance.errors import PictureError
from appliance.inference.picture_file import decode_picture, read_picture
from appliance.inference.picture_header import size_px


def gradient() -> np.ndarray:
    """100 high, 200 wide; blue grows to the right, green downwards, red constant."""
    picture = np.full((100, 200, 3), 40, np.uint8)
    picture[:, :, 0] = np.linspace(0, 200, 200, dtype=np.uint8)[None, :]
    picture[:, :, 1] = np.linspace(0, 200, 100, dtype=np.uint8)[:, None]
    return picture


def encoded(suffix: str, picture: np.ndarray) -> bytes:
    return cv2.imencode(suffix, picture)[1].tobytes()


def saved_by_pillow(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif", ".bmp", ".tiff"])
def test_common_kinds_are_read_alike(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"picture{suffix}"
    file.write_bytes(encoded(suffix, gradient()))

    picture = read_picture(file)

    assert picture.shape == (100, 200, 3)
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - gradient()).mean() < 4


# Written by libheif: 64x48, blue, its upper left quarter red.
HEIC = Path(__file__).with_name("fixtures")


def test_a_phones_picture_is_read() -> None:
    data = (HEIC / "quarter.heic").read_bytes()
    assert size_px(data) == (64, 64)  # coded in whole blocks, then cropped
    picture = decode_picture(data, "p")
    assert picture.shape == (48, 64, 3)
    assert np.abs(picture[10, 10].astype(int) - (30, 30, 200)).max() <= 3
    assert np.abs(picture[40, 50].astype(int) - (200, 40, 20)).max() <= 3


def test_a_phones_picture_is_turned_upright() -> None:
    picture = read_picture(HEIC / "turned.heic")
    assert picture.shape == (64, 48, 3)
    assert picture[10, 40, 2] > 190  # turned clockwise, the red is on the right


def test_transparent_parts_of_a_phones_picture_are_white() -> None:
    picture = read_picture(HEIC / "transparent.heic")
    assert (picture[40, 50] == 255).all()
    assert picture[10, 10, 2] > 190


def test_a_phones_wide_colours_come_to_srgb() -> None:
    """(200, 60, 60) in Display P3 is redder than sRGB's; by the primaries of both it is this."""
    picture = read_picture(HEIC / "wide.heic")
    assert np.abs(picture[20, 20].astype(int) - (49, 37, 219)).max() <= 4


@pytest.mark.parametrize("length", [40, 300, 500])
def test_a_phones_picture_cut_short_is_one_error(length: int) -> None:
    with pytest.raises(PictureError, match=r"damaged|no picture"):
        decode_picture((HEIC / "quarter.heic").read_bytes()[:length], "p")


def test_a_huge_phones_picture_is_refused_before_it_is_decoded() -> None:
    data = (HEIC / "quarter.heic").read_bytes()
    huge = data.replace(struct.pack(">II", 64, 64), struct.pack(">II", 60_000, 60_000))
    assert huge != data
    with pytest.raises(PictureError, match="megapixels"):
        decode_picture(huge, "p")


def test_sixteen_bits_become_eight() -> None:
    fine = gradient().astype(np.uint16) * 256 + 77

    picture = decode_picture(encoded(".png", fine), "p")

    assert (picture == gradient()).all()


def test_grey_becomes_colour() -> None:
    picture = decode_picture(encoded(".png", gradient()[:, :, 0]), "p")

    assert picture.shape == (100, 200, 3)
    assert (picture == gradient()[:, :, :1]).all()


def test_transparent_parts_are_white() -> None:
    alpha = np.zeros((100, 200, 1), np.uint8)
    alpha[:, 100:] = 255

    picture = decode_picture(encoded(".png", np.dstack([gradient(), alpha])), "p")

    assert (picture[:, :100] == 255).all()
    assert (picture[:, 100:] == gradient()[:, 100:]).all()


def test_photo_taken_sideways_is_turned_upright() -> None:
    photo = Image.fromarray(gradient()[:, :, ::-1])
    exif = photo.getexif()
    exif[0x0112] = 6  # the camera was turned clockwise by a quarter

    picture = decode_picture(saved_by_pillow(photo, "JPEG", exif=exif, quality=95), "p")

    assert picture.shape == (200, 100, 3)
    # What was the left edge (dark blue) is now at the top.
    assert picture[:20, :, 0].mean() < 40 < picture[-20:, :, 0].mean()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif", ".bmp", ".tiff"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_cut_off_file_is_refused(suffix: str, share: float) -> None:
    data = encoded(suffix, gradient())

    with pytest.raises(PictureError, match="p is "):
        decode_picture(data[: int(len(data) * share)], "p")


def test_photo_without_its_end_is_not_filled_up_with_grey() -> None:
    data = encoded(".jpg", gradient())

    with pytest.raises(PictureError, match="its end is missing"):
        decode_picture(data[:-20], "p")


def test_empty_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "empty.jpg"
    file.touch()

    with pytest.raises(PictureError, match=r"empty\.jpg is empty"):
        read_picture(file)


def test_text_is_no_picture() -> None:
    with pytest.raises(PictureError, match="no picture"):
        decode_picture(b"hello there" * 50, "p")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"nowhere\.png cannot be read: No such file"):
        read_picture(tmp_path / "nowhere.png")


def test_png_that_claims_to_be_huge_is_refused_by_its_header() -> None:
    data = bytearray(encoded(".png", gradient()))
    data[16:24] = (20_000).to_bytes(4, "big") * 2

    with pytest.raises(PictureError, match="20000 x 20000 pixels, more than 100 megapixels"):
        decode_picture(bytes(data), "p")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_header_tells_the_size(kind: str) -> None:
    picture = Image.fromarray(gradient()).convert("P" if kind == "GIF" else "RGB")

    assert size_px(saved_by_pillow(picture, kind)) == (100, 200)


def test_header_of_lossless_webp_tells_the_size() -> None:
    picture = Image.fromarray(gradient())

    assert size_px(saved_by_pillow(picture, "WEBP", lossless=True)) == (100, 200)
    transparent = picture.convert("RGBA")
    transparent.putalpha(100)
    assert size_px(saved_by_pillow(transparent, "WEBP")) == (100, 200)


def test_progressive_photo_with_thumbnail_tells_its_own_size() -> None:
    photo = Image.fromarray(gradient())
    exif = photo.getexif()
    exif[0x010E] = "x" * 3000
    data = saved_by_pillow(photo, "JPEG", exif=exif, progressive=True)

    assert size_px(data) == (100, 200)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"x"]
)
def test_broken_header_tells_nothing(data: bytes) -> None:
    assert size_px(data) is None
