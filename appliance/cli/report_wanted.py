"""``--campaign`` and ``--advertiser``: from what was typed to the plays that count."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from appliance.errors import ContentError
from appliance.store.database import Database
from appliance.store.report_filter import EVERYTHING, Wanted


def wanted_plays(database: Database, campaign: str | None, advertiser: str | None) -> Wanted:
    """Raises ContentError for a campaign or advertiser that there is none of."""
    if campaign is None and advertiser is None:
        return EVERYTHING
    ids: set[int] | None = None if campaign is None else {_campaign(database, campaign)}
    if advertiser is None:
        return Wanted(tuple(ids or ()))
    theirs, clips = _of_advertiser(database, advertiser)
    if ids is None:
        return Wanted(tuple(sorted(theirs)), tuple(sorted(clips)))
    if not ids & theirs:
        raise ContentError(f"campaign {campaign!r} is not of {advertiser!r}; leave one out")
    return Wanted(tuple(ids & theirs))


def _campaign(database: Database, text: str) -> int:
    """By name or number; removed campaigns have a number only."""
    rows = database.rows("SELECT id, name FROM campaigns")
    names = {str(row["name"]).casefold(): int(row["id"]) for row in rows}
    if text.casefold() in names:
        return names[text.casefold()]
    if text.isascii() and text.isdigit() and len(text) < 10:
        number = int(text)
        played = database.row("SELECT 1 FROM play_hours WHERE campaign_id = :id", {"id": number})
        if played or number in names.values():
            return number
    raise _unknown("--campaign", "campaign", text, (str(row["name"]) for row in rows))


def _of_advertiser(database: Database, text: str) -> tuple[set[int], set[int]]:
    campaigns = database.rows("SELECT id, advertiser FROM campaigns")
    clips = database.rows("SELECT id, advertiser FROM clips WHERE advertiser IS NOT NULL")
    found = tuple(
        {int(row["id"]) for row in rows if str(row["advertiser"]).casefold() == text.casefold()}
        for rows in (campaigns, clips)
    )
    if not any(found):
        raise _unknown(
            "--advertiser",
            "advertiser",
            text,
            (str(row["advertiser"]) for row in campaigns + clips),
        )
    return found[0], found[1]


def _unknown(option: str, kind: str, text: str, names: Iterable[str]) -> ContentError:
    near = difflib.get_close_matches(text, sorted(set(names)), 1)
    hint = f"did you mean {near[0]!r}?" if near else "see 'appliance campaign list'"
    return ContentError(f"{option}: there is no {kind} {text[:40]!r}; {hint}")
