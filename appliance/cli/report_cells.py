"""A report's line as the terminal shows it: fewer and shorter columns than a file has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.domain import EMOTIONS

Row = dict[str, Any]
NOTHING = "–"
SHORT_ID = 8
"""Of a play's id; enough for ``appliance why``."""


def _plays(row: Row) -> Row:
    began = str(row["started"])[:19].replace("T", " ")
    return {
        "began": began if row["clock"] == "set" else f"{began} ?",
        "play": str(row["play"])[:SHORT_ID],
        "shown in": row["shown_in"],
        "clip": f"{row['clip']} {row['title']}",
        "shown s": row["shown_s"],
        "to the end": _word(row["completed"]),
        "liked": _word(row["liked"]),
    }


def _clips(row: Row) -> Row:
    return {
        "clip": f"{row['clip']} {row['title']}",
        "kind": row["kind"],
        "plays": row["plays"],
        "to the end": f"{row['completed_share']:.0%}",
        "failed": row["failed"],
        "shown s": round(row["shown_s"]),
        "answers": row["answers"],
        "liked": _liked(row),
    }


def _liked(row: Row) -> str:
    if not row["answers"]:
        return NOTHING
    low, high = 100 * row["liked_low"], 100 * row["liked_high"]
    return f"{row['likes'] / row['answers']:.0%} ({low:.0f}–{high:.0f})"


def _campaigns(row: Row) -> Row:
    target, promised, delivered = (
        row[name] for name in ("target_plays", "promised_s_per_hour", "delivered_s_per_hour")
    )
    return {
        "campaign": f"{row['campaign']} {row['name'] or '(removed)'}",
        "advertiser": row["advertiser"] or NOTHING,
        "plays": f"{row['plays']} of {target}" if target else str(row["plays"]),
        "to the end": row["completed"],
        "shown s": round(row["shown_s"]),
        "s/h promised": NOTHING if promised is None else f"{promised:g}",
        "delivered": NOTHING if delivered is None else f"{delivered:g}",
        "liked": f"{row['likes']} of {row['answers']}" if row["answers"] else NOTHING,
    }


def _emotions(row: Row) -> Row:
    seconds = {name: row[name] for name in (*EMOTIONS, "abstained")}
    return {"date": row["date"], "hour": row["hour"], **seconds}


def _word(value: bool | None) -> str:
    return NOTHING if value is None else "yes" if value else "no"


CELLS: dict[str, Callable[[Row], Row]] = {
    "plays": _plays,
    "campaigns": _campaigns,
    "emotions": _emotions,
    "clips": _clips,
}
