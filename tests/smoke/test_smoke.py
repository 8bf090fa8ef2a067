"""What must hold on any machine that units run on: it imports, sees as it should, and serves a
visit. Needs nothing but the unit's own packages and pytest; ``./deploy.sh test --arm64`` runs it
on an emulated 64-bit Arm processor."""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path

import numpy as np
import pytest

import appliance
from appliance.audience import AudienceRules
from appliance.camera.builtin import CYCLE_S, EMPTY_S, WALK_S, BuiltinCamera
from appliance.daemon.perception import Perception
from appliance.domain import Expression, PlaybackEvent, RatingSource, Screen
from appliance.inference.emotion_classifier import EmotionClassifier
from appliance.inference.face_detector import FaceDetector
from appliance.inference.onnx_model import OnnxModel
from appliance.messages import Answer, MomentObserved
from appliance.store.chain_check import check_chain
from tests.daemon.test_control_loop import Rig
from tests.store.history import CHAIN_KEY

pytestmark = pytest.mark.smoke

HERE = Path(__file__).parent
ARTIFACTS = HERE.parents[1] / "models" / "artifacts"
STORED = HERE / "outputs.json"
"""Sampled outputs of each shipped network, ``python -m tests.smoke.test_smoke`` writes them."""
NETWORKS = sorted(path.stem for path in ARTIFACTS.glob("*.onnx"))
EXTRAS = frozenset({"sklearn", "matplotlib", "gpiozero", "picamera2"})
"""A unit may be without these."""


def test_every_module_can_be_imported() -> None:
    names = [module.name for module in pkgutil.walk_packages(appliance.__path__, "appliance.")]
    assert len(names) > 200
    for name in names:
        if name.endswith("__main__"):
            continue
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as exc:
            if (exc.name or "").partition(".")[0] not in EXTRAS:
                raise


# --- the networks -------------------------------------------------------------------------


def sampled_outputs(name: str) -> list[float]:
    """Some numbers of each output for one seeded input, and their root mean square."""
    model = OnnxModel(ARTIFACTS / f"{name}.json")
    spec = model.manifest.input
    rng = np.random.default_rng(7)
    tensor = rng.random((1, spec.channels, *spec.size_px)).astype(np.float32)
    found = []
    for output in model.run(tensor):
        flat = output.reshape(-1)
        picked = np.linspace(0, flat.size - 1, min(16, flat.size)).astype(int)
        found += [*flat[picked], np.sqrt(np.mean(np.square(flat)))]
    return [round(float(value), 5) for value in found]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_shipped_network_answers_as_it_did_where_it_was_made(name: str) -> None:
    """Quantized arithmetic differs between processors, by as much as its manifest allows."""
    stored = json.loads(STORED.read_text(encoding="utf-8"))[name]
    manifest = json.loads((ARTIFACTS / f"{name}.json").read_text(encoding="utf-8"))
    tolerance = manifest.get("self_test", {}).get("tolerance")
    found = sampled_outputs(name)
    if tolerance is None:
        assert found == pytest.approx(stored, rel=1e-4, abs=1e-4)
    else:
        assert found == pytest.approx(stored, abs=tolerance)


# --- a visit ------------------------------------------------------------------------------


def test_a_visit_from_the_first_glance_to_the_answer(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    feed = BuiltinCamera(640, 480, 2.0)
    perception = Perception(
        FaceDetector.open(ARTIFACTS / "face_yolo_320.json", threads=2),
        EmotionClassifier.open(ARTIFACTS / "emotion_resnet50_mish_int8.json", threads=2),
        AudienceRules(),
    )

    def look(from_s: float, seconds: float) -> None:
        """The built-in feed at two frames a second, of which the unit takes each."""
        for number in range(round(2 * seconds)):
            image = feed.draw(from_s + number / 2)
            frame = appliance.domain.Frame(image, rig.clock.now_s, number)
            rig.clock.advance(0.5)
            rig.send(MomentObserved(perception.step(frame)))

    rig.report(PlaybackEvent.PLAYING)
    look(EMPTY_S - 1, 1)
    assert rig.state.screen is Screen.HEALING
    look(EMPTY_S + WALK_S, 4)
    assert rig.state.screen is Screen.SHOW
    play = rig.state.play
    rig.report(PlaybackEvent.PLAYING)
    rig.wait(9)
    rig.report(PlaybackEvent.ENDED, position_s=10.0)
    assert rig.state.screen is Screen.RATING
    assert rig.rate(1, RatingSource.PANEL) is Answer.DONE
    rig.wait(2)
    assert rig.state.screen is Screen.QR
    look(CYCLE_S, 3)
    rig.wait(20)
    assert rig.state.screen is Screen.HEALING

    (user,) = rig.rows("SELECT * FROM users")
    assert (user["ad_id"], user["rating"]) == (play.clip.id, 1)
    # The astronaut of the built-in feed smiles.
    assert user["now_emotion"] == Expression.HAPPY
    (shown,) = rig.rows("SELECT * FROM plays WHERE screen = 'show'")
    assert (shown["completed"], shown["shown_s"]) == (1, 10.0)
    assert rig.rows("SELECT * FROM visits")[0]["ended_at"] is not None
    assert check_chain(rig.database, CHAIN_KEY).first_break is None
    rig.database.close()


if __name__ == "__main__":
    STORED.write_text(json.dumps({name: sampled_outputs(name) for name in NETWORKS}, indent=1))
