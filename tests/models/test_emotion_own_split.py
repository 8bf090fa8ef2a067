"""The split keeps people on one side, every class on all sides, and stays what it was."""

from collections import Counter
from pathlib import Path

import numpy as np

from models.emotion.own_rows import HELD_OUT, TRAIN, VALIDATION
from models.emotion.own_split import person_of, split


def population(people=40, each=10, classes=3):
    groups = [f"P{number % people}" for number in range(people * each)]
    labels = [int(v) for v in np.random.default_rng(0).integers(0, classes, people * each)]
    return groups, labels


def test_person_is_the_name_before_the_number():
    assert person_of(Path("a/Kim_Min_Jun_0002.jpg")) == "Kim_Min_Jun"
    assert person_of(Path("portrait.jpg")) is None
    assert person_of(Path("Kim_a.jpg")) is None


def test_nobody_is_on_two_sides():
    groups, labels = population()
    sides = {}
    for group, place in zip(groups, split(groups, labels), strict=True):
        sides.setdefault(group, set()).add(place)
    assert all(len(places) == 1 for places in sides.values())


def test_every_class_is_on_every_side_in_about_the_right_share():
    groups, labels = population()
    counts = Counter(zip(split(groups, labels), labels, strict=True))
    for label in range(3):
        whole = labels.count(label)
        for part in (HELD_OUT, VALIDATION):
            assert 0.1 < counts[part, label] / whole < 0.3
        assert counts[TRAIN, label] / whole > 0.5


def test_a_rare_class_is_on_every_side():
    groups = [f"g{number}" for number in range(103)]
    labels = [0] * 100 + [1] * 3
    found = split(groups, labels)
    assert sorted(found[100:]) == sorted((TRAIN, VALIDATION, HELD_OUT))


def test_somebody_with_most_of_the_pictures_is_trained_on():
    groups = ["Star"] * 200 + [f"P{number % 20}" for number in range(100)]
    found = split(groups, [number % 2 for number in range(300)])
    assert set(found[:200]) == {TRAIN}


def test_too_few_people_are_refused():
    assert split(["A", "B", "A", "B"], [0, 0, 1, 1]) is None


def test_order_of_pictures_does_not_matter():
    groups, labels = population()
    found = dict(zip(groups, split(groups, labels), strict=True))
    backward = dict(zip(groups[::-1], split(groups[::-1], labels[::-1]), strict=True))
    assert found == backward


def test_thousands_of_pictures_are_divided_one_by_one():
    groups = [str(number) for number in range(30000)]
    labels = [number % 7 for number in range(30000)]
    counts = Counter(split(groups, labels))
    assert counts[HELD_OUT] == counts[VALIDATION] == 7 * round(0.15 * labels.count(0))
