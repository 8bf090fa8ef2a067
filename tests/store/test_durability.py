"""What was acknowledged is on disk, even when the process is killed right after."""

from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from appliance.domain import RatingSource
from appliance.store.database import open_database
from tests.store.history import STAMP, History

# Forked, not started anew: twenty interpreters would take half a minute to import the store.
PROCESSES = multiprocessing.get_context("fork")
ATTEMPTS = 20


def write_and_acknowledge(path: Path, reply: Connection) -> None:
    """The child: a play, then its rating, each acknowledged as the daemon would."""
    history = History(open_database(path))
    play = history.begin(history.clips.all()[0])
    reply.send(("playing", play))
    history.ratings.give(play, 1, RatingSource.PANEL, STAMP)
    reply.send(("rated", play))
    signal.pause()


def write_until(acknowledged: str, path: Path) -> str:
    """Start a writer, kill it the moment it acknowledges; returns the play it spoke of."""
    answers, reply = PROCESSES.Pipe(duplex=False)
    writer = PROCESSES.Process(target=write_and_acknowledge, args=(path, reply))
    writer.start()
    reply.close()
    try:
        while True:
            word, play = answers.recv()
            if word == acknowledged:
                return str(play)
    finally:
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()


def test_a_play_and_a_rating_outlive_kill_9_right_after_their_acknowledgement(
    tmp_path: Path,
) -> None:
    path = tmp_path / "appliance.db"
    with open_database(path) as database:
        History(database).add_clip()
    for attempt in range(ATTEMPTS):
        acknowledged = "playing" if attempt % 2 else "rated"
        play = write_until(acknowledged, path)
        with open_database(path) as database:
            history = History(database)
            assert history.plays.details(play) is not None, f"attempt {attempt}"
            if acknowledged == "rated":
                assert history.ratings.get(play) is not None, f"attempt {attempt}"
