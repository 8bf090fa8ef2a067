"""The model's file: whole or not at all, and a damaged one stops nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from appliance.daemon.interest_file import (
    NOTHING_KEPT,
    InterestFile,
    InterestWatch,
    KeptInterest,
    LastTraining,
)
from appliance.domain import Reaction
from appliance.errors import FeedbackError
from appliance.feedback.interest import NOTHING_KNOWN, Estimate, HeldOut, InterestModel
from appliance.feedback.interest_scale import ReactionScale

SCALE = ReactionScale((0.5, 0.2, 0.1, 0.1, 0.04, 0.03, 0.03), (0.15,) * 7, 6.0, 100)
FIGURE = Estimate(0.2, 0.1, 0.3)
MODEL = InterestModel(
    (0.1, -0.2, 0.3, -0.4, 0.5, -0.6, 0.7),
    0.25,
    SCALE,
    is_fitted=True,
    weight=0.1,
    rated=80,
    liked=50,
    held_out=HeldOut(5, 0.2, 0.21, 0.25, FIGURE, FIGURE, FIGURE, FIGURE),
    trained_at="2027-03-02T03:31:00+09:00",
)
KEPT = KeptInterest(MODEL, LastTraining("2027-03-02T03:31:00+09:00", "fitted"))
SMILE = Reaction("p", 9, (0.0, 100.0, 0.0, 0.0, 0.0, 0.0, 0.0))


@pytest.fixture
def file(tmp_path: Path) -> InterestFile:
    return InterestFile(tmp_path)


def test_what_was_written_is_read_and_predicts_the_same(file: InterestFile) -> None:
    file.write(KEPT)
    assert file.read() == KEPT
    assert file.read().model.predict(SMILE) == MODEL.predict(SMILE)
    assert [path.name for path in file.path.parent.iterdir()] == ["interest.json"]


def test_no_file_is_nothing_known(file: InterestFile) -> None:
    assert file.read() == NOTHING_KEPT
    assert file.stamp() is None


def changed(change: Callable[[dict[str, Any]], object]) -> Callable[[InterestFile], None]:
    def damage(file: InterestFile) -> None:
        content = json.loads(file.path.read_text())
        change(content)
        file.path.write_text(json.dumps(content))

    return damage


def cut(file: InterestFile) -> None:
    file.path.write_bytes(file.path.read_bytes()[:300])


def filled(file: InterestFile) -> None:
    file.path.write_bytes(b"\xff\x00" * 100)


def huge(file: InterestFile) -> None:
    file.path.write_text(" " * 100_000 + "{}")


def emptied(file: InterestFile) -> None:
    file.path.write_bytes(b"")


DAMAGES = {
    "cut": cut,
    "binary": filled,
    "huge": huge,
    "empty": emptied,
    "six coefficients": changed(lambda kept: kept["model"]["coefficients"].pop()),
    "endless coefficient": changed(lambda kept: kept["model"].update(intercept=1e999)),
    "wild coefficient": changed(lambda kept: kept["model"].update(intercept=1e9)),
    "no scale": changed(lambda kept: kept["model"].update(scale=None)),
    "no deviation": changed(lambda kept: kept["model"]["scale"].update(deviations=[0.0] * 7)),
    "too much weight": changed(lambda kept: kept["model"].update(weight=0.9)),
    "other emotions": changed(lambda kept: kept["emotions"].reverse()),
    "another schema": changed(lambda kept: kept.update(schema=2)),
    "a text": changed(lambda kept: kept["model"].update(intercept="high")),
    "more": changed(lambda kept: kept.update(extra=1)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_file_is_one_clear_line(
    file: InterestFile, damage: Callable[[InterestFile], None]
) -> None:
    file.write(KEPT)
    damage(file)
    with pytest.raises(FeedbackError) as caught:
        file.read()
    line = str(caught.value)
    assert line.startswith(f"the interest model {file.path} cannot be read (")
    assert line.endswith("'appliance interest train' makes it anew")
    assert "\n" not in line
    assert len(line) < 400


def test_a_file_that_cannot_be_written_leaves_the_one_there_was(tmp_path: Path) -> None:
    nowhere = InterestFile(tmp_path / "gone")
    with pytest.raises(FeedbackError, match=r"cannot write .* the model there is stays in use"):
        nowhere.write(KEPT)


def test_a_running_unit_takes_a_new_model_and_ignores_a_damaged_one(file: InterestFile) -> None:
    complaints: list[str] = []
    watch = InterestWatch(file, complaints.append)
    assert watch.current() is NOTHING_KNOWN
    file.write(KEPT)
    assert watch.current() == MODEL
    file.write(replace(KEPT, model=replace(MODEL, weight=0.3)))
    assert watch.current().weight == 0.3
    file.path.write_text("{")
    for _ in range(3):
        assert watch.current() is NOTHING_KNOWN
    assert len(complaints) == 1
    file.write(KEPT)
    assert watch.current() == MODEL
    file.path.unlink()
    assert watch.current() is NOTHING_KNOWN


def test_an_unchanged_file_is_not_read_again(
    file: InterestFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write(KEPT)
    watch = InterestWatch(file)
    first = watch.current()
    monkeypatch.setattr(InterestFile, "read", lambda self: pytest.fail("read again"))
    assert watch.current() is first
