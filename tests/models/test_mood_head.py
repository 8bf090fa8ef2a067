"""The head on the student's directions: learned, calibrated, exported with it, and as it ships."""

import tarfile
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")
pytest.importorskip("sklearn", reason="needs scikit-learn: pip install .[train]")
onnx = pytest.importorskip("onnx", reason="needs onnx: pip install .[train]")

from appliance.inference import mood_sectors  # noqa: E402
from appliance.inference.mood_classifier import MoodClassifier  # noqa: E402
from models.mood import head, measure, oasis, ship, views  # noqa: E402
from models.mood.affect_network import AffectNetwork, export  # noqa: E402
from models.mood.head import Knobs  # noqa: E402
from models.mood.student import Student  # noqa: E402
from tests.inference.shared_data import shared, shipped  # noqa: E402


@pytest.fixture(scope="module")
def told() -> tuple[np.ndarray, np.ndarray]:
    """Directions, and affect that depends on the first two, bent, with some noise."""
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((160, 8))
    bent = np.stack((np.tanh(directions[:, 0]), directions[:, 1] * directions[:, 0]), axis=1)
    return directions, bent + 0.2 * rng.standard_normal((160, 2))


def test_the_expansion_tells_what_the_regression_does(told) -> None:
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR

    directions, affect = told
    found = head.fit(directions, affect, Knobs(2.0, 0.1, 0.5))
    x = StandardScaler().fit_transform(directions)
    for target in range(2):
        svr = SVR(C=2.0, epsilon=0.1, gamma=0.5 / 8).fit(x, affect[:, target])
        assert found.tell(directions)[:, target] == pytest.approx(svr.predict(x), abs=1e-6)


def test_no_picture_is_told_by_a_head_that_saw_its_ratings(told) -> None:
    directions, affect = told
    seen: list[np.ndarray] = []

    def learn(x, y):
        seen.append(x)
        return head.fit(x, y, Knobs())

    found = head.cross_validated(directions, affect, learn)
    assert [len(x) for x in seen] == [144] * head.FOLDS
    assert measure.pearson(found[:, 0], affect[:, 0]) > 0.7
    # Ratings that have nothing to do with the pictures cannot be told.
    nothing = np.random.default_rng(1).permutation(affect)
    found = head.cross_validated(directions, nothing, learn)
    assert abs(measure.pearson(found[:, 0], nothing[:, 0])) < 0.3


def test_calibration_leaves_errors_without_slope(told) -> None:
    directions, affect = told
    raw = head.cross_validated(directions, affect, lambda x, y: head.fit(x, y, Knobs()))
    line = head.calibrate(raw, affect)
    expected = raw * line.slope + line.shift
    errors = affect - expected
    assert np.abs(errors.mean(axis=0)).max() < 1e-9
    assert abs(measure.pearson(errors[:, 0], expected[:, 0])) < 1e-9
    assert line.covariance == pytest.approx(np.cov(errors.T))


def test_student_and_head_are_one_network_in_half_precision(tmp_path: Path) -> None:
    torch.manual_seed(0)
    student = Student((4, 8, 8, 8)).eval()
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((40, 64))
    learned = head.fit(directions, directions[:, :2], Knobs())
    network = AffectNetwork(student, learned)
    path = tmp_path / ship.FILE
    assert export(network, path) < 0.02
    kinds = {tensor.name: tensor.data_type for tensor in onnx.load(str(path)).graph.initializer}
    assert onnx.TensorProto.FLOAT16 in kinds.values()

    ship.write(path, np.array([[0.7, -0.1], [-0.1, 0.6]]), {})
    picture = rng.integers(0, 256, (128, 128, 3), np.uint8)
    (mood,) = MoodClassifier.open(path).classify([picture[:, :, ::-1]])
    seen = ship.directions_of(student, picture[None])
    valence, arousal = learned.tell(seen)[0] / ship.FULL_SCALE
    assert (mood.valence, mood.arousal) == pytest.approx((valence, arousal), abs=0.005)


def test_the_shipped_network_reaches_the_raters_on_pictures_its_student_never_saw(
    tmp_path: Path,
) -> None:
    """Its head has seen their ratings: the honest figure, without, is in the manifest."""
    path = shipped(ship.FILE)
    classifier = MoodClassifier.open(path)
    assert path.stat().st_size < 12e6
    held_out = classifier.manifest.metrics["held_out_fifth"]
    assert held_out["r_valence"] >= 0.50
    assert held_out["r_arousal"] >= 0.45
    with tarfile.open(shared("oasis.tar")) as archive:
        archive.extractall(tmp_path)
    data = oasis.load(tmp_path / "oasis")
    rows = [row for row, name in enumerate(data.names) if views.is_held_out(name)][:60]
    told, _ = ship.as_the_unit_runs_it(path, data, rows)
    true = data.standardised[rows]
    assert measure.pearson(told[:, 0], true[:, 0]) > 0.5
    taken = mood_sectors.probabilities(told, np.eye(2) * 0.6).argmax(axis=1)
    assert measure.figures(taken, told, data.moods[rows], true).within_neighbour > 0.5
