"""Loudness as measured, and as it is after the correction."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from appliance.content.loudness import Loudness, measure_loudness
from appliance.errors import ContentError
from tests.content.odd_files import encode, loudness_lufs, picture, tone


def sound(path: Path, gain_db: float) -> Path:
    return encode(path, *tone(gain_db, 4), "-c:a", "pcm_s16le")


@pytest.mark.parametrize("gain_db", [-20.0, -5.0, 12.0])
def test_any_loudness_is_brought_to_the_target(tmp_path: Path, gain_db: float) -> None:
    source = sound(tmp_path / "in.avi", gain_db)
    measured = measure_loudness(source)
    assert measured.integrated_lufs == pytest.approx(loudness_lufs(source), abs=0.3)
    assert not measured.is_right
    out = tmp_path / "out.wav"
    encode(out, "-i", str(source), "-af", measured.correction)
    assert loudness_lufs(out) == pytest.approx(-16, abs=0.5)


def test_what_is_right_within_one_lu_stays() -> None:
    levels = (-17.1, -17.0, -16.0, -15.0, -14.9)
    right = [level for level in levels if Loudness(level, -3, 5, -26, 0).is_right]
    assert right == [-17.0, -16.0, -15.0]


def test_silence_is_not_made_loud(tmp_path: Path) -> None:
    silence = ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-t", "2")
    measured = measure_loudness(encode(tmp_path / "silent.avi", *silence, "-c:a", "pcm_s16le"))
    assert measured.integrated_lufs == -math.inf
    assert measured.is_silent
    assert measured.is_right
    hiss = measure_loudness(sound(tmp_path / "hiss.avi", -45))
    assert hiss.is_silent


def test_a_film_without_sound_has_no_loudness(tmp_path: Path) -> None:
    silent = encode(tmp_path / "silent.avi", *picture("64x64"), "-c:v", "mpeg4")
    with pytest.raises(ContentError, match=r"loudness of .* cannot be measured"):
        measure_loudness(silent)
