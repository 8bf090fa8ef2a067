"""Campaigns, their clips, and how often each was chosen."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass

from appliance.domain import Campaign, Daypart
from appliance.errors import StoreError
from appliance.store.database import Database, Row
from appliance.store.stamp import utc_text

_CHOSEN = """
SELECT decisions.campaign_id,
       sum(decided_at > :hour_ago) AS plays,
       sum(decided_at > :hour_ago AND begun.id IS NULL) AS unproved,
       sum((decided_at >= :full_hour)
           * max(0, coalesce(finished.position_s, planned_s))) AS shown_s
FROM decisions
LEFT JOIN play_events AS begun
    ON begun.play_id = decisions.play_id AND begun.event = 'playing'
LEFT JOIN play_events AS finished
    ON finished.play_id = decisions.play_id AND finished.event = 'stopped'
WHERE decisions.campaign_id IS NOT NULL AND NOT is_withdrawn
    AND decided_at > min(:hour_ago, :full_hour)
GROUP BY decisions.campaign_id
"""


@dataclass(frozen=True, slots=True)
class RecentChoices:
    """A campaign's choices of late, those taken back left out."""

    plays_last_hour: int
    unproved_last_hour: int
    """Of these, the ones that the panel never reported to have begun."""
    shown_s_this_hour: float
    """Since the wall clock's last full hour; a clip not yet over counts as a whole."""


class CampaignStore:
    """Reads and edits campaigns; a choice for one is written with the decision."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, campaign: Campaign) -> Campaign:
        """Add a campaign; its ``id`` is ignored, the campaign returned carries the new one.

        Raises StoreError when another one has its name.
        """
        with self._database.transaction():
            self._require_free(campaign.name, 0)
            campaign_id = self._database.insert("campaigns", _columns(campaign))
            self._set_dayparts(campaign_id, campaign.dayparts)
        return dataclasses.replace(campaign, id=campaign_id)

    def update(self, campaign: Campaign) -> bool:
        """Write all of a campaign's fields; False: there is no such campaign.

        Raises StoreError when another one has its name.
        """
        columns = _columns(campaign)
        marks = ", ".join(f"{name} = :{name}" for name in columns)
        sql = f"UPDATE campaigns SET {marks} WHERE id = :id"  # noqa: S608
        with self._database.transaction():
            self._require_free(campaign.name, campaign.id)
            found = self._database.write(sql, columns | {"id": campaign.id}) == 1
            if found:
                self._set_dayparts(campaign.id, campaign.dayparts)
        return found

    def remove(self, campaign_id: int) -> bool:
        """Take a campaign out; its clips stay, without one. False: there is no such campaign."""
        sql = "DELETE FROM campaigns WHERE id = :id"
        with self._database.transaction():
            return self._database.write(sql, {"id": campaign_id}) == 1

    def get(self, campaign_id: int) -> Campaign | None:
        found = self._campaigns("WHERE id = :id", {"id": campaign_id})
        return found[0] if found else None

    def named(self, name: str) -> Campaign | None:
        found = self._campaigns("WHERE name = :name", {"name": name})
        return found[0] if found else None

    def all(self) -> tuple[Campaign, ...]:
        """Every campaign, in the order they were added."""
        return self._campaigns("", {})

    def assign(self, clip_ids: Iterable[int], campaign_id: int | None) -> None:
        """Put clips into a campaign (None: into none). Raises StoreError for an unknown clip."""
        sql = "UPDATE clips SET campaign_id = :campaign WHERE id = :id"
        with self._database.transaction():
            for clip_id in clip_ids:
                if not self._database.write(sql, {"id": clip_id, "campaign": campaign_id}):
                    raise StoreError(f"there is no clip {clip_id}; see 'appliance clip list'")

    def assignments(self, clip_ids: Iterable[int] | None = None) -> dict[int, int]:
        """Campaign id by clip id; None: of all clips."""
        rows = self._database.rows(
            "SELECT id, campaign_id FROM clips WHERE campaign_id IS NOT NULL"
            " AND (:ids IS NULL OR id IN (SELECT value FROM json_each(:ids))) ORDER BY id",
            {"ids": None if clip_ids is None else json.dumps([*clip_ids])},
        )
        return {row["id"]: row["campaign_id"] for row in rows}

    # --- what was chosen ------------------------------------------------------------------

    def totals(self) -> dict[int, int]:
        """How often each campaign was chosen in all, choices taken back left out."""
        rows = self._database.rows("SELECT * FROM campaign_totals")
        return {row["campaign_id"]: row["chosen"] for row in rows}

    def total_of_play(self, play_id: str) -> dict[int, int]:
        """The same for the campaign that a play was chosen for; empty: for none."""
        rows = self._database.rows(
            "SELECT campaign_totals.* FROM campaign_totals JOIN decisions USING (campaign_id)"
            " WHERE play_id = :id",
            {"id": play_id},
        )
        return {row["campaign_id"]: row["chosen"] for row in rows}

    def recent(self, now: dt.datetime) -> dict[int, RecentChoices]:
        """What was chosen within the hour before ``now`` (aware, local), by campaign."""
        full_hour = now.replace(minute=0, second=0, microsecond=0)
        rows = self._database.rows(
            _CHOSEN,
            {
                "hour_ago": utc_text(now - dt.timedelta(hours=1)),
                "full_hour": utc_text(full_hour),
            },
        )
        return {
            row["campaign_id"]: RecentChoices(row["plays"], row["unproved"], row["shown_s"])
            for row in rows
        }

    def withdraw(self, play_id: str) -> None:
        """A choice was taken back before it came on: it counts for nothing.

        A play that the panel has begun is not taken back any more.
        """
        with self._database.transaction():
            self._database.write(
                "UPDATE decisions SET is_withdrawn = 1 WHERE play_id = :id"
                " AND campaign_id IS NOT NULL AND NOT EXISTS"
                " (SELECT 1 FROM play_events WHERE play_id = :id AND event = 'playing')",
                {"id": play_id},
            )

    # --- rows -----------------------------------------------------------------------------

    def _campaigns(self, where: str, values: dict[str, object]) -> tuple[Campaign, ...]:
        # Only conditions of this class are put into the text.
        rows = self._database.rows(f"SELECT * FROM campaigns {where} ORDER BY id", values)  # noqa: S608
        windows: dict[int, list[Daypart]] = {}
        for row in self._database.rows("SELECT * FROM dayparts ORDER BY weekday, starts_at"):
            windows.setdefault(row["campaign_id"], []).append(_daypart_of(row))
        return tuple(_campaign_of(row, tuple(windows.get(row["id"], ()))) for row in rows)

    def _require_free(self, name: str, campaign_id: int) -> None:
        twin = self._database.row(
            "SELECT id FROM campaigns WHERE name = :name AND id <> :id",
            {"name": name, "id": campaign_id},
        )
        if twin is not None:
            raise StoreError(f"campaign {twin['id']} is called {name!r} already; take another name")

    def _set_dayparts(self, campaign_id: int, dayparts: Iterable[Daypart]) -> None:
        self._database.write("DELETE FROM dayparts WHERE campaign_id = :id", {"id": campaign_id})
        for daypart in dayparts:
            values = {
                "campaign_id": campaign_id,
                "weekday": daypart.weekday,
                "starts_at": time_text(daypart.starts_min),
                "ends_at": time_text(daypart.ends_min),
            }
            self._database.insert("dayparts", values)


def time_text(minutes: int) -> str:
    """Minutes after midnight as ``HH:MM``; 1440 is ``24:00``."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")[:2]
    return int(hours) * 60 + int(minutes)


def _columns(campaign: Campaign) -> dict[str, object]:
    return {
        "name": campaign.name,
        "advertiser": campaign.advertiser,
        "starts_on": campaign.starts_on.isoformat() if campaign.starts_on else None,
        "ends_on": campaign.ends_on.isoformat() if campaign.ends_on else None,
        "share_s_per_hour": campaign.share_s_per_hour,
        "max_plays_per_hour": campaign.max_plays_per_hour,
        "target_plays": campaign.target_plays,
        "priority": campaign.priority,
        "is_fallback": int(campaign.is_fallback),
        "enabled": int(campaign.enabled),
    }


def _campaign_of(row: Row, dayparts: tuple[Daypart, ...]) -> Campaign:
    return Campaign(
        id=row["id"],
        name=row["name"],
        advertiser=row["advertiser"],
        starts_on=dt.date.fromisoformat(row["starts_on"]) if row["starts_on"] else None,
        ends_on=dt.date.fromisoformat(row["ends_on"]) if row["ends_on"] else None,
        dayparts=dayparts,
        share_s_per_hour=row["share_s_per_hour"],
        max_plays_per_hour=row["max_plays_per_hour"],
        target_plays=row["target_plays"],
        priority=row["priority"],
        is_fallback=bool(row["is_fallback"]),
        enabled=bool(row["enabled"]),
    )


def _daypart_of(row: Row) -> Daypart:
    # The first schema allowed an end at 00:00; it is the end of the day.
    return Daypart(row["weekday"], _minutes(row["starts_at"]), _minutes(row["ends_at"]) or 1440)
