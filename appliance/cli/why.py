"""``appliance why``: a past play in plain words."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import click
from pydantic_core import to_jsonable_python

from appliance.cli.context import Context
from appliance.cli.past_play import play_id_of
from appliance.decision.explain import belief_of, explain
from appliance.errors import StoreError
from appliance.feedback.reaction import reaction_of
from appliance.store.database import open_database
from appliance.store.decisions import DecisionStore
from appliance.store.plays import PlayStore
from appliance.store.records import PastDecision
from appliance.store.samples import SampleStore


@click.command()
@click.argument("play")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def why(context: Context, play: str, as_json: bool) -> None:
    """Explain why PLAY was chosen: its id, the beginning of it, or 'last'."""
    with open_database(context.database_path, read_only=True) as database:
        play_id = play_id_of(database, play)
        decision = DecisionStore(database).of_play(play_id)
        shown = PlayStore(database).details(play_id)
        reaction = reaction_of(play_id, SampleStore(database).of_play(play_id))
    if decision is None:
        raise StoreError(f"the choice behind play {play_id} is no longer kept")
    if as_json:
        facts: dict[str, Any] = {
            "decision": dataclasses.asdict(decision) | {"candidates": _candidates(decision)},
            "play": dataclasses.asdict(shown) if shown else None,
            "reaction": dataclasses.asdict(reaction),
        }
        click.echo(json.dumps(to_jsonable_python(facts), ensure_ascii=False, indent=2))
        return
    for line in explain(decision, shown, reaction):
        click.echo(line)


def _candidates(decision: PastDecision) -> list[dict[str, Any]]:
    """With what was believed of each, or None."""
    return [
        dataclasses.asdict(each)
        | {
            "belief": dataclasses.asdict(belief_of(each.posterior, each))
            if each.posterior
            else None
        }
        for each in decision.candidates
    ]
