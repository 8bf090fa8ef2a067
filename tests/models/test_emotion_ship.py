"""Fitting after training: the prior correction and the abstention threshold."""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install .[train]")
pytest.importorskip("matplotlib", reason="needs matplotlib: pip install .[train]")

from models.emotion import fitting, ship  # noqa: E402
from models.emotion.checkpoint import Trained  # noqa: E402
from models.emotion.dataset import Faces  # noqa: E402
from models.emotion.network import EmotionNetwork  # noqa: E402


def faces(labels):
    return Faces(np.zeros((len(labels), 1, 1), np.uint8), np.array(labels, np.int64))


def test_prior_is_shifted_by_the_ratio_of_class_shares():
    network = EmotionNetwork(widths=(4, 6, 8, 10))
    before = network.head.bias.detach().clone()
    # FER: ten of each class; seventy photographs, all drawn, all neutral: 80 of 140 are neutral.
    trained = Trained(network, {"seed": 1}, [{"photos": 70, "balance": 0.5}])
    shift = ship.correct_prior(trained, faces(list(range(7)) * 10), faces([0] * 70))
    expected = [np.log((1 / 7) / (80 / 140))] + [np.log((1 / 7) / (10 / 140))] * 6
    assert shift == pytest.approx(expected, abs=1e-4)
    added = (network.head.bias.detach() - before).tolist()
    assert added == pytest.approx(expected, abs=1e-4)


def test_threshold_is_the_least_from_which_on_enough_are_right():
    confidence = np.array([0.3, 0.4, 0.6, 0.9])
    probabilities = np.repeat((1.0 - confidence)[:, None] / 6.0, 7, axis=1)
    probabilities[:, 1] = confidence
    labels = np.array([2, 2, 1, 1])
    assert fitting.threshold_for(probabilities, labels, 0.75) == pytest.approx(0.41)
    assert fitting.threshold_for(probabilities, labels, 0.4) == 0.0


def overconfident(count, seed):
    """Probabilities whose largest says 0.9 and is right in seven of ten."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 7, count)
    taken = np.where(rng.random(count) < 0.7, labels, (labels + 1) % 7)
    probabilities = np.full((count, 7), 0.1 / 6.0)
    probabilities[np.arange(count), taken] = 0.9
    return probabilities, labels.astype(np.int64)


def test_a_temperature_above_one_calms_an_overconfident_network():
    knobs = fitting.fit(fitting.Said(*overconfident(4000, 0)), 64)
    assert knobs.temperature > 1.3
    calibration = knobs.metrics["calibration"]
    assert calibration["ece_before"] == pytest.approx(0.2, abs=0.03)
    assert calibration["ece_after"] < 0.03


def test_each_half_is_judged_with_what_the_other_fitted():
    probabilities, labels = overconfident(4000, 1)
    # The odd half is right in all it says: fitted to it, the even half stays overconfident.
    labels[1::2] = probabilities[1::2].argmax(axis=1)
    after, _ = fitting.cross_fitted(fitting.Said(probabilities, labels))
    assert after[0::2].max() > 0.95
    assert after[1::2].max() < 0.85


def test_a_temperature_is_fitted_to_what_people_saw_not_to_the_majority():
    probabilities = np.full((3000, 7), 0.1 / 6.0)
    probabilities[:, 1] = 0.9
    votes = np.full((3000, 7), 0.4 / 6.0)
    votes[:, 1] = 0.6
    labels = np.ones(3000, np.int64)
    by_votes = fitting.fit(fitting.Said(probabilities, labels, votes), 64)
    assert by_votes.metrics["calibration"]["ece_before"] == pytest.approx(0.3, abs=0.001)
    assert by_votes.metrics["calibration"]["ece_after"] < 0.01
    assert by_votes.temperature > fitting.fit(fitting.Said(probabilities, labels), 64).temperature


@pytest.mark.parametrize("count", [1, 20, 21, 121])
def test_a_long_history_is_told_in_few_lines_that_end_with_the_last(count):
    told = ship.thinned([{"epoch": number} for number in range(count)])
    numbers = [int(entry["epoch"]) for entry in told]
    assert numbers[-1] == count - 1
    assert min(count, 10) <= len(numbers) <= ship.EPOCHS_TOLD
    assert len({after - before for before, after in itertools.pairwise(numbers)}) <= 1


def test_a_run_without_epochs_tells_none():
    assert ship.thinned([]) == []
