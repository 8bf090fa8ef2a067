"""The shipped clips are what the catalogue says, play on the panel, and loop without a jump."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.content import media, starter
from appliance.content.panel_format import why_encode_video, why_rewrap
from appliance.domain import ClipKind, Expression, Mood, Season, Weather
from appliance.errors import ContentError

needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None,
    reason="ffmpeg and ffprobe are not installed (apt-get install ffmpeg)",
)
CLIPS = starter.load()
each_clip = pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.path.stem)


def small_frames(path: Path) -> NDArray[np.int16]:
    """Every frame as 160x90 grey levels, shape (frames, 90, 160)."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-xerror", "-i", str(path)]
    command += ["-vf", "scale=160:90:flags=area,format=gray", "-f", "rawvideo", "pipe:1"]
    done = subprocess.run(command, check=True, capture_output=True)
    return np.frombuffer(done.stdout, dtype=np.uint8).reshape(-1, 90, 160).astype(np.int16)


@each_clip
def test_the_file_is_the_one_the_catalogue_names(clip: starter.StarterClip) -> None:
    assert media.sha256_of(clip.path) == clip.sha256
    assert clip.path.stat().st_size < 600_000


@needs_ffmpeg
@each_clip
def test_the_panel_can_play_it_to_the_end(clip: starter.StarterClip) -> None:
    info = media.probe(clip.path)
    assert why_encode_video(info) is None
    assert why_rewrap(info, clip.path) is None
    assert (info.video_codec, info.pix_fmt, info.has_audio) == ("h264", "yuv420p", False)
    assert (info.width_px, info.height_px, info.fps) == (1280, 720, 30.0)
    assert 8.0 <= info.duration_s <= 15.0
    media.decode_check(clip.path)


@each_clip
def test_its_first_bytes_hold_the_index(clip: starter.StarterClip) -> None:
    """Playing can start before the whole file has been read."""
    content = clip.path.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


@needs_ffmpeg
@each_clip
def test_it_is_a_moving_picture_that_loops_and_never_flickers(clip: starter.StarterClip) -> None:
    frames = small_frames(clip.path)
    assert frames[0].std() > 8, "a blank picture"
    assert np.abs(frames[len(frames) // 2] - frames[0]).max() > 12, "a still picture"
    steps = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2))
    seam = np.abs(frames[0] - frames[-1]).mean()
    assert seam <= 1.6 * np.percentile(steps, 95) + 0.35, "a jump where the loop closes"
    brightness = frames.mean(axis=(1, 2))
    assert np.abs(np.diff(brightness)).max() < 0.8, "a flicker"


@each_clip
def test_its_poster_is_a_small_jpeg(clip: starter.StarterClip) -> None:
    picture = cv2.imread(str(clip.poster))
    assert picture is not None
    assert picture.shape == (360, 640, 3)
    assert clip.poster.stat().st_size <= 40_000


@each_clip
def test_its_mood_is_the_sector_its_valence_and_arousal_lie_in(clip: starter.StarterClip) -> None:
    angle = math.degrees(math.atan2(clip.arousal, clip.valence)) % 360
    assert clip.mood == list(Mood)[int(angle // 45)]
    assert math.hypot(clip.valence, clip.arousal) <= 1


def test_there_is_a_clip_for_every_season_for_rain_snow_and_every_expression() -> None:
    healing = [clip for clip in CLIPS if clip.kind is ClipKind.HEALING]
    ads = [clip for clip in CLIPS if clip.kind is ClipKind.AD]
    assert {season for clip in healing for season in clip.seasons} == set(Season)
    assert {Weather.RAIN, Weather.SNOW} <= {word for clip in healing for word in clip.weathers}
    assert {word for clip in ads for word in clip.target_emotions} == set(Expression)
    # Whatever the day and whoever stands there, something fits.
    always = [clip for clip in healing if not (clip.seasons or clip.weathers or clip.day_times)]
    assert always
    assert {word for clip in always for word in clip.target_emotions} == set(Expression)
    assert len({clip.sha256 for clip in CLIPS}) == len(CLIPS)


@pytest.mark.parametrize(
    "clip", [clip for clip in CLIPS if clip.kind is ClipKind.AD], ids=lambda clip: clip.path.stem
)
def test_a_shop_is_plainly_an_example(clip: starter.StarterClip) -> None:
    assert clip.advertiser is not None
    assert "예시" in clip.advertiser
    assert "실제 주소 아님" in str(clip.address)
    assert str(clip.phone).startswith("02-000-")
    for address in (clip.map_link, clip.link):
        assert str(address).startswith("https://example.org/")


def test_a_missing_clip_or_a_broken_catalogue_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"starter\.toml is unreadable"):
        starter.load(tmp_path)
    shutil.copy(starter.CATALOGUE, tmp_path)
    with pytest.raises(ContentError, match=r"spring\.mp4 of the starter library is missing"):
        starter.load(tmp_path)
    (tmp_path / "starter.toml").write_text('[[clip]]\nfile = "a.mp4"\n', encoding="utf-8")
    with pytest.raises(ContentError) as raised:
        starter.load(tmp_path)
    assert "\n" not in str(raised.value)
