"""networks.py: which network a unit uses, what it does without it, and changes while it runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from appliance.audience import AudienceRules
from appliance.camera.builtin import ASSETS
from appliance.config.settings import ModelSettings
from appliance.daemon.networks import Networks, Origin, check_network
from appliance.daemon.perception import Perception
from appliance.domain import Frame
from appliance.errors import ModelError
from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.inference.face_detector import FaceDetector
from appliance.inference.model_manifest import load_manifest
from appliance.pictures.picture_file import read_picture
from tests.end_to_end.unit_process import APPLIANCE, UnitProcess
from tests.inference.shared_data import shipped
from tests.inference.tiny_networks import save_detector, save_emotion

SHIPPED_EMOTION = "emotion_resnet50_mish_int8.onnx"


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def networks(tmp_path: Path, complaints: list[str]) -> Networks:
    return Networks(ModelSettings(), tmp_path, complaints.append)


def install(networks: Networks, source: Path) -> Path:
    """Install unchecked; returns the installed ONNX file."""
    manifest = networks.folder.install(source, load_manifest)
    entry = networks.folder.selection().of(manifest.task).current
    return networks.folder.path / entry / manifest.file


def test_installed_networks_go_before_the_shipped_ones(networks: Networks, given: Path) -> None:
    install(networks, save_detector(given))
    install(networks, save_emotion(given))

    detector, classifier = networks.open_both()

    assert (detector.name, classifier.name) == ("tiny-faces 1", "tiny-emotion 1")
    assert [used.origin for used in networks.in_use] == [Origin.INSTALLED] * 2


@pytest.mark.parametrize("size_px", [320, 416])
def test_installed_detector_stands_in_for_either_size(
    tmp_path: Path, given: Path, size_px: int
) -> None:
    networks = Networks(ModelSettings(detector_size_px=size_px), tmp_path)
    install(networks, save_detector(given))

    assert networks.open_detector().name == "tiny-faces 1"


def test_path_in_the_settings_goes_before_installed_networks(tmp_path: Path, given: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    models = ModelSettings(emotion=str(save_emotion(mine, version="9")))
    networks = Networks(models, tmp_path)
    install(networks, save_emotion(given))

    assert networks.open_classifier().name == "tiny-emotion 9"
    assert networks.in_use[0].origin is Origin.SETTINGS


def test_path_in_the_settings_that_is_wrong_is_not_replaced(tmp_path: Path, given: Path) -> None:
    networks = Networks(ModelSettings(emotion="/nowhere/net.onnx"), tmp_path)
    install(networks, save_emotion(given))

    with pytest.raises(ModelError, match=r"/nowhere/net\.json"):
        networks.open_classifier()


def test_damaged_network_gives_way_to_the_one_before(
    networks: Networks, given: Path, complaints: list[str]
) -> None:
    install(networks, save_emotion(given, version="1"))
    path = install(networks, save_emotion(given, version="2"))
    path.write_bytes(path.read_bytes() + b"\0")

    assert networks.open_classifier().name == "tiny-emotion 1"
    (used,) = networks.in_use
    assert used.origin is Origin.INSTALLED
    assert str(path) in used.troubles[0]
    assert complaints == [f"{used.troubles[0]}; tiny-emotion 1 (installed) is used instead"]


@pytest.mark.parametrize("damage", ["network", "manifest", "folder", "selection"])
def test_unit_falls_back_on_the_shipped_network(
    networks: Networks, given: Path, complaints: list[str], damage: str
) -> None:
    shipped(SHIPPED_EMOTION)
    path = install(networks, save_emotion(given))
    if damage == "network":
        path.write_bytes(b"")
    elif damage == "manifest":
        manifest = path.with_name("manifest.json")
        # Still a manifest, but not the one that was checked.
        manifest.write_bytes(manifest.read_bytes().replace(b"0.45", b"0.95"))
    elif damage == "folder":
        path.parent.rename(path.parent.with_name("elsewhere"))
    else:
        (networks.folder.path / "selection.json").write_text("{", "utf-8")

    classifier = networks.open_classifier()

    (used,) = networks.in_use
    assert used.origin is Origin.SHIPPED
    assert classifier.name == f"{used.manifest.name} {used.manifest.version}"
    assert len(used.troubles) == len(complaints) == 1


def test_change_is_seen_until_the_networks_are_opened_again(
    networks: Networks, given: Path
) -> None:
    assert not networks.have_changed
    install(networks, save_detector(given))
    install(networks, save_emotion(given, version="1"))
    assert networks.have_changed
    networks.open_both()
    assert not networks.have_changed
    install(networks, save_emotion(given, version="2"))
    assert networks.have_changed


def test_networks_in_use_stay_when_the_next_ones_cannot_be_opened(
    networks: Networks, given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(networks, save_detector(given))
    path = install(networks, save_emotion(given))
    networks.open_both()
    before = networks.in_use
    install(networks, save_detector(given, version="2"))
    path.write_bytes(b"")
    monkeypatch.setattr("appliance.daemon.networks.EMOTION_FILE", "absent.onnx")

    with pytest.raises(ModelError, match=r"absent\.json"):
        networks.open_both()
    assert networks.in_use == before


def test_shipped_networks_pass_the_check() -> None:
    for file in ("face_yolo_320.onnx", SHIPPED_EMOTION):
        assert check_network(shipped(file)).file == file


def test_check_shows_the_portrait(given: Path) -> None:
    """The tiny detector calls bright cells faces; the portrait's face is none of them."""
    assert read_picture(ASSETS / "astronaut.jpg").shape == (400, 360, 3)
    with pytest.raises(ModelError, match="does not find the face in the test picture"):
        check_network(save_detector(given))


def test_visitor_stays_the_same_when_the_networks_change(given: Path) -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[16:32, :16] = 240
    opened = FaceDetector.open(save_detector(given), 1), EmotionClassifier.open(save_emotion(given))
    sad = save_emotion(given, expressions={"happy": ["anger"], "neutral": [], "sad": ["happiness"]})
    perception = Perception(*opened, AudienceRules(min_face_px=10))

    def look(first: int, count: int):
        for number in range(first, first + count):
            moment = perception.step(Frame(picture, 100 + number / 8, number))
        assert moment.leader is not None
        return moment.leader

    before = look(0, 9)
    perception.use(opened[0], EmotionClassifier.open(sad))
    at_once = look(9, 1)
    after = look(10, 9)

    assert {before.track_id, at_once.track_id, after.track_id} == {before.track_id}
    assert after.dwell_s > before.dwell_s
    assert before.is_stable
    assert not at_once.is_stable
    assert (before.expression.name, after.expression.name) == ("HAPPY", "SAD")


def test_running_unit_takes_an_installed_network_over_and_survives_its_damage(
    tmp_path: Path, given: Path
) -> None:
    shipped("face_yolo_320.onnx")
    shipped(SHIPPED_EMOTION)

    def using(origin: str):
        return lambda: any(title.endswith(f"({origin})") for title in unit.status()["networks"][1:])

    with UnitProcess(tmp_path, "builtin") as unit:
        unit.wait_for(using("shipped"), "the shipped networks")
        done = subprocess.run(
            [APPLIANCE, "--state-dir", unit.state_dir, "--config", "none", "model", "install",
             save_emotion(given)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "the running unit takes it" in done.stdout
        unit.wait_for(using("installed"), "the installed network")
        assert unit.status()["networks"][1] == "tiny-emotion 1 (installed)"
        assert unit.status()["network_troubles"] == []

        unit.stop()
        (network,) = unit.state_dir.glob("models/*/emotion.onnx")
        network.write_bytes(b"damaged")
        unit.start()
        unit.wait_for(using("shipped"), "the shipped network in the place of the damaged one")
        assert str(network) in unit.status()["network_troubles"][0]
        assert "is used instead" in unit.log()
