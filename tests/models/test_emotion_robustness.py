"""Each way of spoiling a face does what it is called, the same each time."""

import numpy as np
import pytest

from models.emotion import robustness
from models.emotion.held_out import HeldOut
from models.emotion.labels import LABELS


@pytest.fixture(scope="module")
def face():
    """A light disc with a dark lower half, 48 px."""
    rows, columns = np.ogrid[:48, :48]
    picture = np.full((48, 48), 60, np.uint8)
    picture[(rows - 24) ** 2 + (columns - 24) ** 2 < 400] = 180
    picture[30:40, 18:30] = 20
    return picture


def spoilt(name, face):
    return robustness.SPOILERS[name](face, np.random.default_rng(3))


@pytest.mark.parametrize("name", [name for name in robustness.SPOILERS if name != "clean"])
def test_a_spoilt_face_differs_and_comes_out_the_same_again(name, face):
    before = face.copy()
    once = spoilt(name, face)
    assert once.dtype == np.uint8
    assert once.shape != face.shape or (once != face).any()
    assert np.array_equal(once, spoilt(name, face))
    assert np.array_equal(face, before), "the clean picture was painted over"


def test_turning_forth_and_back_gives_the_middle_again(face):
    back = robustness.turned(robustness.turned(face, 20.0), -20.0)
    difference = np.abs(back[12:36, 12:36].astype(int) - face[12:36, 12:36])
    assert difference.mean() < 12
    assert not np.array_equal(spoilt("turned by +20°", face), spoilt("turned by −20°", face))


def test_blur_takes_the_edges_away(face):
    steepest = np.abs(np.diff(face.astype(int), axis=1)).max()
    blurred = spoilt("blurred, deviation 3 % of the side", face)
    assert np.abs(np.diff(blurred.astype(int), axis=1)).max() < 0.5 * steepest


def test_dark_is_a_tenth_of_the_light(face):
    assert spoilt("a tenth of the light", face).mean() == pytest.approx(0.1 * face.mean(), abs=1.5)


def test_a_far_face_has_24_pixels(face):
    assert spoilt("24-px faces", face).shape == (24, 24)


def test_a_ninth_is_covered_and_the_rest_is_not(face):
    changed = (spoilt("a ninth covered", face) != face).mean()
    assert 0.05 < changed <= 1 / 9 + 1e-9


def test_a_mask_covers_the_mouth_and_leaves_the_eyes(face):
    masked = spoilt("masked", face)
    assert (masked[32:40, 18:30] == 200).all()
    assert np.array_equal(masked[:22], face[:22])


class Certain:
    """Stands for a classifier: sure of happiness on light faces, unsure else."""

    abstain_below = 0.5

    def classify_cropped(self, pictures):
        class Scores:
            def __init__(self, sure):
                rest = (1.0 - sure) / 6.0
                self.probabilities = tuple(sure if name == "happiness" else rest for name in LABELS)

        return [Scores(0.9 if picture.mean() > 60 else 0.3) for picture in pictures]


def test_rows_tell_what_was_answered_and_right(face):
    happy = np.array([LABELS.index("happiness")] * 3 + [LABELS.index("sadness")], np.int64)
    found = {row.name: row for row in robustness.rows(Certain(), HeldOut([face] * 4, happy))}
    assert found["clean"].seven == 0.75
    assert found["clean"].answered == 1.0
    assert found["a tenth of the light"].answered == 0.0
    assert "| clean | 75.0% | 75.0% | 100.0% | 75.0% |" in robustness.table(list(found.values()))
