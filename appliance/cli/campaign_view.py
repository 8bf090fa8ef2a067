"""``appliance campaign list`` and ``show``: what was promised and how far it has come."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from appliance.cli.campaign_dayparts import daypart_text
from appliance.cli.campaign_options import CampaignRef, find
from appliance.cli.context import Context
from appliance.daemon.campaign_book import counts_at
from appliance.daemon.clock import has_right_time
from appliance.decision.campaign_table import CampaignState, CampaignTable
from appliance.decision.explain import against
from appliance.decision.rule import Rule
from appliance.domain import Campaign
from appliance.store.campaigns import CampaignStore
from appliance.store.clips import ClipStore
from appliance.store.database import Database, open_database


@dataclass(frozen=True, slots=True)
class _Standing:
    """One campaign now, with the clips that are in it."""

    state: CampaignState
    clip_ids: tuple[int, ...]
    can_play: bool
    """A clip of it is switched on and approved."""


# What stops a campaign; the rules about its clips alone come from the clips themselves.
_STOPPED = {
    Rule.CAMPAIGN_PAUSED: "paused",
    Rule.CLOCK_NOT_SET: "waits for the unit's clock",
    Rule.OUTSIDE_DAYPARTS: "outside its hours",
    Rule.TARGET_REACHED: "has all the plays it was promised",
    Rule.HOURLY_CAP: "as often as it may within an hour",
    Rule.PROOF_MISSING: "rests: the panel did not prove its latest plays",
    Rule.AHEAD_OF_PLAN: "on plan",
}


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.pass_obj
def list_campaigns(context: Context, as_json: bool) -> None:
    """List the campaigns: what was promised, how far it has come, what stops it now."""
    with open_database(context.database_path, read_only=True) as database:
        standings = _standings(database, CampaignStore(database).all())
    if as_json:
        facts = [_facts(standing) for standing in standings]
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    if not standings:
        click.echo("there are no campaigns; 'appliance campaign add' makes one")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0), header_style="bold")
    table.add_column("id", justify="right", no_wrap=True)
    for heading, least in (
        ("campaign", 12), ("when", 21), ("promised", 10), ("so far", 7), ("now", 14)
    ):  # fmt: skip
        table.add_column(heading, overflow="fold", min_width=least)
    for standing in standings:
        table.add_row(*_cells(standing))
    # Names are people's text: "[red]" in one is no markup.
    Console(markup=False, highlight=False).print(table)


@click.command()
@click.argument("asked", type=CampaignRef(), metavar="CAMPAIGN")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show(context: Context, asked: str, as_json: bool) -> None:
    """Show all that is known of a campaign, by its number or name."""
    with open_database(context.database_path, read_only=True) as database:
        store = CampaignStore(database)
        (standing,) = _standings(database, (find(store, asked),))
    facts = _facts(standing)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for name, value in facts.items():
        text = ", ".join(str(each) for each in value) if isinstance(value, list) else value
        click.echo(f"{name:<20} {'–' if text is None or text == '' else text}")


def _standings(database: Database, campaigns: tuple[Campaign, ...]) -> list[_Standing]:
    now = dt.datetime.now().astimezone()
    store = CampaignStore(database)
    counts = counts_at(store, store.totals(), now)
    states = CampaignTable(campaigns).states(counts, now, is_clock_set=has_right_time())
    clips: dict[int, list[int]] = {}
    for clip_id, campaign_id in store.assignments().items():
        clips.setdefault(campaign_id, []).append(clip_id)
    fit = {clip.id for clip in ClipStore(database).enabled() if clip.approved}
    return [
        _Standing(state, tuple(ids), not fit.isdisjoint(ids))
        for state in states
        for ids in [clips.get(state.campaign.id, [])]
    ]


def _facts(standing: _Standing) -> dict[str, Any]:
    state = standing.state
    campaign, planned = state.campaign, state.planned_plays
    return {
        "id": campaign.id,
        "name": campaign.name,
        "advertiser": campaign.advertiser,
        "starts_on": campaign.starts_on.isoformat() if campaign.starts_on else None,
        "ends_on": campaign.ends_on.isoformat() if campaign.ends_on else None,
        "dayparts": daypart_text(campaign.dayparts),
        "share_s_per_hour": campaign.share_s_per_hour,
        "max_plays_per_hour": campaign.max_plays_per_hour,
        "target_plays": campaign.target_plays,
        "priority": campaign.priority,
        "is_fallback": campaign.is_fallback,
        "enabled": campaign.enabled,
        "clips": [*standing.clip_ids],
        "plays": state.plays,
        "planned_plays": None if planned is None else round(planned, 1),
        "plays_last_hour": state.plays_last_hour,
        "shown_s_this_hour": round(state.shown_s_this_hour, 1),
        "now": _now(standing),
    }


def _now(standing: _Standing) -> str:
    campaign, rule = standing.state.campaign, standing.state.rule
    if not standing.clip_ids:
        return "has no clips"
    if not standing.can_play:
        return "its clips are switched off or not approved"
    if campaign.is_fallback and campaign.enabled:
        return "plays when nothing else may"
    if rule is Rule.OUTSIDE_DATES:
        today = dt.datetime.now().astimezone().date()
        if campaign.starts_on is not None and today < campaign.starts_on:
            return f"begins on {campaign.starts_on}"
        return "over"
    return "may play" if rule is None else _STOPPED.get(rule, against(rule))


def _cells(standing: _Standing) -> tuple[str, ...]:
    state = standing.state
    campaign = state.campaign
    dates = "any day"
    if campaign.starts_on and campaign.ends_on:
        dates = f"{campaign.starts_on}–{campaign.ends_on}"
    elif campaign.starts_on or campaign.ends_on:
        dates = f"from {campaign.starts_on}" if campaign.starts_on else f"to {campaign.ends_on}"
    promised = [
        f"{campaign.share_s_per_hour:g} s/h" if campaign.share_s_per_hour else "",
        f"{campaign.target_plays} plays" if campaign.target_plays else "",
        f"max {campaign.max_plays_per_hour}/h" if campaign.max_plays_per_hour else "",
        f"priority {campaign.priority}" if campaign.priority else "",
        "fallback" if campaign.is_fallback else "",
    ]
    so_far = f"{state.plays}"
    if state.planned_plays is not None:
        so_far += f"\n{state.planned_plays:.0f} due"
    dayparts = daypart_text(campaign.dayparts).replace("; ", "\n")
    return (
        str(campaign.id),
        f"{campaign.name}\n{campaign.advertiser}",
        f"{dates}\n{dayparts}",
        "\n".join(part for part in promised if part) or "–",
        so_far,
        _now(standing),
    )
