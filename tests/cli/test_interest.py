"""``appliance interest`` on a month of simulated visits in a real database."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import numpy as np
import pytest

from appliance.cli.context import Context
from appliance.cli.interest import interest
from appliance.daemon.interest_file import InterestFile
from appliance.domain import EMOTIONS
from appliance.store.database import Database, open_database
from tests.cli.conftest import Type
from tests.feedback.simulated_month import COEFFICIENTS, shuffle_answers, write_month
from tests.store.history import History


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("month") / "appliance.db"
    with open_database(path) as database:
        write_month(database)
    return path


@pytest.fixture
def after_a_month(context: Context, month: Path) -> Iterator[Database]:
    context.state_dir.mkdir()
    shutil.copy(month, context.database_path)
    with open_database(context.database_path) as database:
        yield database


@pytest.fixture
def typed(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(interest)


def test_a_month_teaches_what_interests_people_here(
    typed: Type, context: Context, after_a_month: Database
) -> None:
    status, printed = typed("train", "--json")
    assert status == 0
    learned = json.loads(printed)
    assert (learned["is_new"], learned["refused"]) == (True, None)
    model = InterestFile(context.state_dir).read().model
    assert model.is_fitted
    fitted = np.array(model.coefficients)
    strong = np.abs(COEFFICIENTS) > 0.5
    assert np.array_equal(np.sign(fitted[strong]), np.sign(COEFFICIENTS[strong]))
    held_out = model.held_out
    assert held_out is not None
    assert held_out.roc_auc.low > 0.65
    assert held_out.balanced_accuracy.low > 0.55
    assert 0 < model.weight <= 0.5


def test_noise_is_not_installed_and_the_command_says_so(
    typed: Type, context: Context, after_a_month: Database
) -> None:
    shuffle_answers(after_a_month)
    status, printed = typed("train")
    assert status == 0
    assert printed.startswith("Not installed: ")
    assert "the paper's coefficients serve" in printed
    model = InterestFile(context.state_dir).read().model
    assert (model.is_fitted, model.weight) == (False, 0)


def test_a_refused_fit_keeps_the_model_before(
    typed: Type, context: Context, after_a_month: Database
) -> None:
    typed("train")
    before = InterestFile(context.state_dir).read()
    # Few answers are left, by purging say: too few to be sure of anything.
    after_a_month.write(
        "DELETE FROM ratings WHERE id NOT IN"
        " (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY value ORDER BY id) AS n"
        " FROM ratings) WHERE n <= 26)"
    )
    status, printed = typed("train")
    assert status == 0
    assert "the model before stays" in printed
    after = InterestFile(context.state_dir).read()
    assert after.model == before.model
    assert after.last_training != before.last_training


def test_answers_in_five_steps_teach_the_same_and_threes_teach_nothing(
    typed: Type, context: Context
) -> None:
    context.state_dir.mkdir()
    with open_database(context.database_path) as database:
        write_month(database, 400, in_five_steps=True)
        (row,) = database.rows("SELECT count(*) AS all_, count(value) AS said FROM ratings")
    assert row["said"] < row["all_"]
    assert json.loads(typed("train", "--json")[1])["model"]["rated"] == row["said"]


def test_show_stands_beside_the_paper(typed: Type, after_a_month: Database) -> None:
    typed("train")
    status, printed = typed("show")
    assert status == 0
    for word in ("coefficient", "paper", "+0.87", "ROC AUC", "bootstrap", "Last training: "):
        assert word in printed
    assert max(len(line) for line in printed.splitlines()[:-1]) <= 100
    facts = json.loads(typed("show", "--json")[1])
    assert facts["emotions"] == list(EMOTIONS)


def test_export_of_the_model_and_of_what_it_learns_from(
    typed: Type, context: Context, after_a_month: Database, tmp_path: Path
) -> None:
    assert typed("export")[0] == 1
    typed("train")
    out = tmp_path / "model.json"
    assert typed("export", "-o", out)[0] == 0
    assert json.loads(out.read_text()) == json.loads(typed("show", "--json")[1])
    rows = list(csv.DictReader(io.StringIO(typed("export", "--visits")[1])))
    (count,) = after_a_month.rows("SELECT count(*) AS n FROM ratings")
    assert len(rows) == count["n"]
    assert sum(float(rows[0][emotion]) for emotion in EMOTIONS) == pytest.approx(100, abs=0.1)
    assert json.loads(typed("export", "--visits", "--json")[1])[0]["rating"] in (0, 1)
    assert not {"play", "visit", "at"} & set(rows[0])


def test_an_empty_unit_predicts_nothing_and_says_why(typed: Type, database: Database) -> None:
    status, printed = typed("train")
    assert status == 0
    assert printed.startswith("Nothing is predicted yet: 0 reactions; 30 are needed")
    assert "Nothing is predicted" in typed("show")[1]
    assert typed("export") == (
        1, "nothing is predicted yet, so there is no model to export",
    )  # fmt: skip
    assert typed("export", "--visits")[1].startswith("no visit with a reaction was rated yet")


def test_one_answer_only(typed: Type, after_a_month: Database) -> None:
    after_a_month.write("DELETE FROM ratings WHERE value = 0")
    status, printed = typed("train")
    assert status == 0
    assert "said yes and 0 said no, 25 of each are needed to fit" in printed


def test_more_folds_than_visits(typed: Type, after_a_month: Database) -> None:
    after_a_month.write(
        "DELETE FROM ratings WHERE id NOT IN"
        " (SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY value ORDER BY id) AS n"
        " FROM ratings) WHERE n <= 30)"
    )
    assert typed("train", "--folds", 40) == (
        1, "30 visits of one kind cannot be parted into 40 folds; ask for fewer",
    )  # fmt: skip


def test_a_damaged_model_is_one_line_and_training_makes_it_anew(
    typed: Type, context: Context, after_a_month: Database
) -> None:
    InterestFile(context.state_dir).path.write_text('{"model": 7}')
    status, line = typed("show")
    assert status == 1
    assert line.startswith("the interest model ")
    assert typed("train")[0] == 0
    assert InterestFile(context.state_dir).read().model.is_fitted


def test_without_scikit_learn_everything_stays_as_it_is(
    typed: Type, context: Context, after_a_month: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed("train")
    before = InterestFile(context.state_dir).path.read_bytes()
    monkeypatch.setitem(sys.modules, "sklearn", None)
    status, line = typed("train")
    assert status == 1
    assert "learning interest needs scikit-learn" in line
    assert InterestFile(context.state_dir).path.read_bytes() == before
    assert typed("show")[0] == 0


def test_a_rated_clip_that_was_deleted_still_teaches(
    typed: Type, after_a_month: Database, history: History
) -> None:
    for clip in history.clips.all():
        history.clips.remove(clip.id)
    assert json.loads(typed("train", "--json")[1])["model"]["is_fitted"]


def test_no_database_is_one_line(typed: Type) -> None:
    status, line = typed("train")
    assert status == 1
    assert "there is no database" in line


def test_the_timer_learns_only_what_the_daemon_has_left(
    typed: Type, after_a_month: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.daemon.clock.has_right_time", lambda: True)
    with monkeypatch.context() as without_scikit_learn:
        without_scikit_learn.setattr("appliance.cli.interest.find_spec", lambda name: None)
        assert typed("train", "--if-due") == (0, "")
    assert "In use:" in typed("train", "--if-due")[1]
    assert typed("train", "--if-due") == (0, "")


def test_an_empty_unit_shows_the_published_coefficients(run_command: Callable[..., Type]) -> None:
    status, printed = run_command(interest)("show")
    assert status == 0
    assert "Nothing is predicted" in printed
    published = dict(re.findall(r"^(\w+) +([+-]\d\.\d\d)$", printed, re.MULTILINE))
    assert published == {
        "neutral": "-0.41", "happiness": "+0.87", "sadness": "-0.08", "surprise": "+0.35",
        "fear": "+0.71", "disgust": "+0.51", "anger": "-0.33",
    }  # fmt: skip
