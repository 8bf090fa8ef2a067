"""No picture takes more than its process may, and none takes the asking process along."""

from __future__ import annotations

import resource
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from appliance.errors import PictureError
from appliance.pictures.limits import MAX_MEMORY_BYTES, Box, memory_limit_bytes
from appliance.pictures.reader import PictureFacts, PictureReader
from tests.pictures.made_files import card, chunk, saved

PANEL = Box(1920, 1080)
HEIC = Path(__file__).with_name("fixtures") / "quarter.heic"


@pytest.fixture
def reader() -> Iterator[PictureReader]:
    with PictureReader() as reader:
        yield reader


def decoders() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if "appliance.pictures.decoder" in child.cmdline()]


def decoder() -> psutil.Process:
    """The one that was started last: other tests of this process may have theirs."""
    return max(decoders(), key=psutil.Process.create_time)


def peak_mb(process: psutil.Process) -> float:
    """The most memory it has had, in megabytes (VmHWM)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


def flat_png(width: int, height: int, depth: int) -> bytes:
    """A colour PNG that is small for its pixels: blue."""
    row = b"\0" + b"".join(v.to_bytes(depth // 8, "big") for v in (0, 0, 2**depth - 1)) * width
    packer = zlib.compressobj(1)
    data = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    head = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize("depth", [8, 16])
def test_a_small_file_of_a_hundred_megapixels(
    reader: PictureReader, tmp_path: Path, depth: int
) -> None:
    """Decoded whole by OpenCV it took 2.2 GB, with 16 bits 3.3 GB, in the asking process."""
    file = tmp_path / "large.png"
    file.write_bytes(flat_png(10_000, 9_999, depth))
    before_mb = peak_mb(psutil.Process())

    picture = reader.read(file, PANEL)

    assert picture.shape == (1080, 1080, 3)
    assert (picture == (255, 0, 0)).all()
    assert peak_mb(decoder()) < 600
    assert peak_mb(psutil.Process()) - before_mb < 60


def test_a_large_photograph_is_scaled_while_it_is_decoded(
    reader: PictureReader, tmp_path: Path
) -> None:
    file = tmp_path / "phone.jpg"
    Image.new("L", (12_500, 10_000), 99).save(file)
    assert reader.read(file, PANEL).shape == (1080, 1350, 3)
    assert peak_mb(decoder()) < 200
    # Even where all of it is asked for.
    assert reader.read(file).shape == (5000, 6250, 3)
    assert peak_mb(decoder()) < 600


def behind_the_pixels(data: bytes) -> bytes:
    """The same HEIF or AVIF with its box ``meta`` at the end, behind 70 kB, as Samsung has it."""
    first = int.from_bytes(data[:4], "big")
    size = int.from_bytes(data[first : first + 4], "big")
    assert data[first + 4 : first + 8] == b"meta"
    free = struct.pack(">I4s", 70_008, b"free") + bytes(70_000)
    return data[:first] + free + data[first + size :] + data[first : first + size]


@pytest.mark.parametrize("kind", ["avif", "heic"])
def test_the_size_is_known_wherever_it_stands(
    reader: PictureReader, tmp_path: Path, kind: str
) -> None:
    data = saved(card(), "AVIF") if kind == "avif" else HEIC.read_bytes()
    own = struct.pack(">II", *((96, 64) if kind == "avif" else (64, 64)))
    # HEIC's is cropped from whole blocks; without its crop it is as large as it says.
    huge = data.replace(own, struct.pack(">II", 14_000, 14_000)).replace(b"clap", b"free")
    file = tmp_path / f"huge.{kind}"
    file.write_bytes(behind_the_pixels(huge))
    with pytest.raises(PictureError, match="14000 x 14000 pixels, more than 100 megapixels"):
        reader.read(file)
    assert peak_mb(decoder()) < 100


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "AVIF"])
def test_size_and_frames_are_known_without_decoding(
    reader: PictureReader, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "p"
    file.write_bytes(saved(card(), kind))
    assert reader.facts(file) == PictureFacts(96, 64, 1)


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_every_webp_says_its_size(
    reader: PictureReader, tmp_path: Path, mode: str, lossless: bool
) -> None:
    file = tmp_path / "p"
    data = bytearray(saved(card().convert(mode), "WEBP", lossless=lossless))
    file.write_bytes(data)
    assert reader.facts(file) == PictureFacts(96, 64, 1)


def test_what_takes_too_much_memory_is_refused_with_both_numbers(
    reader: PictureReader, tmp_path: Path
) -> None:
    """WebP takes 15 bytes a pixel in Pillow 13: two canvases, a copy and the picture."""
    large, small = tmp_path / "large.webp", tmp_path / "small.png"
    Image.new("L", (9_500, 9_500)).save(large, method=0, quality=1)
    small.write_bytes(saved(card(), "PNG"))
    limit_mb = memory_limit_bytes() // 1_000_000
    with pytest.raises(PictureError, match=f"9500 x 9500 pixels .* more than the {limit_mb} MB"):
        reader.read(large)
    assert reader.read(small).shape == (64, 96, 3)


def test_the_decoder_has_limits_and_goes_first(reader: PictureReader, tmp_path: Path) -> None:
    file = tmp_path / "p"
    file.write_bytes(saved(card(), "PNG"))
    reader.read(file)
    child = decoder()
    assert child.rlimit(resource.RLIMIT_AS) == (memory_limit_bytes(),) * 2
    assert 120 <= child.rlimit(resource.RLIMIT_CPU)[0] <= 125
    assert Path(f"/proc/{child.pid}/oom_score_adj").read_text().strip() == "900"
    assert memory_limit_bytes() <= MAX_MEMORY_BYTES


def test_a_decoder_that_dies_costs_one_picture(reader: PictureReader, tmp_path: Path) -> None:
    file = tmp_path / "moves.png"
    noise = np.random.default_rng(1).integers(0, 255, (8, 300, 400, 3), np.uint8)
    first, *others = (Image.fromarray(frame) for frame in noise)
    file.write_bytes(saved(first, "PNG", save_all=True, append_images=others, duration=100))
    frames = reader.frames(file)
    next(frames)
    decoder().kill()
    with pytest.raises(PictureError, match=r"moves\.png takes more memory than there is"):
        list(frames)
    assert (reader.read(file) == noise[0, :, :, ::-1]).all()


def test_an_animation_may_be_left_in_the_middle(reader: PictureReader, tmp_path: Path) -> None:
    file = tmp_path / "moves.png"
    others = [card().rotate(90), card().rotate(180)]
    file.write_bytes(saved(card(), "PNG", save_all=True, append_images=others, duration=100))
    frames = reader.frames(file)
    next(frames)
    frames.close()
    assert reader.facts(file) == PictureFacts(96, 64, 3)
    assert (reader.read(file)[10, 10] == (40, 40, 220)).all()


def test_asking_can_be_given_up(tmp_path: Path) -> None:
    """As when the unit stops: what ``check`` raises ends the decoder too."""

    def check() -> None:
        raise InterruptedError

    file = tmp_path / "large.png"
    file.write_bytes(flat_png(10_000, 9_999, 8))
    before = decoders()
    with PictureReader(check=check) as reader, pytest.raises(InterruptedError):
        reader.read(file)
    assert decoders() == before
