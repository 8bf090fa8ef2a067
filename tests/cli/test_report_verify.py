"""``appliance report verify``: what an auditor is told."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from appliance.cli.context import Context
from appliance.cli.findings import Verdict
from appliance.cli.proof_record import proof
from appliance.cli.report import report
from appliance.daemon.secret_key import chain_key, load_or_create_secret
from appliance.store.chain import ProofChain, head_of
from appliance.store.database import Database
from appliance.store.head_witness import NAME, HeadWitness
from appliance.store.plays import PlayStore
from tests.cli.conftest import Type
from tests.store.history import STAMP, History

RANGE = ("--from", "2026-03-10", "--to", "2026-03-10")


@pytest.fixture
def typed(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(report)


@pytest.fixture
def past(history: History, context: Context, database: Database) -> History:
    """Three plays, recorded with this unit's own secret."""
    history.plays = PlayStore(database, chain_key(load_or_create_secret(context.state_dir)))
    clip = history.add_clip()
    for _ in range(3):
        history.play(clip)
    return history


def shell(database: Database, script: str) -> None:
    """Somebody who has the file, but not the unit's secret."""
    with sqlite3.connect(database.path) as connection:
        connection.executescript(
            "DROP TRIGGER play_events_never_change; DROP TRIGGER play_events_never_vanish;" + script
        )
    connection.close()


def test_proof_that_holds(typed: Type, past: History) -> None:
    status, printed = typed("verify")
    assert status == 0
    assert "proof of play holds: 6 events" in printed
    assert "head: 2026-03-10 event 6, 6 in all, hash " in printed


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("UPDATE play_events SET position_s = 11 WHERE id = 4", "BROKEN at event 4 (2026-03-10T03:00:10.000Z): it is not as it was written (edited); the 3 events before it hold"),  # noqa: E501
        ("DELETE FROM play_events WHERE id = 2", "BROKEN at event 3 (2026-03-10T03:00:00.000Z): one event or more before it was taken out (missing)"),  # noqa: E501
        ("DELETE FROM play_events WHERE id > 4", "BROKEN at event 6 (2026-03-10T03:00:10.000Z): the events up to it were there and are gone (tail cut)"),  # noqa: E501
        ("UPDATE play_hours SET completed = 2", "BROKEN: the reports' totals of clip 1 on 2026-03-10 say 3 plays, 2 completed, 0 failed, 30.0 s, its events say 3 plays, 3 completed, 0 failed, 30.0 s"),  # noqa: E501
    ],
)  # fmt: skip
def test_the_first_break_is_named(
    typed: Type, past: History, database: Database, script: str, line: str
) -> None:
    shell(database, script)
    status, printed = typed("verify")
    assert status == 1
    assert line in printed


@pytest.mark.parametrize("form", ["json", "csv", "html"])
@pytest.mark.parametrize("subject", ["plays", "clips"])
def test_every_export_is_a_witness(
    typed: Type, past: History, database: Database, tmp_path: Path, form: str, subject: str
) -> None:
    export = tmp_path / f"export.{form}"
    assert typed(subject, *RANGE, "--format", form, "-o", export)[0] == 0
    status, printed = typed("verify", "--against", export)
    assert status == 0
    assert "nothing was cut off since the export" in printed
    shell(
        database,
        "DELETE FROM play_events WHERE id > 4;"
        "UPDATE sqlite_sequence SET seq = 4 WHERE name = 'play_events';"
        "UPDATE play_hours SET plays = 2, completed = 2, shown_s = 20",
    )
    assert typed("verify")[0] == 0
    status, printed = typed("verify", "--against", export)
    assert status == 1
    assert "BROKEN at event 6" in printed
    assert "tail cut" in printed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "{",
        '{"proof": 7}',
        '{"proof": {"proof_event": "x", "proof_events": 1, "proof_date": "", "proof_hash": ""}}',
        json.dumps(
            {
                "proof": {
                    "proof_event": 1,
                    "proof_events": 1,
                    "proof_date": "2026-03-10",
                    "proof_hash": 5,
                }
            }
        ),
        "a,b\n1,2\n",
        '<meta name="proof-of-play" content="1;2">',
        "\x00" * 100,
        "[" * 100_000,
    ],
)
def test_a_file_that_is_no_report(typed: Type, past: History, tmp_path: Path, text: str) -> None:
    export = tmp_path / "export"
    export.write_text(text)
    status, printed = typed("verify", "--against", export)
    assert status == 1
    assert f"{export} carries no head of the proof of play" in printed


def test_a_file_that_is_not_there(typed: Type, past: History, tmp_path: Path) -> None:
    status, printed = typed("verify", "--against", tmp_path / "nothing")
    assert status == 1
    assert "No such file" in printed


def recorded(context: Context, database: Database) -> None:
    """As the unit's start and each event do."""
    key = chain_key(load_or_create_secret(context.state_dir))
    witness = HeadWitness(context.state_dir, key)
    witness.begin(database, STAMP)
    witness.keep(head_of(database))


CUT = (
    "DELETE FROM play_events WHERE id > 4;"
    "UPDATE sqlite_sequence SET seq = 4 WHERE name = 'play_events';"
    "UPDATE play_hours SET plays = 2, completed = 2, shown_s = 20"
)


def test_a_rollback_is_found_without_any_export_and_told_until_it_is_accepted(
    typed: Type, past: History, context: Context, database: Database
) -> None:
    recorded(context, database)
    status, printed = typed("verify")
    assert status == 0
    assert "its end is the one that proof-head recorded: event 6" in printed
    assert proof(context)[0] is Verdict.OK
    shell(database, CUT)
    status, printed = typed("verify")
    assert status == 1
    assert (
        "BROKEN: event 6, recorded outside of the database on 2026-03-10, is not in it" in printed
    )
    assert proof(context)[0] is Verdict.FAIL
    recorded(context, database)  # the unit is started again
    status, printed = typed("verify")
    assert status == 1
    assert "the events up to 6 after event 4 are gone" in printed
    assert proof(context)[0] is Verdict.WARN
    assert typed("verify", "--accept-restart")[0] == 0


def test_a_record_that_was_taken_away_is_no_way_out(
    typed: Type, past: History, context: Context, database: Database
) -> None:
    recorded(context, database)
    (context.state_dir / NAME).unlink()
    status, printed = typed("verify")
    assert status == 1
    assert "proof-head beside the database" in printed
    assert proof(context)[0] is Verdict.FAIL


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What journalctl prints; a machine without systemd keeps none."""
    (tmp_path / "bin").mkdir()
    lines, program = tmp_path / "journal.txt", tmp_path / "bin" / "journalctl"
    program.write_text(f"#!/bin/sh\ncat {lines}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return lines


def log(journal: Path, database: Database, key: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    with caplog.at_level("INFO"):
        ProofChain(database, key).log_head("at the end")
    with journal.open("a") as lines:
        lines.write(f"12:00:00 INFO control {caplog.messages[-1]}\nanother line\n")


def test_the_journal_finds_a_database_that_was_put_back_with_its_record(
    typed: Type, past: History, context: Context, database: Database, journal: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    key = chain_key(load_or_create_secret(context.state_dir))
    log(journal, database, key, caplog)
    recorded(context, database)
    status, printed = typed("verify")
    assert status == 0
    assert "the journal agrees with it: 1 heads" in printed
    shell(database, CUT)
    (context.state_dir / NAME).unlink()
    database.write("DELETE FROM meta WHERE key = 'proof_head_epoch'")
    recorded(context, database)  # as if it had never been otherwise
    status, printed = typed("verify")
    assert status == 1
    assert "BROKEN: event 6, which the journal names on 2026-03-10, is gone" in printed
    assert typed("verify", "--accept-restart")[0] == 0


def test_a_setback_that_is_noted_is_not_said_twice_and_others_lines_are_none(
    typed: Type, past: History, context: Context, database: Database, journal: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    log(journal, database, b"another unit's key", caplog)
    recorded(context, database)
    assert typed("verify")[0] == 0
    key = chain_key(load_or_create_secret(context.state_dir))
    log(journal, database, key, caplog)
    shell(database, CUT)
    recorded(context, database)
    assert "the journal names" not in typed("verify")[1]
    assert typed("verify", "--accept-restart")[0] == 0


def test_without_the_units_secret(typed: Type, past: History, context: Context) -> None:
    (context.state_dir / "secret.key").unlink()
    status, printed = typed("verify")
    assert status == 1
    assert "there is no unit's secret" in printed
    assert not (context.state_dir / "secret.key").exists()


def test_before_the_first_event(typed: Type, database: Database, context: Context) -> None:
    load_or_create_secret(context.state_dir)
    assert typed("verify") == (0, "nothing has been recorded under this unit's chain yet\n")
