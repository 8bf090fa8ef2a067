"""What the student learns from and how: views, the teacher's directions, going on after a cut."""

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")
pytest.importorskip("sklearn", reason="needs scikit-learn: pip install .[train]")

from models.commands import TrainingDataError  # noqa: E402
from models.mood import distil, views  # noqa: E402
from models.mood.student import Student  # noqa: E402
from models.mood.teacher import POOLED, Teacher  # noqa: E402

SMALL = distil.Settings(epochs=2, batch=8, warmup_steps=2, widths=(4, 4, 4, 4))


class Colours:
    """Sees nothing but how red, green and blue a picture is, in 1,280 mixtures."""

    mix = np.random.default_rng(0).random((1280, 3))

    def features(self, picture):
        return (self.mix @ picture.mean(axis=(0, 1)) / 3.0).astype(np.uint8)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Seventy pictures, each of one colour with some noise."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(70):
        colour = rng.integers(0, 256, 3) + rng.integers(-9, 10, (40, 60, 3))
        cv2.imwrite(str(folder / f"{number}.png"), np.clip(colour, 0, 255).astype(np.uint8))
    return folder


def test_a_fifth_of_the_rated_is_held_out_by_name_alone(pictures: Path) -> None:
    everything = views.find([pictures], with_held_out=True)
    assert views.find([pictures], with_held_out=False) == everything
    (pictures.parent / "ratings.csv").touch()
    kept = views.find([pictures], with_held_out=False)
    assert len(everything) == 70
    assert 0.1 < 1 - len(kept) / 70 < 0.3
    assert set(everything) - set(kept) == {p for p in everything if views.is_held_out(p.name)}
    (pictures.parent / "empty").mkdir()
    with pytest.raises(TrainingDataError, match="empty holds no picture"):
        views.find([pictures.parent / "empty"], with_held_out=True)


def test_teacher_and_student_see_the_same_view(pictures: Path, tmp_path: Path) -> None:
    files = views.find([pictures], with_held_out=True)
    views.make(Colours(), files, 2, tmp_path / "views")
    first, second = views.load(tmp_path / "views")
    assert first.pictures.shape == (70, 128, 128, 3)
    assert (np.array(first.pictures) != np.array(second.pictures)).any()
    again = np.array([Colours().features(picture) for picture in first.pictures], int)
    # The teacher saw the same crop in finer detail.
    assert np.abs(again - first.features).max() <= 2


def test_rounds_that_are_there_stay_and_other_files_are_refused(pictures, tmp_path) -> None:
    files = views.find([pictures], with_held_out=True)
    views.make(Colours(), files, 1, tmp_path / "views")
    before = (tmp_path / "views" / "features0.npy").stat().st_mtime_ns
    views.make(Colours(), files, 2, tmp_path / "views")
    assert (tmp_path / "views" / "features0.npy").stat().st_mtime_ns == before
    assert len(views.load(tmp_path / "views")) == 2
    with pytest.raises(TrainingDataError, match="views of other pictures"):
        views.make(Colours(), files[1:], 3, tmp_path / "views")
    files[0].write_bytes(b"no picture")
    with pytest.raises(TrainingDataError, match="cannot be decoded"):
        views.make(Colours(), files, 3, tmp_path / "views")
    with pytest.raises(TrainingDataError, match="holds no views"):
        views.load(tmp_path / "nowhere")


def test_directions_have_deviation_1_and_are_independent(pictures, tmp_path) -> None:
    rng = np.random.default_rng(2)
    features = rng.integers(0, 200, (300, 1280)).astype(np.uint8)
    told = distil.Directions.fit(features).of(features).numpy()
    assert told.shape == (300, 64)
    assert told.std(axis=0) == pytest.approx(np.ones(64), rel=0.02)
    assert np.abs(np.corrcoef(told.T) - np.eye(64)).max() < 0.01


def test_an_interrupted_run_ends_in_identical_weights(pictures, tmp_path, monkeypatch) -> None:
    views.make(Colours(), views.find([pictures], True), 2, tmp_path / "views")
    rounds = views.load(tmp_path / "views")
    whole = distil.train(SMALL, rounds, tmp_path / "whole")
    untouched, calls = distil.train_epoch, []

    def stopped_in_the_second(*given):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return untouched(*given)

    monkeypatch.setattr(distil, "train_epoch", stopped_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        distil.train(SMALL, rounds, tmp_path / "cut")
    resumed = distil.train(SMALL, rounds, tmp_path / "cut")
    assert len(calls) == 3
    for name, value in whole.mean.state_dict().items():
        assert torch.equal(value, resumed.mean.state_dict()[name]), name
    with pytest.raises(TrainingDataError, match="other settings"):
        distil.train(distil.Settings(epochs=3), rounds, tmp_path / "cut")


def test_the_student_has_the_size_it_states() -> None:
    network = Student()
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(2.8e6, rel=0.01)
    assert network.eval()(torch.zeros(2, 3, 128, 128)).shape == (2, 64)


def test_a_teacher_that_is_none_is_named(tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert: pip install it")
    with pytest.raises(TrainingDataError, match="there is no"):
        Teacher(tmp_path / "missing.tflite")
    (tmp_path / "wrong.tflite").write_bytes(b"no network at all")
    with pytest.raises(TrainingDataError, match="no TensorFlow Lite network"):
        Teacher(tmp_path / "wrong.tflite")


def test_the_teacher_s_features_are_those_of_its_pooled_layer(test_data: Path) -> None:
    pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert: pip install it")
    teacher = Teacher(test_data / "third-party" / "mobilenet_v2_1.0_224_quant.tflite")
    rng = np.random.default_rng(3)
    one, other = (rng.integers(0, 256, (200, 300, 3)).astype(np.uint8) for _ in range(2))
    found = teacher.features(one)
    assert found.shape == (1280,)
    assert found.any(), POOLED
    assert (found == teacher.features(one)).all()
    assert (found != teacher.features(other)).any()
