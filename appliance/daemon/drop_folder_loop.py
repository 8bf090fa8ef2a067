"""The worker that takes dropped files in, at low priority, one after the other."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from appliance.config.library_settings import LibrarySettings
from appliance.content.clip_folder import ClipFolder
from appliance.content.file_title import title_of
from appliance.content.intake import Intake, IntakeRules, TakenFile
from appliance.content.tool_runner import StopRequestedError, ToolRunner
from appliance.daemon.drop_attempts import MOST_ATTEMPTS, DropAttempts
from appliance.daemon.drop_folder import DropFolder, is_plain_file
from appliance.daemon.worker import Pulse
from appliance.domain import Clip, ClipKind
from appliance.errors import ApplianceError, ContentError
from appliance.messages import Answer, ClipPrepared, Message, Reply
from appliance.store.clips import ClipStore
from appliance.store.database import Database, open_database

logger = logging.getLogger(__name__)

LOOK_PERIOD_S = 1.0
REPLY_POLL_S = 0.2
NICENESS = 15


class DropFolderLoop:
    """Prepares the files; the control loop alone writes the row, and answers when it is on disk.

    A dropped file is deleted once its clip is in the library, or moved to ``failed/``. It is
    never deleted before, so a unit that loses its power begins it again.
    """

    def __init__(
        self,
        state_dir: Path,
        post: Callable[[Message], bool],
        settings: Callable[[], LibrarySettings],
    ) -> None:
        self._folder = DropFolder(state_dir / "drop")
        self._attempts = DropAttempts(self._folder.path)
        self._clips = ClipFolder(state_dir / "clips")
        self._database_path = state_dir / "appliance.db"
        self._post = post
        self._settings = settings
        self._trouble = ""

    def run(self, stop: threading.Event, pulse: Pulse) -> None:
        """Until ``stop``; what ffmpeg is doing then is given up within a second."""
        self.tidy_up()
        while not stop.wait(LOOK_PERIOD_S):
            if self._settings().drop_folder:
                self.look(time.monotonic(), stop)
            pulse.beat()

    def tidy_up(self) -> None:
        """Delete what an interrupted start or power failure left of clips half taken in."""
        try:
            with open_database(self._database_path, read_only=True) as database:
                files = ClipStore(database).files()
            self._clips.sweep(files)
        except ApplianceError as exc:
            logger.warning("Unfinished clips could not be cleared away: %s", exc)

    def look(self, now_s: float, stop: threading.Event) -> None:
        """Take in every file that has come to rest; ``now_s`` is monotonic."""
        try:
            self._folder.make()
            for path in self._folder.settled(now_s, self._settings().settle_s):
                if stop.is_set():
                    return
                try:
                    self._take(path, stop)
                except OSError:
                    # Neither removed nor set aside; not to be converted again every second.
                    self._folder.give_up(path)
                    raise
            self._trouble = ""
        except OSError as exc:
            # Said once, not every second.
            if str(exc) != self._trouble:
                logger.warning("The drop folder %s cannot be used: %s", self._folder.path, exc)
            self._trouble = str(exc)

    def _take(self, path: Path, stop: threading.Event) -> None:
        before = self._attempts.unended(path)
        if before >= MOST_ATTEMPTS:
            self._attempts.forget(path)
            self._set_aside(
                path,
                f"{path.name!r} was begun {before} times, and each time the unit was killed or lost"
                " its power; convert it by hand, or put it in again to try once more",
            )
            return
        if before:
            logger.warning("%r is taken in anew; the unit ended while it was", path.name)
        with self._attempts.counted(path):
            self._take_counted(path, stop)

    def _take_counted(self, path: Path, stop: threading.Event) -> None:
        try:
            if not is_plain_file(path):
                raise ContentError(f"{path.name!r} is a link or no file; copy the file itself")
            with (
                open_database(self._database_path, read_only=True) as database,
                self._intake(database, stop).taken_in(path) as taken,
            ):
                clip = self._clip_of(path, taken)
                self._have_row_written(clip, stop)
        except StopRequestedError:
            return
        except (ApplianceError, OSError) as exc:
            self._set_aside(path, str(exc))
        except Exception as exc:
            # Out of the way first: the unit starts anew after this, and must not meet it again.
            self._set_aside(path, f"an unexpected error ({type(exc).__name__}); see the log")
            raise
        else:
            changes = f" ({', '.join(taken.changes)})" if taken.changes else ""
            waits = "" if clip.approved else "; it waits for 'appliance clip approve'"
            logger.info("Took in %r from the drop folder%s%s", clip.title, changes, waits)
            self._folder.remove(path)

    def _intake(self, database: Database, stop: threading.Event) -> Intake:
        rules = IntakeRules.of(self._settings())
        find_twin = ClipStore(database).with_sha256
        return Intake(self._clips, rules, find_twin, ToolRunner(NICENESS, stop))

    def _clip_of(self, path: Path, taken: TakenFile) -> Clip:
        told = self._folder.told_by_place(path)
        is_approved = told["kind"] is ClipKind.HEALING or self._settings().approve_dropped_ads
        return taken.as_clip(title=title_of(path) or "Clip", approved=is_approved, **told)

    def _have_row_written(self, clip: Clip, stop: threading.Event) -> None:
        """Returns once the row is on disk; raises ApplianceError when it is not and will not be."""
        reply: Reply = Future()
        while not self._post(ClipPrepared(clip, reply)):
            if stop.wait(REPLY_POLL_S):
                raise StopRequestedError("the unit is stopping; the file was left as it was")
        while True:
            try:
                answer = reply.result(timeout=REPLY_POLL_S)
            except TimeoutError as exc:
                # Cancelled before the control loop has taken it: then it never does.
                if stop.is_set() and reply.cancel():
                    raise StopRequestedError("the unit is stopping; start it again") from exc
            else:
                break
        if answer is not Answer.DONE:
            raise ContentError(f"{clip.title} is in the library already")

    def _set_aside(self, path: Path, reason: str) -> None:
        # Whoever reads the note looks for the file, not for where it was.
        reason = reason.replace(f"{path.parent}{os.sep}", "")
        target = self._folder.set_aside(path, reason)
        if target is not None:
            logger.warning("Dropped file moved to %s: %s", target, reason)
