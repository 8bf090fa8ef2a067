"""Animated WebP, PNG, AVIF and HEIC move as GIFs do: each picture for its time, then again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from appliance.content.clip_folder import ClipFolder
from appliance.content.intake import Intake, IntakeRules, TakenFile
from appliance.content.moving_picture import Timing
from appliance.errors import ContentError
from tests.content.odd_files import HEVC, encode, picture
from tests.pictures.made_files import P3, display_profile

DURATIONS_MS = (200, 500, 100, 300)
GREYS = (40, 100, 160, 220)


def pictures(mode: str = "RGB") -> list[Image.Image]:
    """Greys that grow lighter, with a red half; as RGBA its other half is not there."""
    made = []
    for grey in GREYS:
        frame = Image.new(mode, (64, 48), (0, 255, 0, 0)[: len(mode)])
        ImageDraw.Draw(frame).rectangle((0, 0, 31, 47), fill=(grey, grey, grey, 255)[: len(mode)])
        made.append(frame)
    return made


def animated(path: Path, mode: str = "RGB", **options: object) -> Path:
    first, *others = pictures(mode)
    options = {"quality": 97, "lossless": True, "duration": DURATIONS_MS, **options}
    first.save(path, save_all=True, append_images=others, loop=0, **options)
    return path


def take(tmp_path: Path, source: Path, still_s: float = 0.5) -> tuple[TakenFile, Path]:
    folder = ClipFolder(tmp_path / "clips")
    rules = IntakeRules(still_s=still_s, reserve_bytes=0)
    with Intake(folder, rules, lambda sha256: None).taken_in(source) as taken:
        pass
    return taken, folder.path / taken.file


def seen(clip: Path) -> list[tuple[float, np.ndarray]]:
    """(seconds, picture) of what the clip shows."""
    capture = cv2.VideoCapture(str(clip))
    found = []
    while True:
        is_ok, frame = capture.read()
        if not is_ok:
            return found
        found.append((capture.get(cv2.CAP_PROP_POS_MSEC) / 1000, frame))


def shown_at(frames: list[tuple[float, np.ndarray]], time_s: float) -> np.ndarray:
    return [frame for at_s, frame in frames if at_s <= time_s + 1e-3][-1]


@pytest.mark.parametrize("suffix", ["webp", "png", "apng", "avif", "gif"])
def test_each_picture_is_shown_for_its_time(tmp_path: Path, given: Path, suffix: str) -> None:
    source = animated(given / "moves.png" if suffix == "apng" else given / f"moves.{suffix}")
    if suffix == "apng":
        source = source.rename(given / "moves.apng")
    taken, clip = take(tmp_path, source)
    assert taken.changes == ("a GIF" if suffix == "gif" else "4 pictures",)
    assert taken.duration_s == pytest.approx(1.1, abs=0.06)
    frames, begins_s = seen(clip), 0.0
    for grey, duration_ms in zip(GREYS, DURATIONS_MS, strict=True):
        ends_s = begins_s + duration_ms / 1000
        for time_s in (begins_s + 0.02, ends_s - 0.02):
            assert np.abs(shown_at(frames, time_s)[24, 10].astype(int) - grey).max() <= 6
        begins_s = ends_s


@pytest.mark.parametrize("suffix", ["webp", "png", "avif"])
def test_a_short_one_is_repeated_on_white_in_srgb(tmp_path: Path, given: Path, suffix: str) -> None:
    source = animated(given / f"m.{suffix}", "RGBA", icc_profile=display_profile(P3))
    taken, clip = take(tmp_path, source, still_s=3.0)
    assert taken.changes == ("4 pictures", "repeated 3 times")
    assert taken.duration_s == pytest.approx(3.3, abs=0.1)
    frames = seen(clip)
    for time_s in (0.3, 1.4, 2.5):
        assert (shown_at(frames, time_s)[24, 55] > 249).all()
        assert np.abs(shown_at(frames, time_s)[24, 10].astype(int) - GREYS[1]).max() <= 6


def test_one_picture_of_an_animated_kind_is_a_still(tmp_path: Path, given: Path) -> None:
    source = given / "still.webp"
    pictures()[0].save(source, save_all=True)
    assert take(tmp_path, source)[0].changes == ("a picture, shown for 0.5 s",)


def test_what_is_damaged_leaves_nothing(tmp_path: Path, given: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (6, 64, 64, 3), np.uint8)
    first, *others = (Image.fromarray(frame) for frame in noise)
    for suffix in ("webp", "png", "avif"):
        source = given / f"cut.{suffix}"
        first.save(source, save_all=True, append_images=others, duration=100)
        source.write_bytes(source.read_bytes()[:-8000])
        with pytest.raises(ContentError, match=r"cut\.\w+ is damaged"):
            take(tmp_path, source)
        assert list((tmp_path / "clips").iterdir()) == []


def test_one_that_lasts_too_long_is_refused(tmp_path: Path, given: Path) -> None:
    source = animated(given / "long.webp", duration=(200_000,) * 4)
    with pytest.raises(ContentError, match="lasts longer than 600 s"):
        take(tmp_path, source)


def heic_sequence(path: Path) -> Path:
    """A HEIC sequence as ISO/IEC 23008-12 has it: an MP4's track, of pictures and not of video."""
    film = encode(path.with_suffix(".mp4"), *picture("64x64", 10, 0.6), *HEVC, "-tag:v", "hvc1")
    data = film.read_bytes().replace(b"ftypisom", b"ftypmsf1", 1).replace(b"iso2", b"hevc", 1)
    path.write_bytes(data.replace(b"vide", b"pict", 1))
    film.unlink()
    return path


def test_a_sequence_of_heic_moves(tmp_path: Path, given: Path) -> None:
    """ffmpeg 5.1 takes a track of handler ``pict`` for a film; libheif 1.23 alone finds no item."""
    taken, clip = take(tmp_path, heic_sequence(given / "burst.heics"), still_s=1.5)
    assert taken.changes == ("a HEIC sequence", "repeated 3 times")
    frames = seen(clip)
    assert np.abs(shown_at(frames, 0.02).astype(int) - shown_at(frames, 0.55)).mean() > 2


def test_steps_keep_all_durations_or_the_panels_rate() -> None:
    assert Timing.of([100, 250, 100]) == Timing(Fraction(50), (2, 5, 2), 0.45)
    # Slow ones keep a rate that players are used to.
    assert Timing.of([10_000, 5_000]) == Timing(Fraction(100), (100, 50), 15.0)
    # 11 and 12 ms are faster than the panel: what ends between its frames is left out.
    fast = Timing.of([11, 12] * 50)
    assert fast.step_ms == Fraction(1000, 30)
    assert (sum(fast.steps), max(fast.steps)) == (34, 1)
    assert Timing.of([11]).steps == (1,)
