"""Moods as sectors, OASIS as data, the paper's network and its cross validation."""

import csv
from dataclasses import replace

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")
pytest.importorskip("sklearn", reason="needs scikit-learn: pip install .[train]")

from appliance.domain import Mood  # noqa: E402
from models.commands import TrainingDataError  # noqa: E402
from models.mood import (  # noqa: E402
    cross_validation,
    measure,
    mood_folder,
    moods,
    oasis,
    rated,
    report,
)
from models.mood.paper_network import PARAMETERS, PaperNetwork  # noqa: E402

BUDGET = cross_validation.Budget(folds=2, epochs=2, batch=8)


@pytest.fixture
def folder(tmp_path):
    """Sixteen pictures, two in each mood: their ratings go round the middle of the scale."""
    root = tmp_path / "oasis"
    (root / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    with (root / "ratings.csv").open("w", newline="") as file:
        rows = csv.DictWriter(file, oasis.COLUMNS)
        rows.writeheader()
        for number in range(16):
            angle = np.radians(22.5 + 45 * (number % 8))
            name = f"Thing {number}.jpg"
            picture = rng.integers(0, 256, (40, 50, 3), np.uint8)
            cv2.imwrite(str(root / "images" / name), picture)
            valence, arousal = 4 + 2 * np.cos(angle), 3 + np.sin(angle)
            rows.writerow(dict(zip(oasis.COLUMNS, (name, "Object", valence, arousal), strict=True)))
    return root


@pytest.mark.parametrize(("number", "mood"), list(enumerate(Mood)))
def test_each_sector_of_45_degrees_is_a_mood(number: int, mood: Mood) -> None:
    for degrees in (45 * number + 1, 45 * number + 44):
        at = np.radians(float(degrees))
        found = moods.sectors(np.cos([at]), np.sin([at]))
        assert moods.MOODS[int(found[0])] is mood


def test_neighbours_are_one_step_apart_across_the_end_of_the_order_too() -> None:
    one, other = np.array([0, 7, 1, 0]), np.array([7, 0, 3, 4])
    assert moods.steps_apart(one, other).tolist() == [1, 1, 2, 4]


def test_the_paper_s_network_has_its_number_of_parameters() -> None:
    network = PaperNetwork()
    sizes = [p.numel() for p in network.parameters()]
    assert sum(sizes) == PARAMETERS
    pairs = [sum(sizes[i : i + 2]) for i in range(0, len(sizes), 2)]
    assert pairs == [896, 9248, 18496, *[36928] * 5, 2097664, 32832, 520]
    assert network(torch.zeros(2, 3, 128, 128)).shape == (2, 8)


def test_ratings_are_standardised_so_that_every_mood_has_pictures(folder) -> None:
    data = oasis.load(folder)
    assert data.standardised.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert data.standardised.std(axis=0) == pytest.approx([1, 1])
    assert data.counts == dict.fromkeys((mood.value for mood in Mood), 2)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda root: (root / "ratings.csv").unlink(), "ratings.csv cannot be read"),
        (lambda root: (root / "ratings.csv").write_text("a,b\n1,2\n"), "needs rows with the colu"),
        (lambda root: (root / "images" / "Thing 3.jpg").unlink(), "lacks Thing 3.jpg"),
        (
            lambda root: (root / "ratings.csv").write_text(
                (root / "ratings.csv").read_text().replace(",3.", ",x3.", 1)
            ),
            "no number",
        ),
        (
            lambda root: (root / "ratings.csv").write_text(
                (root / "ratings.csv").read_text().replace(",3.", ",83.", 1)
            ),
            "not within 1 to 7",
        ),
    ],
)
def test_what_is_wrong_with_the_data_is_named(folder, harm, said: str) -> None:
    harm(folder)
    with pytest.raises(TrainingDataError, match=said):
        oasis.load(folder)


def test_pictures_that_cannot_be_decoded_are_all_named(folder) -> None:
    for name in ("Thing 2.jpg", "Thing 5.jpg"):
        (folder / "images" / name).write_bytes(b"no picture")
    with pytest.raises(TrainingDataError, match=r"2 pictures .* Thing 2.jpg, Thing 5.jpg"):
        rated.read_pictures(oasis.load(folder), 16, 16)


def test_the_report_says_how_many_folds_of_the_paper_s_network_are_done() -> None:
    figures = {"exact": 0.25, "within_neighbour": 0.5, "r_valence": 0.1, "r_arousal": 0.2}
    counts = dict.fromkeys((mood.value for mood in Mood), 10) | {"angry": 30}
    ours = {
        "cross_validation": figures | {"confusion": (np.eye(8, dtype=int) * 4).tolist()},
        "held_out_fifth": figures | {"pictures": 7},
        "distillation": {"parameters": 5, "epochs": 1, "minutes": 1.0, "loss": 0.5},
        "head": {"vectors": 3, "cost": 1.0, "width": 1.0},
        "counts": counts,
        "processor_milliseconds": 1.0,
        "paper_processor_milliseconds": 2.0,
        "megabytes": 1.0,
        "largest_difference_to_torch": 0.001,
    }
    text = report.page(ours, None)
    assert "| the paper's network | 2,344,296 | not run yet | not run yet | – | – |" in text
    # Three tenths of the pictures are angry, half of them angry or beside it.
    assert "| always the most frequent mood | – | 30.0% | 50.0% | – | – |" in text
    assert "| angry | 0 | **0** | **100** | **0** | 0 | 0 | 0 | 0 |" in text
    some = figures | {
        "exact_of_folds": [0.2, 0.3],
        "budget": {"folds": 10, "epochs": 60},
        "minutes": 30.4,
        "last_loss": 2.0384,
        "confusion": (np.eye(8, dtype=int)[::-1] * 4).tolist(),
    }
    text = report.page(ours, some)
    line = "| the paper's network, 2 of 10 folds so far | 2,344,296 | 25.0% | 50.0% | 0.10 | 0.20 |"
    assert line in text
    # −7/10 ln(1/10) − 3/10 ln(3/10)
    assert "60 epochs a fold in 30 minutes of one shared core" in text
    assert "ends at 2.038, where guessing by the moods' frequencies has 1.973." in text
    assert "| happy | **0** | **0** | 0 | 0 | 0 | 0 | 0 | **100** |" in text


def test_a_folder_of_eight_moods_is_data_too(tmp_path) -> None:
    for mood in Mood:
        (tmp_path / mood.value).mkdir()
        for number in range(2):
            cv2.imwrite(str(tmp_path / mood.value / f"{number}.png"), np.zeros((9, 9, 3), np.uint8))
    data = mood_folder.load(tmp_path)
    assert data.counts == dict.fromkeys((mood.value for mood in Mood), 2)
    assert moods.sectors(*data.standardised.T).tolist() == data.moods.tolist()
    assert rated.read_pictures(data, 8, 8).shape == (16, 8, 8, 3)
    (tmp_path / "tired").rename(tmp_path / "sleepy")
    with pytest.raises(TrainingDataError, match="no pictures in tired:"):
        mood_folder.load(tmp_path)


def test_figures_count_neighbours_and_correlate_with_the_ratings() -> None:
    labels = np.arange(8)
    taken = np.array([0, 1, 3, 3, 0, 5, 6, 0])  # Two neighbours, one half round, the rest right.
    told = moods.centres()[taken]
    found = measure.figures(taken, told, labels, moods.centres())
    assert found.exact == 5 / 8
    assert found.within_neighbour == 7 / 8
    assert found.confusion[2][3] == found.confusion[4][0] == found.confusion[7][0] == 1
    wanted = np.corrcoef(told[:, 0], moods.centres()[:, 0])[0, 1]
    assert found.r_valence == pytest.approx(wanted)
    assert measure.pearson(np.zeros(8), labels.astype(float)) == 0.0


def test_every_picture_is_tested_once_in_a_fold_that_did_not_train_on_it(folder, tmp_path) -> None:
    data = oasis.load(folder)
    pictures = rated.read_pictures(data, 128, 128)
    (tmp_path / "out").mkdir()
    paths = tmp_path / "out", tmp_path / "out"
    results = [cross_validation.run_fold(BUDGET, k, data, pictures, *paths) for k in range(2)]
    assert sorted(results[0]["rows"] + results[1]["rows"]) == list(range(16))
    assert all(len(set(data.moods[result["rows"]])) == 8 for result in results)
    found = cross_validation.summary(results, data)
    assert found["pictures"] == np.sum(found["confusion"]) == 16
    assert len(found["exact_of_folds"]) == 2
    assert not list((tmp_path / "out").glob("*.pt"))
    with pytest.raises(TrainingDataError, match="another budget"):
        cross_validation.run_fold(replace(BUDGET, epochs=3), 0, data, pictures, *paths)


def test_an_interrupted_fold_ends_like_an_uninterrupted_one(folder, tmp_path, monkeypatch) -> None:
    data = oasis.load(folder)
    pictures = rated.read_pictures(data, 128, 128)
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    whole = cross_validation.run_fold(
        BUDGET, 0, data, pictures, tmp_path / "whole", tmp_path / "whole"
    )
    untouched = cross_validation.FoldTraining.run_epoch

    def stopped_in_the_second(self, *given):
        if self.epoch == 1:
            raise KeyboardInterrupt
        untouched(self, *given)

    cut = tmp_path / "cut"
    with monkeypatch.context() as patch:
        patch.setattr(cross_validation.FoldTraining, "run_epoch", stopped_in_the_second)
        with pytest.raises(KeyboardInterrupt):
            cross_validation.run_fold(BUDGET, 0, data, pictures, cut, cut)
    resumed = cross_validation.run_fold(BUDGET, 0, data, pictures, cut, cut)
    assert resumed["losses"] == whole["losses"]
    assert resumed["probabilities"] == whole["probabilities"]


def test_a_batch_in_parts_has_the_whole_batch_s_gradients(folder, tmp_path, monkeypatch) -> None:
    data = oasis.load(folder)
    pictures = rated.read_pictures(data, 128, 128)

    def gradients(part: int) -> torch.Tensor:
        monkeypatch.setattr(cross_validation, "PART", part)
        one_step = replace(BUDGET, batch=16)  # After one, Adam's mean is a tenth of the gradient.
        training = cross_validation.FoldTraining(one_step, 0, tmp_path / "none.pt")
        for module in training.network.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        training.run_epoch(pictures, data.moods)
        means = [state["exp_avg"].flatten() for state in training.optimizer.state.values()]
        return torch.cat(means)

    whole, parts = gradients(16), gradients(5)
    assert (parts - whole).norm() < 0.02 * whole.norm()
