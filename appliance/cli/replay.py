"""``appliance replay``: what another policy would have earned, from the log of choices."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import click
import numpy as np

from appliance.cli.context import Context
from appliance.cli.parameters import Day
from appliance.decision.hope import DrawSettings
from appliance.decision.off_policy import (
    LEAST_CHOICES,
    Estimate,
    LoggedChoice,
    TargetPolicy,
    estimate,
)
from appliance.decision.target_policies import target_policies
from appliance.errors import DecisionError
from appliance.store.database import open_database
from appliance.store.decision_log import DecisionLog, LogCounts
from appliance.store.records import PastDecision

DEFAULT_DAYS = 30


@click.command()
@click.option("--policy", "name", required=True, help="Which one; a wrong name lists them all.")
@click.option("--from", "first", type=Day(), help="First local date; by default 30 days in all.")
@click.option("--to", "last", type=Day(), help="Last local date, included; by default today.")
@click.option(
    "--optimism",
    type=click.FloatRange(0, 5),
    help="Of shared-thompson, instead of the setting learning.optimism.",
)
@click.option(
    "--spread",
    type=click.FloatRange(0.02, 1),
    help="Of shared-thompson, instead of the setting learning.spread.",
)
@click.option(
    "--floor",
    type=click.FloatRange(0, 0.5),
    help="Of shared-thompson, instead of the setting learning.floor.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def replay(
    context: Context,
    name: str,
    first: dt.date | None,
    last: dt.date | None,
    optimism: float | None,
    spread: float | None,
    floor: float | None,
    as_json: bool,
) -> None:
    """Estimate from past choices how visitors would have liked another policy's clips."""
    learning = context.settings.learning
    policies = target_policies(
        DrawSettings(
            optimism=learning.optimism if optimism is None else optimism,
            spread=learning.spread if spread is None else spread,
            floor=learning.floor if floor is None else floor,
        )
    )
    target = _named(policies, name)
    last = last or dt.datetime.now().astimezone().date()
    first = first or dt.date.fromordinal(max(1, last.toordinal() - DEFAULT_DAYS + 1))
    if first > last:
        raise DecisionError(f"--from {first} is after --to {last}; swap them")
    with open_database(context.database_path, read_only=True) as database, database.reading():
        log = DecisionLog(database)
        days = (first.isoformat(), last.isoformat())
        counts = log.counts(*days)
        read = _read(log.answered(*days))
    _require_enough(counts, read, f"from {first} to {last}")
    found = estimate(read.choices, target)
    if as_json:
        facts = {
            "policy": name,
            "from": first.isoformat(),
            "to": last.isoformat(),
            "watcher_choices": counts.choices,
            "answered": counts.answered,
            **dataclasses.asdict(found),
            "warnings": found.warnings,
        }
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    for line in _told(found, name, first, last, counts):
        click.echo(line)


@dataclass(frozen=True, slots=True)
class _Read:
    choices: tuple[LoggedChoice, ...]
    unusable: int
    """Answered, but candidates were purged or not all written down."""


def _named(policies: Mapping[str, TargetPolicy], name: str) -> TargetPolicy:
    if name in policies:
        return policies[name]
    near = difflib.get_close_matches(name, policies, 1)
    hint = f"did you mean {near[0]}?" if near else f"choose from {', '.join(policies)}"
    raise DecisionError(f"there is no policy {name[:40]!r}; {hint}")


def _read(answered: Iterable[tuple[PastDecision, int]]) -> _Read:
    choices, unusable = [], 0
    for decision, answer in answered:
        choice = _logged(decision, float(answer))
        if choice is None:
            unusable += 1
        else:
            choices.append(choice)
    return _Read(tuple(choices), unusable)


def _logged(decision: PastDecision, reward: float) -> LoggedChoice | None:
    """None where not every clip that was eligible is still known."""
    known = [
        (candidate.clip_id, candidate.posterior, candidate.own_answers or 0.0)
        for candidate in decision.candidates
        if candidate.rejected_by is None and candidate.posterior is not None
    ]
    # Eligible clips are written down first: with a rejected one among them they are all there.
    is_whole = decision.candidates_omitted == 0 or len(known) < len(decision.candidates)
    clip_ids = tuple(clip_id for clip_id, *_ in known)
    if not is_whole or decision.clip_id not in clip_ids or decision.probability <= 0:
        return None
    return LoggedChoice(
        expression=decision.context.expression,
        clip_ids=clip_ids,
        arms=np.array([(posterior.alpha, posterior.beta) for _, posterior, _ in known]),
        answers=sum(own for *_, own in known),
        taken=clip_ids.index(decision.clip_id),
        probability=decision.probability,
        reward=reward,
    )


def _require_enough(counts: LogCounts, read: _Read, days: str) -> None:
    if not counts.choices:
        raise DecisionError(f"no clip was chosen for a watcher {days}; give other days")
    if len(read.choices) >= LEAST_CHOICES:
        return
    purged = (
        f" (of {read.unusable} more the candidates are no longer kept, or were too many to keep:"
        " see retention.decisions_days)"
        if read.unusable
        else ""
    )
    raise DecisionError(
        f"{len(read.choices)} of {counts.choices} choices {days} can be judged{purged};"
        f" {LEAST_CHOICES} answered ones are needed, so give more days"
    )


def _told(
    found: Estimate, name: str, first: dt.date, last: dt.date, counts: LogCounts
) -> list[str]:
    lines = [
        f"Policy '{name}', choices from {first} to {last}",
        f"Judged by {found.choices} answers to {counts.choices} choices for watchers.",
        f"As it was, {found.logged:.1%} of those who answered were satisfied.",
        f"With '{name}' it would have been {found.value:.1%}"
        f" (95 %: {max(0.0, found.low):.1%} to {min(1.0, found.high):.1%}),",
        f"that is {100 * found.gain:+.1f} points ({100 * found.gain_low:+.1f} to"
        f" {100 * found.gain_high:+.1f}).",
        f"By weighting alone: {found.weighting_alone:.1%}; by the model of clips and expressions"
        f" alone: {found.model_alone:.1%}.",
        f"The answers are worth {found.effective_choices:.0f} of that policy's own;"
        f" {found.clipped_share:.1%} of the weight was cut off.",
    ]
    lines += [f"Doubtful: {warning}." for warning in found.warnings]
    lines.append(
        "Only explicit answers count: who does not answer may think otherwise, and a clip that"
        " makes people answer counts for more."
    )
    return lines
