"""A video is shown by its shots: where it is cut, and what each of them is like."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.content.compose.shots import shots_of
from appliance.content.compose.view import Eyes
from appliance.domain import Mood
from appliance.errors import ContentError
from appliance.inference.face_detector import FaceDetector
from appliance.inference.mood_classifier import MoodClassifier
from tests.content.odd_files import H264, encode, picture
from tests.inference.tiny_networks import save_detector, save_mood


@pytest.fixture(scope="module")
def eyes(tmp_path_factory: pytest.TempPathFactory) -> Eyes:
    """A network that likes red and is excited by green, one that takes bright places for faces."""
    folder = tmp_path_factory.mktemp("networks")
    return Eyes(MoodClassifier.open(save_mood(folder)), FaceDetector.open(save_detector(folder)))


def colour(name: str, duration_s: float) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"color={name}:size=320x180:rate=25:duration={duration_s}")


def test_shots_end_where_the_video_is_cut(tmp_path: Path, eyes: Eyes) -> None:
    joined = ("-filter_complex", "[0][1][2]concat=n=3", *H264)
    parts = (*colour("yellow", 2), *colour("black", 0.6), *colour("blue", 3))
    first, last = shots_of(encode(tmp_path / "a.mp4", *parts, *joined), eyes)
    assert first.shot is not None
    assert last.shot is not None
    # Wholly within the shot: no frame of another is seen.
    assert 1.5 <= first.shot.length_s <= 2.0
    assert first.shot.ends_s <= 2.0
    assert last.shot.starts_s >= 2.6
    assert last.shot.length_s >= 2.3
    assert last.shot.ends_s <= 5.6
    assert first.mood.mood is Mood.HAPPY
    assert first.mood.valence > last.mood.valence
    assert (first.width_px, first.height_px) == (320, 180)


def test_a_video_without_a_shot_to_show_says_so(tmp_path: Path, eyes: Eyes) -> None:
    with pytest.raises(ContentError, match="no shot of"):
        shots_of(encode(tmp_path / "a.mp4", *picture(duration_s=0.8), *H264), eyes)
    (tmp_path / "b.mp4").write_bytes(b"no film")
    with pytest.raises(ContentError, match=r"b\.mp4 is not a video"):
        shots_of(tmp_path / "b.mp4", eyes)
