"""``appliance purge``: the same as at night, by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import click
import pytest

from appliance.cli.context import Context
from appliance.cli.purge import purge
from appliance.config.retention_settings import RetentionSettings
from appliance.daemon.housekeeping import keep_days
from appliance.daemon.secret_key import chain_key, load_or_create_secret
from appliance.store.chain_check import check_chain
from appliance.store.database import Database
from appliance.store.plays import PlayStore
from appliance.store.retention import Retention
from tests.cli.conftest import Type
from tests.store.history import HAPPY, History, a_stamp


@pytest.fixture
def typed(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(purge)


@pytest.fixture
def key(context: Context) -> bytes:
    return chain_key(load_or_create_secret(context.state_dir))


@pytest.fixture
def past(history: History, database: Database, key: bytes) -> History:
    history.plays = PlayStore(database, key)
    play = history.play(history.add_clip(), stamp=a_stamp(days=-5000))
    history.samples.record(play, 1, HAPPY, 1)
    return history


def test_a_dry_run_only_counts(typed: Type, past: History, database: Database) -> None:
    status, printed = typed("--dry-run")
    assert status == 0
    assert "play_events: 2 rows would be purged, 730 days are kept" in printed
    assert "emotion_samples: 1 rows would be purged, 30 days are kept" in printed
    assert len(database.rows("SELECT * FROM play_events")) == 2


def test_old_rows_go_and_the_rest_holds(
    typed: Type, past: History, database: Database, key: bytes
) -> None:
    status, printed = typed()
    assert status == 0
    assert "play_events: 2 rows purged" in printed
    assert database.rows("SELECT * FROM play_events") == []
    assert check_chain(database, key).first_break is None
    assert "play_events: 0 rows purged" in typed()[1]


def test_without_a_database(typed: Type) -> None:
    status, printed = typed()
    assert status == 1
    assert "nothing to purge" in printed


def test_the_timer_purges_only_what_the_daemon_has_left(
    typed: Type, past: History, database: Database, key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.daemon.clock.has_right_time", lambda: True)
    days = {"purged today": 0, "left for two days": 2}
    printed = {}
    for name, days_ago in days.items():
        done_on = dt.date.today() - dt.timedelta(days=days_ago)
        Retention(database, key, keep_days(RetentionSettings())).remember(done_on)
        printed[name] = typed("--if-due")
    assert printed["purged today"] == (0, "")
    assert "emotion_samples: 1 rows purged" in printed["left for two days"][1]
