"""seeing.py: the camera is opened as the settings say, and a frozen one is refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.camera.camera import Camera
from appliance.camera.frozen import RECORDING_S
from appliance.camera.replay import ReplayCamera
from appliance.camera.turned import TurnedCamera
from appliance.config.load import parse_settings
from appliance.daemon.inbox import Inbox
from appliance.daemon.networks import Networks
from appliance.daemon.options import UnitOptions
from appliance.daemon.perception import StepTimes
from appliance.daemon.seeing import Seeing
from appliance.daemon.slowness import IN_A_ROW, Slowness
from appliance.daemon.tally import Tally
from appliance.domain import Frame, Image
from appliance.errors import CameraError, ModelError
from appliance.inference.face_detector import FaceDetector
from appliance.inference.model_manifest import load_manifest
from tests.inference.tiny_networks import (
    emotion_manifest,
    helper,
    save,
    save_detector,
    save_emotion,
    write_manifest,
)  # fmt: skip


def opened(state: Path, source: Path) -> Camera:
    settings = parse_settings("[camera]\nrotate = 90\nfps = 30\n", where="test")
    options = UnitOptions(state, settings, str(source))
    networks = Networks(settings.models, options.state_dir)
    return Seeing(options, lambda: settings, networks, Tally(Inbox().post))._open_camera()


@pytest.fixture
def picture() -> Image:
    return np.random.default_rng(0).integers(60, 200, (48, 64, 3), np.uint8)


@pytest.fixture(autouse=True)
def _is_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.camera.camera.RECORDING_S", RECORDING_S / 100)


def test_a_camera_is_turned_and_lost_when_it_repeats_one_picture(
    tmp_path: Path, picture: Image
) -> None:
    film = tmp_path / "frozen.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 48))
    for _ in range(60):
        writer.write(picture)
    writer.release()
    camera = opened(tmp_path / "state", film)

    assert camera.read().image.shape == (64, 48, 3)
    with pytest.raises(CameraError, match="repeats one picture"):
        _ = [camera.read() for _ in range(60)]


def test_a_folder_may_hold_one_picture(tmp_path: Path, picture: Image) -> None:
    (tmp_path / "stills").mkdir()
    cv2.imwrite(str(tmp_path / "stills" / "a.png"), picture)
    camera = opened(tmp_path / "state", tmp_path / "stills")

    assert len([camera.read() for _ in range(4)]) == 4
    camera.close()
    assert isinstance(camera, TurnedCamera)
    assert isinstance(camera._camera, ReplayCamera)


BRIGHT = np.zeros((64, 64, 3), np.uint8)
BRIGHT[16:32, :16] = 240


def save_numberless(folder: Path) -> Path:
    """An emotion network that answers a dark face, and no bright one."""
    nodes = [
        helper.make_node("ReduceMean", ["faces"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Sub", ["half", "mean"], ["rest"]),
        helper.make_node("Log", ["rest"], ["numberless"]),
        helper.make_node("Mul", ["numberless", "ones"], ["logits"]),
    ]
    constants = {"half": np.array([[0.5]], np.float32), "ones": np.ones((1, 7), np.float32)}
    ends = [("faces", ["n", 1, 8, 8])], [("logits", ["n", 7])]
    path = save(folder / "emotion.onnx", nodes, *ends, constants)
    write_manifest(path, emotion_manifest(name="numberless"))
    return path


class Unit:
    """Networks and their watch, without camera and thread."""

    def __init__(self, folder: Path, *installed: Path) -> None:
        self.settings = parse_settings("[audience]\nmin_face_px = 10\n", where="test")
        self.networks = Networks(self.settings.models, folder / "state")
        for source in installed:
            self.networks.folder.install(source, load_manifest)
        options = UnitOptions(folder / "state", self.settings, "builtin")
        self.seeing = Seeing(options, lambda: self.settings, self.networks, Tally(Inbox().post))

    def titles(self) -> list[str]:
        return [used.title for used in self.networks.in_use]


def folders(tmp_path: Path, count: int) -> list[Path]:
    made = [tmp_path / str(number) for number in range(count)]
    for each in made:
        each.mkdir()
    return made


def test_a_network_without_numbers_gives_way_to_the_one_before(tmp_path: Path) -> None:
    first, second, third = folders(tmp_path, 3)
    unit = Unit(tmp_path, save_detector(first), save_emotion(second), save_numberless(third))
    perception = unit.seeing._open_networks()
    assert unit.titles()[1] == "numberless 1 (installed)"

    with pytest.raises(ModelError, match="numberless 1 answers with no numbers") as failed:
        perception.step(Frame(BRIGHT, 1.0, 0))
    assert unit.seeing._replace(perception, failed.value)

    assert unit.titles()[1] == "tiny-emotion 1 (installed)"
    assert "failed at work: Network numberless 1" in unit.networks.in_use[1].troubles[0]
    assert perception.step(Frame(BRIGHT, 1.1, 1)).watchers == 1


def test_a_detector_without_numbers_fails_instead_of_seeing_nobody(tmp_path: Path) -> None:
    detector = FaceDetector.open(save_detector(tmp_path), threads=1)
    detector._model.run = lambda tensor: (np.full((1, 16, 5), np.nan, np.float32),)

    with pytest.raises(ModelError, match="answers with no numbers"):
        detector.detect(BRIGHT)


def test_a_slow_network_gives_way_to_the_one_before(tmp_path: Path) -> None:
    first, second = folders(tmp_path, 2)
    unit = Unit(tmp_path, save_detector(first), save_emotion(second))
    perception = unit.seeing._open_networks()
    for _ in range(IN_A_ROW):
        assert unit.titles()[1] == "tiny-emotion 1 (installed)"
        perception.times = StepTimes(3.0, 1200.0)
        unit.seeing._renew(perception)

    assert unit.titles()[1].endswith("(shipped)")
    assert (
        "it took 1200 ms for one picture, at most 1000 may" in unit.networks.in_use[1].troubles[0]
    )


def test_one_slow_answer_is_a_busy_processor_and_seconds_are_not() -> None:
    slowness = Slowness()
    for _ in range(3 * IN_A_ROW):
        for took_ms in (1200.0, 1200.0, 0.0, 900.0):
            assert slowness.observe(StepTimes(3.0, took_ms), 1000.0) is None

    assert slowness.observe(StepTimes(5100.0, 0.0), 1000.0) is not None


def test_the_shipped_networks_and_the_settings_own_have_no_substitute(tmp_path: Path) -> None:
    unit = Unit(tmp_path)
    unit.networks.open_both()

    assert not unit.networks.give_up("emotion", "slow")
