"""What the control loop does besides: the chain's head to the journal, purging at night."""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter

from appliance.config.retention_settings import RetentionSettings
from appliance.daemon.clock import Instant
from appliance.errors import StoreError
from appliance.store.chain import ProofChain
from appliance.store.database import Database
from appliance.store.retention import KeepDays, Retention

logger = logging.getLogger(__name__)

BATCH_PAUSE_S = 0.5
"""Between two batches, so that messages of the panel come in between."""

DONE_PAUSE_S = 60.0
"""Between two looks whether the next night has come."""

LONGEST_PAUSE = dt.timedelta(days=7)
"""A clock that is further from the last purge has jumped, or the unit was off for as long."""


class Housekeeping:
    """Used by the control loop's thread alone."""

    def __init__(self, database: Database, chain_key: bytes, settings: RetentionSettings) -> None:
        self._chain = ProofChain(database, chain_key)
        self._retention = Retention(database, chain_key, keep_days(settings))
        self._purge_at = settings.purge_time
        self._next_s = 0.0
        self._purged: Counter[str] = Counter()
        self._given_up_on: dt.date | None = None

    def begin(self, now: Instant) -> None:
        """Before the first event of this run."""
        self._chain.begin(now.stamp)
        self._chain.log_head("at the start")

    def end(self) -> None:
        """After the last event of this run."""
        self._chain.log_head("at the end")

    def pass_time(self, now: Instant) -> None:
        """One batch, when one is due; a unit that was off at night catches up when it is on."""
        if now.monotonic_s < self._next_s or not now.stamp.is_synced:
            return
        night = (now.stamp.local - self._purge_at).date()
        self._next_s = now.monotonic_s + DONE_PAUSE_S
        if self._given_up_on == night:
            return
        try:
            if not may_purge(self._retention, night):
                return
            self._next_s = now.monotonic_s + BATCH_PAUSE_S
            table, rows = self._retention.step(night)
            if not table:
                self._retention.remember(night)
        except StoreError as exc:
            # Tried again tomorrow: what is kept too long does less harm than a screen that stops.
            logger.error("Old rows stay: %s", exc)
            self._given_up_on = night
            return
        if table:
            self._purged[table] += rows
            return
        if self._purged:
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
