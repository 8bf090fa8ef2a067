"""What the control loop does besides: the chain's head to the journal, purging at night."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter

from appliance.backup.set_aside import purge_set_aside
from appliance.config.retention_settings import RetentionSettings
from appliance.content.clip_folder import SET_ASIDE
from appliance.daemon.clock import Instant
from appliance.errors import StoreError
from appliance.store.chain import ProofChain
from appliance.store.database import Database
from appliance.store.own_days import OwnDays
from appliance.store.retention import KeepDays, Retention, Today

logger = logging.getLogger(__name__)

BATCH_PAUSE_S = 0.5
"""Between two batches, so that messages of the panel come in between."""

DONE_PAUSE_S = 60.0
"""Between two looks whether the next night has come."""

REMEMBER_S = 600.0
"""How often the time that the unit has run is written down; a power cut costs so much of it."""

LONGEST_PAUSE = dt.timedelta(days=7)
"""A clock that is further from the last purge has jumped, or the unit was off for as long."""


class Housekeeping:
    """Used by the control loop's thread alone."""

    def __init__(self, database: Database, chain_key: bytes, settings: RetentionSettings) -> None:
        self._chain = ProofChain(database, chain_key)
        self._retention = Retention(database, chain_key, keep_days(settings))
        self._own_days = OwnDays(database)
        self._state_dir = database.path.parent
        self._set_aside_days = settings.set_aside_days
        self._purge_at = settings.purge_time
        self._remembered_s = float("-inf")
        self._next_s = 0.0
        self._purged: Counter[str] = Counter()
        self._given_up_on: Today | None = None

    def begin(self, now: Instant) -> None:
        """Before the first event of this run."""
        self._chain.begin(now.stamp)
        self._chain.log_head("at the start")

    def end(self) -> None:
        """After the last event of this run."""
        self._chain.log_head("at the end")

    def pass_time(self, now: Instant) -> None:
        """One batch, when one is due; a unit that was off at night catches up when it is on.

        While the clock is not set, the days count that the unit has run.
        """
        self._own_days.pass_time(now.monotonic_s)
        if now.monotonic_s < self._next_s:
            return
        is_synced = now.stamp.is_synced
        night = (now.stamp.local - self._purge_at).date() if is_synced else self._own_days.today
        self._next_s = now.monotonic_s + DONE_PAUSE_S
        if self._given_up_on == night:
            return
        try:
            self._remember_days(now.monotonic_s)
            if not self._is_due(night):
                return
            self._next_s = now.monotonic_s + BATCH_PAUSE_S
            table, rows = self._retention.step(night)
            if not table:
                self._retention.remember(night)
                self._purge_set_aside(night)
        except StoreError as exc:
            # Tried again tomorrow: what is kept too long does less harm than a screen that stops.
            logger.error("Old rows stay: %s", exc)
            self._given_up_on = night
            return
        self._count(table, rows)

    def _is_due(self, night: Today) -> bool:
        if isinstance(night, dt.date):
            return may_purge(self._retention, night)
        return self._retention.purged_on_own_day() != night

    def _remember_days(self, now_s: float) -> None:
        if now_s - self._remembered_s >= REMEMBER_S:
            self._remembered_s = now_s
            self._own_days.remember()

    def _purge_set_aside(self, night: Today) -> None:
        today = night if isinstance(night, dt.date) else None
        films = self._state_dir / SET_ASIDE
        try:
            gone = purge_set_aside(
                self._state_dir, films, self._set_aside_days, today, self._own_days.today
            )
        except OSError as exc:
            logger.warning("Set-aside states stay in %s: %s", self._state_dir, exc.strerror)
            return
        if gone:
            logger.info("Purged %d set-aside states; films that the library lacks are in %s",
                        gone, films)  # fmt: skip

    def _count(self, table: str, rows: int) -> None:
        if table:
            self._purged[table] += rows
        elif self._purged:
            logger.info(
                "Purged %s",
                ", ".join(f"{rows} rows of {name}" for name, rows in self._purged.items()),
            )
            self._purged.clear()


def may_purge(retention: Retention, night: dt.date) -> bool:
    """Whether it is still to be done this night, by a clock that can be believed.

    A clock that jumps by years, forwards or back, must not cost years of proof: it is believed once
    it has gone through a night. Raises StoreError.
    """
    done_on, a_day = retention.purged_on(), dt.timedelta(days=1)
    if done_on is None:
        return True
    if done_on in (night, night + a_day):
        return False
    if a_day <= night - done_on <= LONGEST_PAUSE:
        return True
    doubted_on = retention.doubted_on()
    if doubted_on is not None and a_day <= night - doubted_on <= LONGEST_PAUSE:
        return True
    if doubted_on != night:
        logger.warning("Last purged on %s, and now it is %s: old rows stay for this night",
                       done_on, night)  # fmt: skip
        retention.doubt(night)
    return False


def keep_days(settings: RetentionSettings) -> KeepDays:
    return KeepDays(
        plays=settings.plays_days,
        ratings=settings.ratings_days,
        visits=settings.visits_days,
        decisions=settings.decisions_days,
        samples=settings.samples_days,
    )
