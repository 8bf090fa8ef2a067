"""Proof of play as a chain: whatever somebody does to the file shows."""

from __future__ import annotations

import hmac
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.domain import PlaybackEvent
from appliance.store.chain import BEGINNING, CHAINED, FILM, Head, ProofChain, head_of, link
from appliance.store.chain_check import Fault, check_chain
from appliance.store.database import Database, open_database
from tests.store.history import CHAIN_KEY, STAMP, History, a_stamp

Tamper = Callable[[str], None]


@pytest.fixture
def tamper(database: Database) -> Tamper:
    """Somebody with the file and SQLite's own shell, whom no trigger stops."""

    def with_shell(script: str) -> None:
        with sqlite3.connect(database.path) as shell:
            shell.executescript(
                "DROP TRIGGER IF EXISTS play_events_never_change;"
                f"DROP TRIGGER IF EXISTS play_events_never_vanish; {script}"
            )
        shell.close()

    return with_shell


@pytest.fixture
def ten_events(history: History) -> History:
    clip = history.add_clip()
    for number in range(5):
        history.play(clip, stamp=a_stamp(minutes=number))
    return history


def fault_of(database: Database, **more: object) -> tuple[Fault, int] | None:
    broken = check_chain(database, CHAIN_KEY, **more).first_break  # type: ignore[arg-type]
    return (broken.fault, broken.event_id) if broken else None


def test_what_the_unit_wrote_holds(ten_events: History, database: Database) -> None:
    report = check_chain(database, CHAIN_KEY)
    assert (report.checked, report.sealed, report.first_break) == (10, 0, None)
    assert report.head == head_of(database)
    assert report.head is not None
    assert (report.head.event_id, report.head.events) == (10, 10)


def test_every_column_is_proof(database: Database) -> None:
    columns = {row["name"] for row in database.rows("PRAGMA table_info(play_events)")}
    assert columns - {"chain"} == {*CHAINED, FILM}


@pytest.mark.parametrize(
    "column", [name for name in (*CHAINED, FILM) if name not in ("id", "play_id")]
)
def test_an_edit_of_any_column_shows(
    ten_events: History, database: Database, tamper: Tamper, column: str
) -> None:
    changed = {"event": "'error'", "clock_synced": "0", "position_s": "position_s + 1e-9"}.get(
        column, "'7'"
    )
    tamper(f"UPDATE play_events SET {column} = {changed} WHERE id = 4")
    assert fault_of(database) == (Fault.EDITED, 4)


def test_a_film_taken_out_of_its_proof_shows(
    ten_events: History, database: Database, tamper: Tamper
) -> None:
    """An event without one is linked as events were before the column; that is another link."""
    tamper("UPDATE play_events SET film_sha256 = NULL WHERE id = 4")
    assert fault_of(database) == (Fault.EDITED, 4)


def test_the_film_of_a_play_is_its_proof_also_once_the_clip_is_gone(
    history: History, database: Database
) -> None:
    clip = history.add_clip()
    play = history.begin(clip)
    history.clips.remove(clip.id)
    history.plays.record(play, PlaybackEvent.ENDED, 10, "", a_stamp(seconds=10))
    films = database.rows("SELECT film_sha256 FROM play_events")
    assert films == [{"film_sha256": clip.sha256}] * 2
    assert database.rows("SELECT film_sha256 FROM plays") == [{"film_sha256": clip.sha256}]
    assert fault_of(database) is None


def test_events_from_before_there_was_a_film_hold_beside_new_ones(
    ten_events: History, database: Database, tamper: Tamper
) -> None:
    """As an earlier release has linked them: by its fixed words, written out here once more."""
    hashed, script = BEGINNING, ""
    for row in database.rows("SELECT * FROM play_events ORDER BY id"):
        text = json.dumps([row[name] for name in CHAINED], separators=(",", ":"))
        hashed = hmac.digest(CHAIN_KEY, b"event 1\n" + hashed + text.encode(), "sha256")
        script += (
            f"UPDATE play_events SET film_sha256 = NULL, chain = x'{hashed.hex()}'"
            f" WHERE id = {row['id']};"
        )
    tamper(script)
    ten_events.play(ten_events.add_clip(), stamp=a_stamp(minutes=9))
    assert fault_of(database) is None
    assert check_chain(database, CHAIN_KEY).checked == 12


def test_events_that_changed_places_show(
    ten_events: History, database: Database, tamper: Tamper
) -> None:
    tamper(
        "UPDATE play_events SET id = 99 WHERE id = 4; UPDATE play_events SET id = 4 WHERE id = 6;"
        "UPDATE play_events SET id = 6 WHERE id = 99;"
    )
    assert fault_of(database) == (Fault.EDITED, 4)


def test_an_event_taken_out_shows(ten_events: History, database: Database, tamper: Tamper) -> None:
    tamper("DELETE FROM play_events WHERE id = 4")
    assert fault_of(database) == (Fault.MISSING, 5)


def test_the_first_events_taken_out_show(
    ten_events: History, database: Database, tamper: Tamper
) -> None:
    tamper("DELETE FROM play_events WHERE id <= 4")
    assert fault_of(database) == (Fault.MISSING, 5)


def test_an_event_put_in_shows(ten_events: History, database: Database, tamper: Tamper) -> None:
    columns = ", ".join(name for name in (*CHAINED, FILM) if name not in ("id", "play_id"))
    tamper(
        f"INSERT INTO play_events (play_id, {columns}) SELECT 'made-up', {columns}"
        " FROM play_events WHERE id = 9"
    )
    assert fault_of(database) == (Fault.INSERTED, 11)


@pytest.mark.parametrize("kept", [0, 1, 9])
def test_a_tail_cut_off_shows(
    ten_events: History, database: Database, tamper: Tamper, kept: int
) -> None:
    tamper(f"DELETE FROM play_events WHERE id > {kept}")
    assert fault_of(database) == (Fault.TAIL_CUT, 10)


def test_a_tail_cut_off_without_a_trace_shows_against_an_export(
    ten_events: History, database: Database, tamper: Tamper
) -> None:
    head = head_of(database)
    tamper(
        "DELETE FROM play_events WHERE id > 8; UPDATE sqlite_sequence SET seq = 8"
        " WHERE name = 'play_events'"
    )
    assert fault_of(database) is None
    assert fault_of(database, against=head) == (Fault.TAIL_CUT, 10)


def test_a_tail_that_grew_again_is_not_the_exports(
    ten_events: History, database: Database, tamper: Tamper
) -> None:
    head = head_of(database)
    tamper(
        "DELETE FROM play_events WHERE id > 8; UPDATE sqlite_sequence SET seq = 8"
        " WHERE name = 'play_events'"
    )
    ten_events.play(ten_events.add_clip(), stamp=a_stamp(minutes=9))
    assert fault_of(database) is None
    assert fault_of(database, against=head) == (Fault.OTHER_EXPORT, 10)


def test_an_export_holds_as_the_chain_grows(ten_events: History, database: Database) -> None:
    head = head_of(database)
    ten_events.play(ten_events.add_clip(), stamp=a_stamp(minutes=9))
    assert fault_of(database, against=head) is None


def test_an_export_from_before_the_first_event(database: Database, history: History) -> None:
    ProofChain(database, CHAIN_KEY).begin(STAMP)
    head = head_of(database)
    history.play(history.add_clip())
    assert head is not None
    assert head.hash == BEGINNING.hex()
    assert fault_of(database, against=head) is None


def test_somebody_elses_key_proves_nothing(ten_events: History, database: Database) -> None:
    broken = check_chain(database, b"another unit's").first_break
    assert broken is not None
    assert broken.fault is Fault.SEAL


@pytest.mark.parametrize(
    "script",
    [
        "DELETE FROM chain_checkpoints",
        "UPDATE chain_checkpoints SET hash = zeroblob(32), up_to_id = 10",
        "UPDATE chain_checkpoints SET mac = 'text'",
    ],
)
def test_a_checkpoint_changed_shows(
    ten_events: History, database: Database, tamper: Tamper, script: str
) -> None:
    tamper(script)
    broken = fault_of(database)
    assert broken is not None
    assert broken[0] is Fault.SEAL


def test_a_chain_begun_anew_says_so_and_goes_on(
    ten_events: History, database: Database, tamper: Tamper
) -> None:
    tamper("UPDATE play_events SET position_s = 99 WHERE id = 4; DELETE FROM chain_checkpoints")
    ProofChain(database, CHAIN_KEY).begin(a_stamp(hours=1))
    ten_events.play(ten_events.add_clip(), stamp=a_stamp(hours=2))
    assert fault_of(database) == (Fault.BEGUN_ANEW, 10)
    accepted = check_chain(database, CHAIN_KEY, accepts_restart=True)
    assert (accepted.first_break, accepted.checked, accepted.sealed) == (None, 12, 10)


def test_a_new_secret_begins_anew(ten_events: History, database: Database) -> None:
    ProofChain(database, b"new").begin(a_stamp(hours=1))
    assert fault_of(database) == (Fault.SEAL, 10)
    broken = check_chain(database, b"new").first_break
    assert broken is not None
    assert broken.fault is Fault.BEGUN_ANEW


def test_a_day_that_is_over_leaves_its_head(
    ten_events: History, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    head = head_of(database)
    with caplog.at_level("INFO"):
        ten_events.play(ten_events.add_clip(), stamp=a_stamp(days=1))
    assert head is not None
    assert head.hash in caplog.text
    assert head.local_date == "2026-03-10"
    (day,) = database.rows("SELECT * FROM chain_checkpoints WHERE kind = 'day'")
    assert (day["up_to_id"], day["events"], day["hash"].hex()) == (10, 10, head.hash)
    assert fault_of(database) is None


def test_old_events_are_sealed_as_they_are_found(tmp_path: Path) -> None:
    dump = Path(__file__).with_name("fixtures") / "schema_0001.sql"
    with sqlite3.connect(tmp_path / "old.db") as shell:
        shell.executescript(dump.read_text("utf-8"))
    shell.close()
    with open_database(tmp_path / "old.db") as database:
        old = database.rows("SELECT count(*) AS n FROM play_events")[0]["n"]
        ProofChain(database, CHAIN_KEY).begin(STAMP)
        head = head_of(database)
        history = History(database)
        history.play(history.add_clip(sha256="f" * 64, file="new.mp4"), stamp=STAMP)
        report = check_chain(database, CHAIN_KEY, against=head)
        assert (report.first_break, report.sealed, report.checked) == (None, old, old + 2)
        with sqlite3.connect(database.path) as shell:
            shell.execute("DROP TRIGGER play_events_never_change")
            shell.execute("UPDATE play_events SET clip_title = 'x' WHERE id = 1")
        shell.close()
        assert fault_of(database) == (Fault.EDITED, old)


def test_old_events_are_sealed_before_the_first_new_one(tmp_path: Path) -> None:
    dump = Path(__file__).with_name("fixtures") / "schema_0001.sql"
    with sqlite3.connect(tmp_path / "old.db") as shell:
        shell.executescript(dump.read_text("utf-8"))
    shell.close()
    with open_database(tmp_path / "old.db") as database:
        ProofChain(database, CHAIN_KEY).begin(STAMP)
        head = head_of(database)
        assert fault_of(database, against=head) is None
        with sqlite3.connect(database.path) as shell:
            shell.execute("DROP TRIGGER play_events_never_vanish")
            shell.execute("DELETE FROM play_events WHERE id = 1")
        shell.close()
        broken = check_chain(database, CHAIN_KEY).first_break
        assert broken is not None
        assert broken.fault is Fault.EDITED


def test_reports_that_come_twice_leave_no_gap(ten_events: History, database: Database) -> None:
    play = ten_events.begin(ten_events.add_clip())
    for _ in range(3):
        ten_events.plays.record(play, PlaybackEvent.PLAYING, 0, "", STAMP)
    ten_events.play(ten_events.add_clip())
    assert fault_of(database) is None


def test_a_head_is_of_no_use_for_another_event() -> None:
    row = dict.fromkeys(CHAINED, 1)
    assert link(CHAIN_KEY, BEGINNING, row) != link(CHAIN_KEY, BEGINNING, row | {"id": 2})
    assert link(CHAIN_KEY, BEGINNING, row) != link(CHAIN_KEY, BEGINNING, row | {"id": "1"})
    assert link(CHAIN_KEY, BEGINNING, row) != link(CHAIN_KEY, BEGINNING, row | {"id": 1.0})


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_is_changed_it_shows(tmp_path_factory: pytest.TempPathFactory, data) -> None:
    with open_database(tmp_path_factory.mktemp("chain") / "x.db") as database:
        history = History(database)
        clip = history.add_clip()
        plays = data.draw(st.integers(1, 6))
        for number in range(plays):
            history.play(clip, stamp=a_stamp(minutes=number))
        head = head_of(database)
        event = data.draw(st.integers(1, 2 * plays))
        change = data.draw(
            st.sampled_from(
                [
                    f"DELETE FROM play_events WHERE id = {event}",
                    f"UPDATE play_events SET position_s = -0.5 WHERE id = {event}",
                    f"UPDATE play_events SET detail = 'x' WHERE id >= {event}",
                    f"UPDATE play_events SET chain = randomblob(32) WHERE id = {event}",
                    f"UPDATE play_events SET chain = NULL WHERE id >= {event}",
                    f"DELETE FROM play_events WHERE id >= {event};"
                    f"UPDATE sqlite_sequence SET seq = {event - 1} WHERE name = 'play_events'",
                ]
            )
        )
        assert isinstance(head, Head)
        with sqlite3.connect(database.path) as shell:
            shell.executescript(
                "PRAGMA ignore_check_constraints = ON; DROP TRIGGER play_events_never_change;"
                f"DROP TRIGGER play_events_never_vanish; {change}"
            )
        shell.close()
        assert fault_of(database, against=head) is not None
