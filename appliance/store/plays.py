"""Proof of play: what the browser's own video element said, kept for good."""

from __future__ import annotations

from appliance.domain import ClipKind, Play, PlaybackEvent, Screen
from appliance.messages import Answer
from appliance.store.chain import ProofChain, head_of
from appliance.store.clips import clip_of
from appliance.store.database import Database, Row
from appliance.store.head_witness import HeadWitness
from appliance.store.records import BegunPlay, PastPlay
from appliance.store.stamp import Stamp, local_time

_PAST_PLAY = """
SELECT plays.*, ratings.value AS rating, ratings.stars, ratings.seen_before,
       (SELECT detail FROM play_events AS event
        WHERE event.play_id = plays.play_id AND event.event = 'error') AS error
FROM plays LEFT JOIN ratings ON ratings.play_id = plays.play_id
"""


class PlayStore:
    def __init__(
        self,
        database: Database,
        chain_key: bytes | None = None,
        witness: HeadWitness | None = None,
    ) -> None:
        """``chain_key`` (of the unit's secret) and ``witness`` are for who records."""
        self._database = database
        self._witness = witness
        self._chain = ProofChain(database, chain_key) if chain_key else None

    def record(
        self, play_id: str, event: PlaybackEvent, position_s: float, detail: str, stamp: Stamp
    ) -> Answer:
        """Append one event; when this returns DONE it is on disk.

        ALREADY: the same event of this play is there, nothing changed. UNKNOWN: no choice
        planned such a play. ``position_s``: seconds of the clip really shown so far.
        """
        if self._chain is None:
            raise ValueError("proof of play is recorded with the unit's chain key")
        with self._database.transaction():
            copied = self._database.row(
                "SELECT decisions.id AS decision_id, visit_id, screen, clip_id, clip_title,"
                " clip_kind, coalesce(decisions.campaign_id, clips.campaign_id) AS campaign_id,"
                " coalesce((SELECT film_sha256 FROM play_events WHERE play_id = :id"
                " AND event = 'playing'), clips.sha256) AS film_sha256"
                " FROM decisions LEFT JOIN clips ON clips.id = clip_id WHERE play_id = :id",
                {"id": play_id},
            )
            if copied is None:
                return Answer.UNKNOWN
            # Asked first: a refused insert would use up an id, and a gap means a missing event.
            known = self._database.row(
                "SELECT 1 FROM play_events WHERE play_id = :id AND event = :event",
                {"id": play_id, "event": event.value},
            )
            if known is not None:
                return Answer.ALREADY
            self._chain.append(
                copied
                | stamp.columns()
                | {
                    "play_id": play_id,
                    "event": event.value,
                    "position_s": max(0.0, float(position_s)),
                    "detail": detail,
                },
                stamp,
            )
        if self._witness is not None:
            self._witness.keep(head_of(self._database))
        return Answer.DONE

    def get(self, play_id: str) -> Play | None:
        """A play, shown or only planned; None when unknown or when its clip was removed."""
        row = self._database.row(
            "SELECT clips.*, decisions.id AS decision_id, decisions.visit_id"
            " FROM decisions JOIN clips ON clips.id = decisions.clip_id WHERE play_id = :id",
            {"id": play_id},
        )
        if row is None:
            return None
        return Play(play_id, row["decision_id"], clip_of(row), row["visit_id"])

    def begun(self, play_id: str) -> BegunPlay | None:
        """A play without an end; None where it never began, or is over."""
        row = self._database.row(
            "SELECT at, tz_offset_minutes, coalesce(clips.duration_s, 0) AS duration_s"
            " FROM play_events LEFT JOIN clips ON clips.id = clip_id"
            " WHERE play_id = :id AND event = 'playing' AND NOT EXISTS"
            " (SELECT 1 FROM play_events WHERE play_id = :id AND event <> 'playing')",
            {"id": play_id},
        )
        if row is None:
            return None
        return BegunPlay(local_time(row["at"], row["tz_offset_minutes"]), row["duration_s"])

    def details(self, play_id: str) -> PastPlay | None:
        """What is proved of a play; None when the browser never reported ``playing``."""
        row = self._database.row(f"{_PAST_PLAY} WHERE plays.play_id = :id", {"id": play_id})
        return past_play(row) if row else None

    def last(self) -> PastPlay | None:
        """The play that began last."""
        row = self._database.row(
            "SELECT play_id FROM play_events WHERE event = 'playing' ORDER BY id DESC LIMIT 1"
        )
        return self.details(row["play_id"]) if row else None

    def last_clip_ids(self, limit: int) -> tuple[int, ...]:
        """Clips of the latest plays, the latest first."""
        rows = self._database.rows(
            "SELECT clip_id FROM play_events WHERE event = 'playing' ORDER BY id DESC LIMIT :limit",
            {"limit": limit},
        )
        return tuple(row["clip_id"] for row in rows)


def past_play(row: Row) -> PastPlay:
    """A row of the view ``plays`` with its rating and error text."""
    return PastPlay(
        id=row["play_id"],
        decision_id=row["decision_id"],
        visit_id=row["visit_id"],
        screen=Screen(row["screen"]),
        clip_id=row["clip_id"],
        clip_title=row["clip_title"],
        clip_kind=ClipKind(row["clip_kind"]),
        started_at=local_time(row["started_at"], row["tz_offset_minutes"]),
        is_clock_synced=bool(row["clock_synced"]),
        shown_s=row["shown_s"],
        is_completed=bool(row["completed"]),
        error=(row["error"] or "no reason given") if row["failed"] else None,
        rating=row["rating"],
        stars=row["stars"],
        seen_before=None if row["seen_before"] is None else bool(row["seen_before"]),
    )
