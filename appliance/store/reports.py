"""Rows for reports: what was played and how it was liked, between two local dates.

They come from the totals by hour, which the database keeps as it writes (migration 0004), so that
a report costs the same however long a unit runs; ``play_list.py`` lists single plays, from events.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate

from appliance.domain import ClipKind, Expression
from appliance.store.database import Database
from appliance.store.report_filter import EVERYTHING, WANTED, Wanted

_SUMS = """
sum(plays) AS plays, sum(completed) AS completed, sum(failed) AS failed,
sum(shown_s) AS shown_s, sum(answers) AS answers, sum(likes) AS likes
"""

_CLIPS = f"""
SELECT clip_id, clip_kind, max(local_date || printf('%02d', hour)),
       title, -- SQLite: of the row that has the max()
       group_concat(DISTINCT nullif(campaign_id, 0)) AS campaigns,
       (SELECT sha256 FROM clips WHERE clips.id = clip_id) AS film_sha256,
       {_SUMS}
FROM play_hours WHERE local_date BETWEEN :first AND :last AND {WANTED}
GROUP BY clip_id, clip_kind ORDER BY plays DESC, clip_id
"""  # noqa: S608

_CAMPAIGNS = f"""
WITH played AS (
    SELECT play_hours.campaign_id, group_concat(DISTINCT sha256) AS films, {_SUMS}
    FROM play_hours LEFT JOIN clips ON clips.id = clip_id
    WHERE play_hours.campaign_id <> 0 AND local_date BETWEEN :first AND :last GROUP BY 1
), due AS (
    SELECT id FROM campaigns WHERE coalesce(starts_on, '') <= :last
    AND coalesce(ends_on, '9999') >= :first
)
SELECT ids.id AS campaign_id, campaigns.name, campaigns.advertiser, campaigns.target_plays,
       campaigns.share_s_per_hour, campaigns.starts_on, campaigns.ends_on,
       played.plays, played.completed, played.shown_s, played.answers, played.likes, played.films
FROM (SELECT id FROM due UNION SELECT campaign_id FROM played) AS ids
LEFT JOIN campaigns ON campaigns.id = ids.id
LEFT JOIN played ON played.campaign_id = ids.id
WHERE :campaigns IS NULL OR ids.id IN (SELECT value FROM json_each(:campaigns))
ORDER BY ids.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class ClipTotals:
    """How often a clip was played and how it was liked; deleted clips are here too."""

    clip_id: int
    title: str
    kind: ClipKind
    plays: int
    completed: int
    failed: int
    shown_s: float
    answers: int
    likes: int
    film_sha256: str | None = None
    """Of the clip's file; None: the clip was removed."""
    campaigns: tuple[int, ...] = ()
    """For which it was played."""


@dataclass(frozen=True, slots=True)
class CampaignTotals:
    """What was promised to a campaign and what it was given."""

    campaign_id: int
    name: str | None
    """None: the campaign was removed."""
    advertiser: str | None
    starts_on: str | None
    ends_on: str | None
    plays: int
    completed: int
    shown_s: float
    answers: int
    likes: int
    target_plays: int | None
    """Over the campaign's whole time."""
    promised_s_per_hour: float | None
    hours: int
    """Hours, of the campaign's days, in which the unit played anything."""
    films: tuple[str, ...] = ()
    """SHA-256 of the files of its clips that were played and are still there."""

    @property
    def delivered_s_per_hour(self) -> float | None:
        return self.shown_s / self.hours if self.hours else None


@dataclass(frozen=True, slots=True)
class PlayedDay:
    """What was played on one local day."""

    local_date: str
    plays: int
    completed: int
    shown_s: float


@dataclass(frozen=True, slots=True)
class HourOfDay:
    """What was played in one hour, all days together."""

    hour: int
    healing: int
    ad: int


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Answers given after choices for one expression."""

    expression: Expression | None
    """None: the unit had abstained."""
    likes: int
    answers: int


@dataclass(frozen=True, slots=True)
class VisitDay:
    """The visits of one local day; those that a stop of the unit cut count in no mean."""

    local_date: str
    visits: int
    watchers: int
    """Faces turned to the screen, the most at once of each visit, added up."""
    dwell_s: float | None
    """Mean."""
    attention_s: float | None
    """Mean."""


class ReportStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def clips(self, first: str, last: str, wanted: Wanted = EVERYTHING) -> tuple[ClipTotals, ...]:
        """Totals of those plays by clip, the most played first."""
        return tuple(
            ClipTotals(
                row["clip_id"],
                row["title"],
                ClipKind(row["clip_kind"]),
                row["plays"],
                row["completed"],
                row["failed"],
                row["shown_s"],
                row["answers"],
                row["likes"],
                row["film_sha256"],
                tuple(sorted(int(each) for each in (row["campaigns"] or "").split(",") if each)),
            )
            for row in self._database.rows(_CLIPS, {"first": first, "last": last, **wanted.values})
        )

    def campaigns(
        self, first: str, last: str, wanted: Wanted = EVERYTHING
    ) -> tuple[CampaignTotals, ...]:
        """Campaigns that were due or played then, played or not."""
        hours = _HoursPlayed(self._hours_by_day(first, last))
        return tuple(
            CampaignTotals(
                campaign_id=row["campaign_id"],
                name=row["name"],
                advertiser=row["advertiser"],
                starts_on=row["starts_on"],
                ends_on=row["ends_on"],
                plays=row["plays"] or 0,
                completed=row["completed"] or 0,
                shown_s=row["shown_s"] or 0.0,
                answers=row["answers"] or 0,
                likes=row["likes"] or 0,
                target_plays=row["target_plays"],
                promised_s_per_hour=row["share_s_per_hour"],
                hours=hours.between(row["starts_on"], row["ends_on"]),
                films=tuple(sorted((row["films"] or "").split(",") if row["films"] else ())),
            )
            for row in self._database.rows(
                _CAMPAIGNS, {"first": first, "last": last, "campaigns": wanted.values["campaigns"]}
            )
        )

    def _hours_by_day(self, first: str, last: str) -> dict[str, int]:
        """Hours of each local day in which the unit played anything: only they can be shared."""
        rows = self._database.rows(
            "SELECT local_date, count(DISTINCT hour) AS hours FROM play_hours"
            " WHERE local_date BETWEEN :first AND :last GROUP BY local_date ORDER BY local_date",
            {"first": first, "last": last},
        )
        return {row["local_date"]: row["hours"] for row in rows}

    def played_days(self, first: str, last: str, wanted: Wanted) -> tuple[PlayedDay, ...]:
        """Plays by local date, dates without any left out."""
        rows = self._database.rows(
            "SELECT local_date, sum(plays) AS plays, sum(completed) AS completed,"  # noqa: S608
            f" sum(shown_s) AS shown_s FROM play_hours WHERE local_date BETWEEN :first AND :last"
            f" AND {WANTED} GROUP BY local_date ORDER BY local_date",
            {"first": first, "last": last, **wanted.values},
        )
        return tuple(PlayedDay(**row) for row in rows)

    def hours_of_day(self, first: str, last: str) -> tuple[HourOfDay, ...]:
        """Plays by local hour, hours without any left out."""
        rows = self._database.rows(
            "SELECT hour, sum(plays * (clip_kind = 'healing')) AS healing,"
            " sum(plays * (clip_kind = 'ad')) AS ad FROM play_hours"
            " WHERE local_date BETWEEN :first AND :last GROUP BY hour ORDER BY hour",
            {"first": first, "last": last},
        )
        return tuple(HourOfDay(row["hour"], row["healing"], row["ad"]) for row in rows)

    def satisfaction(self, first: str, last: str) -> tuple[Satisfaction, ...]:
        """Answers given on these dates, by the expression of the choice, abstained last."""
        rows = self._database.rows(
            "SELECT expression, count(value) AS answers, sum(value) AS likes"
            " FROM ratings JOIN decisions ON decisions.id = ratings.decision_id"
            " WHERE ratings.local_date BETWEEN :first AND :last"
            " AND value IS NOT NULL"
            " GROUP BY expression ORDER BY expression IS NULL, expression",
            {"first": first, "last": last},
        )
        return tuple(
            Satisfaction(
                None if row["expression"] is None else Expression(row["expression"]),
                row["likes"],
                row["answers"],
            )
            for row in rows
        )

    def visits(self, first: str, last: str) -> tuple[VisitDay, ...]:
        """Visits by local day, days without any left out."""
        rows = self._database.rows(
            "SELECT local_date, count(*) AS visits, sum(watchers) AS watchers,"
            " avg(CASE WHEN ended_at IS NOT NULL AND NOT is_cut THEN dwell_s END) AS dwell_s,"
            " avg(CASE WHEN ended_at IS NOT NULL AND NOT is_cut THEN attention_s END)"
            "  AS attention_s"
            " FROM visits WHERE local_date BETWEEN :first AND :last"
            " GROUP BY local_date ORDER BY local_date",
            {"first": first, "last": last},
        )
        return tuple(VisitDay(**row) for row in rows)

    def days(self, first: str, last: str) -> tuple[str, ...]:
        """The local dates, of these, on which anything was played."""
        rows = self._database.rows(
            "SELECT DISTINCT local_date FROM play_hours"
            " WHERE local_date BETWEEN :first AND :last ORDER BY local_date",
            {"first": first, "last": last},
        )
        return tuple(row["local_date"] for row in rows)


class _HoursPlayed:
    """Sums over runs of days, for thousands of campaigns."""

    def __init__(self, by_day: dict[str, int]) -> None:
        """``by_day`` is in order of the days."""
        self._days = [*by_day]
        self._sums = [0, *accumulate(by_day.values())]

    def between(self, starts_on: str | None, ends_on: str | None) -> int:
        """Both days are included; None: open."""
        first = bisect_left(self._days, starts_on) if starts_on else 0
        last = bisect_right(self._days, ends_on) if ends_on else len(self._days)
        return self._sums[max(first, last)] - self._sums[first]
