"""What the reports of totals say, as rows of plain values: one dict per line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from appliance.domain import EMOTIONS
from appliance.store.database import Database
from appliance.store.report_filter import Wanted
from appliance.store.reports import ReportStore
from appliance.store.samples import SampleStore
from appliance.store.scores import wilson_interval

Row = dict[str, Any]


def clips_rows(database: Database, first: str, last: str, wanted: Wanted) -> Iterator[Row]:
    """One row per clip: plays, completion, and the share that liked it with its 95 % interval."""
    for total in ReportStore(database).clips(first, last, wanted):
        low, high = wilson_interval(total.likes, total.answers)
        yield {
            "clip": total.clip_id,
            "title": total.title,
            "kind": total.kind.value,
            "plays": total.plays,
            "completed": total.completed,
            "completed_share": round(total.completed / total.plays, 3),
            "failed": total.failed,
            "shown_s": round(total.shown_s, 1),
            "answers": total.answers,
            "likes": total.likes,
            "liked_low": round(low, 3) if total.answers else None,
            "liked_high": round(high, 3) if total.answers else None,
            "campaigns": " ".join(map(str, total.campaigns)),
            "film_sha256": total.film_sha256,
        }


def campaigns_rows(database: Database, first: str, last: str, wanted: Wanted) -> Iterator[Row]:
    """One row per campaign that was due or played: promised and delivered."""
    for total in ReportStore(database).campaigns(first, last, wanted):
        delivered = total.delivered_s_per_hour
        yield {
            "campaign": total.campaign_id,
            "name": total.name,
            "advertiser": total.advertiser,
            "from": total.starts_on,
            "to": total.ends_on,
            "plays": total.plays,
            "completed": total.completed,
            "shown_s": round(total.shown_s, 1),
            "target_plays": total.target_plays,
            "promised_s_per_hour": total.promised_s_per_hour,
            "delivered_s_per_hour": None if delivered is None else round(delivered, 1),
            "answers": total.answers,
            "likes": total.likes,
            "film_sha256": " ".join(total.films),
        }


def emotions_rows(database: Database, first: str, last: str, _: Wanted) -> Iterator[Row]:
    """One row per hour: the place's seconds by leading emotion, and those it abstained in."""
    for hour in SampleStore(database).emotions_by_hour(first, last):
        yield {
            "date": hour.local_date,
            "hour": hour.hour,
            **dict(zip(EMOTIONS, hour.seven, strict=True)),
            "abstained": hour.abstained,
        }


TOTALS: dict[str, Callable[[Database, str, str, Wanted], Iterator[Row]]] = {
    "campaigns": campaigns_rows,
    "emotions": emotions_rows,
    "clips": clips_rows,
}
