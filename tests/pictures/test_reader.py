"""Every kind of picture becomes eight-bit colour, upright; every bad one is a plain error."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.domain import Image
from appliance.errors import PictureError
from appliance.pictures.limits import Box
from appliance.pictures.picture_file import read_picture
from appliance.pictures.reader import PictureFacts, PictureReader
from tests.pictures.made_files import card, pierced, saved, tiff, turned

HEIC = Path(__file__).with_name("fixtures")
"""Written by libheif: 64x48, blue, its upper left quarter red."""

Read = Callable[[bytes], Image]


@pytest.fixture(scope="module")
def reader() -> Iterator[PictureReader]:
    with PictureReader() as reader:
        yield reader


@pytest.fixture
def read(reader: PictureReader, tmp_path: Path) -> Read:
    """Reads a file of these bytes, which is called p."""

    def read(data: bytes) -> Image:
        (tmp_path / "p").write_bytes(data)
        return reader.read(tmp_path / "p")

    return read


def gradient() -> np.ndarray:
    """100 high, 200 wide; blue grows to the right, green downwards, red constant."""
    picture = np.full((100, 200, 3), 40, np.uint8)
    picture[:, :, 0] = np.linspace(0, 200, 200, dtype=np.uint8)[None, :]
    picture[:, :, 1] = np.linspace(0, 200, 100, dtype=np.uint8)[:, None]
    return picture


def encoded(suffix: str, picture: np.ndarray) -> bytes:
    return bytes(cv2.imencode(suffix, picture)[1])


# --- what is read -------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif", ".bmp", ".tiff"])
def test_common_kinds_are_read_alike(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / "its name says nothing.txt"
    file.write_bytes(encoded(suffix, gradient()))

    picture = read_picture(file)

    assert picture.shape == (100, 200, 3)
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - gradient()).mean() < 4


def test_a_phones_picture_is_read(reader: PictureReader) -> None:
    # Coded in whole blocks of 64x64, then cropped.
    assert reader.facts(HEIC / "quarter.heic") == PictureFacts(64, 48, 1)
    picture = reader.read(HEIC / "quarter.heic")
    assert picture.shape == (48, 64, 3)
    assert np.abs(picture[10, 10].astype(int) - (30, 30, 200)).max() <= 3
    assert np.abs(picture[40, 50].astype(int) - (200, 40, 20)).max() <= 3


def test_a_phones_picture_is_turned_upright(reader: PictureReader) -> None:
    assert reader.facts(HEIC / "turned.heic") == PictureFacts(48, 64, 1)
    picture = reader.read(HEIC / "turned.heic")
    assert picture.shape == (64, 48, 3)
    assert picture[10, 40, 2] > 190  # turned clockwise, the red is on the right


def test_transparent_parts_of_a_phones_picture_are_white(reader: PictureReader) -> None:
    picture = reader.read(HEIC / "transparent.heic")
    assert (picture[40, 50] == 255).all()
    assert picture[10, 10, 2] > 190


def test_a_phones_wide_colours_come_to_srgb(reader: PictureReader) -> None:
    """(200, 60, 60) in Display P3 is redder than sRGB's; by the primaries of both it is this."""
    picture = reader.read(HEIC / "wide.heic")
    assert np.abs(picture[20, 20].astype(int) - (49, 37, 219)).max() <= 4


def test_sixteen_bits_become_eight(read: Read) -> None:
    fine = gradient().astype(np.uint16) * 256 + 77
    assert (read(encoded(".png", fine)) == gradient()).all()
    assert (read(encoded(".tiff", fine)) == gradient()).all()


def test_transparent_and_turned(read: Read) -> None:
    picture = read(saved(pierced(), "PNG", exif=turned(6)))
    assert picture.shape == (96, 64, 3)
    # The upper left quarter, which is not there, is on the right now; the grey one is half white.
    assert (picture[20, 50] == 255).all()
    assert np.abs(picture[70, 10].astype(int) - 227).max() <= 1


def test_the_first_page_of_a_scan_and_the_first_view_of_a_camera(read: Read) -> None:
    """Pages and views (TIFF, MPO) are no animation."""
    for kind in ("TIFF", "MPO"):
        pages = saved(card(), kind, save_all=True, append_images=[card().rotate(180)])
        assert np.abs(read(pages)[10, 10].astype(int) - (40, 40, 220)).max() <= 4


@pytest.mark.parametrize("number", range(8))
def test_motion_photos_are_taken_for_their_picture(
    read: Read, films: list[bytes], number: int
) -> None:
    """Phones put a film behind a whole JPEG; in it any two bytes occur, JPEG's end too."""
    picture = read(saved(card(), "JPEG") + films[number])
    assert np.abs(picture[10, 10].astype(int) - (40, 40, 220)).max() <= 4
    picture = read((HEIC / "quarter.heic").read_bytes() + films[number])
    assert picture.shape == (48, 64, 3)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """One real film, and behind it what a film may hold."""
    out = tmp_path_factory.mktemp("motion") / "film.mp4"
    source = ("-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10:duration=0.3")
    subprocess.run(["ffmpeg", "-v", "error", *source, f"file:{out}"], check=True)
    rng = np.random.default_rng(1)
    ends = [b"", b"\xff\xd8", b"\xff\xda", b"\xff\xd9", b"\xff\xda\xff\xd9"]
    noise = [rng.integers(0, 256, 20_000, np.uint8).tobytes() for _ in range(3)]
    return [out.read_bytes() + end for end in (*ends, *noise)]


def test_large_pictures_are_scaled_into_the_box_whichever_way_up(
    reader: PictureReader, tmp_path: Path
) -> None:
    box, file = Box(60, 30), tmp_path / "p"
    for data, shape in (
        (encoded(".png", gradient()), (30, 60, 3)),
        (saved(card(), "JPEG", exif=turned(6)), (45, 30, 3)),
        (saved(pierced().resize((900, 610)), "PNG"), (30, 44, 3)),
        (saved(card(), "TIFF"), (30, 45, 3)),
    ):
        file.write_bytes(data)
        picture = reader.read(file, box)
        assert picture.shape == shape
        assert not (picture[0] == 0).all()


def test_scaling_keeps_what_is_seen(reader: PictureReader, tmp_path: Path) -> None:
    """In bands, joined without a seam, and no hidden colour bleeds into its neighbours."""
    file = tmp_path / "p"
    for data in (
        encoded(".png", cv2.resize(gradient(), (4000, 2000))),
        encoded(".jpg", gradient()),
    ):
        file.write_bytes(data)
        small = reader.read(file, Box(100, 50)).astype(int)
        wanted = cv2.resize(gradient(), (100, 50), interpolation=cv2.INTER_AREA).astype(int)
        assert np.abs(small - wanted).max() <= 6
    file.write_bytes(saved(pierced().resize((4800, 3200), 0), "PNG"))
    small = reader.read(file, Box(60, 40))
    assert (small[:20, :30] == 255).all()
    assert np.abs(small[:20, 30:].astype(int) - (60, 180, 40)).max() <= 1


# --- samples of other kinds ---------------------------------------------------------------


def two_tones(channels: int) -> np.ndarray:
    """0.8 on the left, 0.2 on the right."""
    tones = np.full((32, 32, channels), 0.2)
    tones[:, :16] = 0.8
    return tones


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", ["<u1", "<u2"])
def test_whole_samples_of_tiff(read: Read, kind: str, channels: int) -> None:
    most = np.iinfo(kind).max
    photometric = 1 if channels == 1 else 2
    data = tiff((two_tones(channels) * most).astype(kind), 1, photometric)
    picture = read(data)
    assert np.abs(picture[5, 5].astype(int) - 204).max() <= 1
    assert np.abs(picture[5, 25].astype(int) - 51).max() <= 1


@pytest.mark.parametrize("kind", ["<u1", "<u2"])
def test_grey_that_counts_from_white(read: Read, kind: str) -> None:
    picture = read(tiff((two_tones(1) * np.iinfo(kind).max).astype(kind), 1, 0))
    assert np.abs(picture[5, 5].astype(int) - 51).max() <= 1


def test_twelve_bits_of_grey(read: Read) -> None:
    """As scanners and microscopes pack them; Pillow 13 leaves them 0..4095."""
    left, right = round(0.8 * 4095), round(0.2 * 4095)
    pair = [bytes((v >> 4, (v & 15) << 4 | v >> 8, v & 255)) for v in (left, right)]
    rows = np.frombuffer((pair[0] * 8 + pair[1] * 8) * 32, np.uint8).reshape(32, 48, 1)
    data = bytearray(tiff(rows, 1, 1))
    for tag, value in ((256, 32), (258, 12)):
        at = data.index(struct.pack("<H", tag), 10)
        data[at + 8 : at + 12] = struct.pack("<I", value)
    picture = read(bytes(data))
    assert np.abs(picture[5, 5].astype(int) - 204).max() <= 1
    assert np.abs(picture[5, 25].astype(int) - 51).max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("kind", "sample_format"),
    [("<i1", 2), ("<i2", 2), ("<i4", 2), ("<u4", 1), ("<f4", 3), ("<f8", 3)],
)
def test_other_samples_are_refused(
    read: Read, kind: str, sample_format: int, channels: int
) -> None:
    """Neither white nor black nor a traceback: what 127 or 1.0 means nobody can say."""
    data = tiff((two_tones(channels) * 100).astype(kind), sample_format, 1 if channels == 1 else 2)
    with pytest.raises(PictureError, match=r"8 (or 16 )?bits a channel") as raised:
        read(data)
    assert "\n" not in str(raised.value)


# --- what is refused ----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".avif", ".bmp", ".tiff"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_cut_off_file_is_refused(read: Read, suffix: str, share: float) -> None:
    data = encoded(suffix, gradient())
    with pytest.raises(PictureError, match="p is "):
        read(data[: int(len(data) * share)])


@pytest.mark.parametrize("length", [40, 300, 500])
def test_a_phones_picture_cut_short_is_one_error(read: Read, length: int) -> None:
    with pytest.raises(PictureError, match=r"damaged|no picture"):
        read((HEIC / "quarter.heic").read_bytes()[:length])


def test_photo_without_its_end_is_not_filled_up_with_grey(read: Read) -> None:
    with pytest.raises(PictureError, match="its end is missing"):
        read(encoded(".jpg", gradient())[:-20])


def test_text_is_no_picture(read: Read) -> None:
    with pytest.raises(PictureError, match="no picture"):
        read(b"hello there" * 50)


def test_what_is_no_file_with_something_in_it(reader: PictureReader, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"nowhere\.png cannot be read: No such file"):
        reader.read(tmp_path / "nowhere.png")
    empty, pipe = tmp_path / "empty.jpg", tmp_path / "pipe.jpg"
    empty.touch()
    os.mkfifo(pipe)
    with pytest.raises(PictureError, match=r"empty\.jpg is empty"):
        reader.read(empty)
    with pytest.raises(PictureError, match=r"pipe\.jpg is no file"):
        reader.read(pipe)


def test_any_name_is_only_a_name(reader: PictureReader, tmp_path: Path) -> None:
    for name in (b"two\nlines", b"-x", b"\xff\xfe", b'{"path": "x"}', "나무".encode()):
        file = tmp_path / os.fsdecode(name)
        file.write_bytes(saved(card(), "PNG"))
        assert reader.read(file).shape == (64, 96, 3)
        file.write_bytes(b"no picture")
        with pytest.raises(PictureError, match="no picture") as raised:
            reader.read(file)
        assert "\n" not in str(raised.value)
