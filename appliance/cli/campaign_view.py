"""``appliance campaign list`` and ``show``: what was promised and how far it has come."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from appliance.cli.campaign_dayparts import daypart_text
from appliance.cli.campaign_options import CampaignRef, find
from appliance.cli.context import Context
from appliance.daemon.campaign_book import counts_at
from appliance.decision.campaign_table import CampaignState, CampaignTable
from appliance.decision.explain import against
from appliance.domain import Campaign
from appliance.store.campaigns import CampaignStore
from appliance.store.database import open_database


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@click.pass_obj
def list_campaigns(context: Context, as_json: bool) -> None:
    """List the campaigns: what was promised, how far it has come, what stops it now."""
    with open_database(context.database_path, read_only=True) as database:
        store = CampaignStore(database)
        states = _states(store, store.all())
        clips = _clips_by_campaign(store)
    if as_json:
        facts = [_facts(state, clips.get(state.campaign.id, [])) for state in states]
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    table = Table()
    for heading in ("id", "name", "advertiser", "dates", "dayparts", "promised", "so far", "now"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "id" else "left")
    for state in states:
        table.add_row(*_cells(state))
    # Names are people's text: "[red]" in one is no markup.
    Console(markup=False).print(table)


@click.command()
@click.argument("asked", type=CampaignRef(), metavar="CAMPAIGN")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def show(context: Context, asked: str, as_json: bool) -> None:
    """Show all that is known of a campaign, by its number or name."""
    with open_database(context.database_path, read_only=True) as database:
        store = CampaignStore(database)
        (state,) = _states(store, (find(store, asked),))
        facts = _facts(state, _clips_by_campaign(store).get(state.campaign.id, []))
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for name, value in facts.items():
        text = ", ".join(str(each) for each in value) if isinstance(value, list) else value
        click.echo(f"{name:<20} {'–' if text is None or text == '' else text}")


def _states(store: CampaignStore, campaigns: tuple[Campaign, ...]) -> tuple[CampaignState, ...]:
    now = dt.datetime.now().astimezone()
    counts = counts_at(store, store.totals(), now)
    return CampaignTable(campaigns).states(counts, now, is_clock_set=True)


def _clips_by_campaign(store: CampaignStore) -> dict[int, list[int]]:
    clips: dict[int, list[int]] = {}
    for clip_id, campaign_id in store.assignments().items():
        clips.setdefault(campaign_id, []).append(clip_id)
    return clips


def _facts(state: CampaignState, clip_ids: list[int]) -> dict[str, Any]:
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
        "clips": clip_ids,
        "plays": state.plays,
        "planned_plays": None if planned is None else round(planned, 1),
        "plays_last_hour": state.plays_last_hour,
        "shown_s_this_hour": round(state.shown_s_this_hour, 1),
        "now": _now(state),
    }


def _now(state: CampaignState) -> str:
    if state.campaign.is_fallback and state.campaign.enabled:
        return "plays when nothing else may"
    return "may play" if state.rule is None else against(state.rule)


def _cells(state: CampaignState) -> tuple[str, ...]:
    campaign = state.campaign
    dates = f"{campaign.starts_on or 'open'} – {campaign.ends_on or 'open'}"
    promised = [
        f"{campaign.share_s_per_hour:g} s an hour" if campaign.share_s_per_hour else "",
        f"{campaign.target_plays} plays" if campaign.target_plays else "",
        f"at most {campaign.max_plays_per_hour} an hour" if campaign.max_plays_per_hour else "",
        f"priority {campaign.priority}" if campaign.priority else "",
        "fallback" if campaign.is_fallback else "",
    ]
    so_far = f"{state.plays}"
    if state.planned_plays is not None:
        so_far += f" of {state.planned_plays:.0f} planned by now"
    return (
        str(campaign.id),
        campaign.name,
        campaign.advertiser,
        "any" if not (campaign.starts_on or campaign.ends_on) else dates,
        daypart_text(campaign.dayparts),
        ", ".join(part for part in promised if part) or "–",
        so_far,
        _now(state),
    )
