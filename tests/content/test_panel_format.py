"""Which files the panel plays as they are, and what the others lack."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from appliance.content.media import probe
from appliance.content.media_info import MediaInfo
from appliance.content.panel_format import why_encode_sound, why_encode_video, why_rewrap
from tests.content.odd_files import FAST_START, H264, HEVC, VP9, encode, picture, tone

GOOD = MediaInfo(
    container="mp4",
    video_codec="h264",
    profile="High",
    level=41,
    pix_fmt="yuv420p",
    width_px=1920,
    height_px=1080,
    fps=30.0,
    duration_s=10.0,
    has_audio=True,
    audio_codec="aac",
    rotation=0,
)


def why(info: MediaInfo, path: Path) -> list[str]:
    found = (why_encode_video(info), why_encode_sound(info), why_rewrap(info, path))
    return [reason for reason in found if reason]


def test_the_panels_own_format_is_left_alone(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", *picture(), *tone(), *H264, "-c:a", "aac", *FAST_START)
    assert why(probe(path), path) == []
    assert why_encode_video(GOOD) is None
    upright = dataclasses.replace(GOOD, width_px=1080, height_px=1920)
    assert why_encode_video(upright) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"video_codec": "av1"}, "it holds av1"),
        ({"video_codec": ""}, "it holds an unknown codec"),
        ({"profile": "High 10"}, "H.264 profile High 10"),
        ({"level": 42}, "H.264 level 4.2"),
        ({"level": -99}, "H.264 level"),
        ({"pix_fmt": "yuv422p"}, "pixel format yuv422p"),
        ({"width_px": 1922}, "1922x1080"),
        ({"width_px": 1200, "height_px": 1200}, "1200x1200"),
        ({"width_px": 1080, "height_px": 1922}, "1080x1922"),
        ({"fps": 50.0}, "50 frames a second"),
        ({"fps": 0.0}, "0 frames a second"),
        ({"rotation": 90}, "turned by 90 degrees"),
        ({"is_interlaced": True}, "interlaced"),
        ({"transfer": "smpte2084"}, "high dynamic range"),
        ({"primaries": "smpte432"}, "wide colours"),
    ],
)
def test_pictures_beyond_the_panel_are_encoded_anew(
    changes: dict[str, object], reason: str
) -> None:
    said = why_encode_video(dataclasses.replace(GOOD, **changes))  # type: ignore[arg-type]
    assert said is not None
    assert reason in said


def test_only_aac_sound_is_kept() -> None:
    assert why_encode_sound(dataclasses.replace(GOOD, audio_codec="mp3")) == "mp3 sound"
    assert why_encode_sound(dataclasses.replace(GOOD, has_audio=False, audio_codec="")) is None


@pytest.mark.parametrize(
    ("name", "arguments", "reasons"),
    [
        ("late.mp4", H264, ["its index is at the end"]),
        ("a.mov", H264, ["mov container"]),
        ("a.mkv", H264, ["matroska container"]),
        ("h.mp4", (*HEVC, *FAST_START), ["it holds hevc"]),
        ("v.webm", VP9, ["it holds vp9", "webm container"]),
        ("a.gif", (), ["it holds gif", "gif container"]),
    ],
)
def test_real_files(
    tmp_path: Path, name: str, arguments: tuple[str, ...], reasons: list[str]
) -> None:
    path = encode(tmp_path / name, *picture("64x64"), "-t", "0.4", *arguments)
    assert why(probe(path), path) == reasons


@pytest.mark.parametrize("content", [b"", b"\0\0\0\0", b"\0\0\0\x01mdat" + b"\xff" * 8, b"x" * 50])
def test_a_damaged_box_structure_is_written_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.mp4"
    path.write_bytes(content)
    assert why_rewrap(GOOD, path) == "its index is at the end"
