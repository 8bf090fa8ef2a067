"""replay.py: files shown in their own time, whatever the rate of asking."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from appliance.camera.replay import EndOfReplay, FolderRecording, ReplayCamera, VideoRecording
from appliance.domain import Frame
from appliance.errors import CameraError
from tests.camera.stepped_clock import SteppedClock, read_on
from tests.inference.shared_data import shared

SIZE = (640, 480)


def shade(image: np.ndarray) -> int:
    return round(float(image.mean()) / 20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pictures, each 20 brighter than the one before, and a file that is none."""
    for number in range(6):
        picture = np.full((48, 64, 3), 20 * number, np.uint8)
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture)
    (tmp_path / "notes.txt").write_text("no picture", "utf-8")
    return tmp_path


@pytest.fixture
def gif(tmp_path: Path) -> Path:
    """Three frames that stay 0.2, 0.6 and 0.2 s."""
    frames = [Image.new("RGB", (64, 48), (level,) * 3) for level in (0, 100, 200)]
    path = tmp_path / "delays.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[200, 600, 200])
    return path


def replay(recording: object, fps: float, loop: bool, clock: SteppedClock) -> ReplayCamera:
    return ReplayCamera(recording, "test", SIZE, fps, loop, clock.as_clock())  # type: ignore[arg-type]


def test_folder_is_shown_in_order_and_ends(folder: Path) -> None:
    camera = replay(FolderRecording(folder, 5.0), 5.0, loop=False, clock=SteppedClock())

    shown = [shade(camera.read().image) for _ in range(6)]

    assert shown == [0, 1, 2, 3, 4, 5]
    with pytest.raises(EndOfReplay):
        camera.read()


def test_slow_asking_misses_pictures_but_keeps_time(folder: Path) -> None:
    camera = replay(FolderRecording(folder, 5.0), 5.0, loop=False, clock=SteppedClock())
    first = camera.read()

    camera.set_fps(2.5)
    shown = [camera.read() for _ in range(2)]

    assert shade(first.image) == 0
    assert [shade(frame.image) for frame in shown] == [2, 4]
    assert [frame.sequence for frame in shown] == [1, 2]


def test_loop_starts_again_without_a_gap(folder: Path) -> None:
    camera = replay(FolderRecording(folder, 5.0), 5.0, loop=True, clock=SteppedClock())

    shown = [shade(camera.read().image) for _ in range(15)]

    assert shown == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 0, 1, 2]


def test_gif_frames_stay_as_long_as_the_file_says(gif: Path) -> None:
    camera = replay(VideoRecording(gif), 10.0, loop=False, clock=SteppedClock())
    frames: list[Frame] = []

    with pytest.raises(EndOfReplay):
        read_on(camera, into=frames)

    shown = [round(float(frame.image.mean()), -2) for frame in frames]
    assert shown[:8] == [0, 0, 100, 100, 100, 100, 100, 100]
    assert set(shown[8:]) == {200}


def test_shared_gif_plays_every_frame_at_its_rate() -> None:
    path = shared("video/people-detection.gif")
    camera = replay(VideoRecording(path), 12.5, loop=False, clock=SteppedClock())
    frames: list[Frame] = []

    with pytest.raises(EndOfReplay):
        read_on(camera, into=frames)

    assert len(frames) in (23, 24)
    assert frames[0].image.shape == (270, 480, 3)


def test_large_pictures_are_shrunk_into_the_frame(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "large.png"), np.zeros((1200, 1200, 3), np.uint8))
    camera = replay(FolderRecording(tmp_path, 5.0), 5.0, loop=True, clock=SteppedClock())

    assert camera.read().image.shape == (480, 480, 3)


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="holds no frame"):
        replay(FolderRecording(tmp_path, 5.0), 5.0, loop=True, clock=SteppedClock())


def test_file_that_is_no_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"not a video" * 100)

    with pytest.raises(CameraError, match="cannot be played"):
        replay(VideoRecording(path), 5.0, loop=True, clock=SteppedClock())


def test_damaged_picture_in_a_folder_is_a_camera_error(folder: Path) -> None:
    (folder / "1.png").write_bytes(b"\x89PNG broken")
    camera = replay(FolderRecording(folder, 5.0), 5.0, loop=True, clock=SteppedClock())

    with pytest.raises(CameraError, match=r"1\.png"):
        read_on(camera)


def test_vanished_file_is_a_camera_error(gif: Path) -> None:
    camera = replay(VideoRecording(gif), 10.0, loop=True, clock=SteppedClock())
    gif.unlink()

    with pytest.raises(CameraError):
        read_on(camera)


def test_closed_replay_gives_no_more_frames(folder: Path) -> None:
    camera = replay(FolderRecording(folder, 5.0), 5.0, loop=True, clock=SteppedClock())
    camera.read()

    camera.close()

    with pytest.raises(CameraError, match="was closed"):
        camera.read()
