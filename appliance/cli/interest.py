"""``appliance interest``: learn, show and hand out the model of viewers' interest."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from appliance.cli.context import Context
from appliance.cli.interest_view import model_lines
from appliance.cli.report_output import write
from appliance.daemon.clock import Clock
from appliance.daemon.interest_file import (
    NOTHING_KEPT,
    InterestFile,
    KeptInterest,
    LastTraining,
    as_json,
)
from appliance.daemon.nightly_work import is_left_undone
from appliance.domain import EMOTIONS
from appliance.errors import FeedbackError
from appliance.feedback.interest import InterestModel
from appliance.feedback.interest_training import FOLDS, RatedReaction, train
from appliance.store.database import open_database
from appliance.store.reactions import ReactionStore
from appliance.store.records import PastReaction

_JSON = click.option("--json", "wants_json", is_flag=True, help="One JSON object.")


@click.group()
def interest() -> None:
    """The model that predicts from a reaction whether a clip interested its watcher."""


@interest.command("train")
@click.option(
    "--folds",
    type=click.IntRange(2, 100),
    default=FOLDS,
    show_default=True,
    help="Parts into which rated visits are divided to be held out.",
)
@click.option("--if-due", is_flag=True, help="Only if the daemon has left it undone at night.")
@_JSON
@click.pass_obj
def train_command(context: Context, folds: int, wants_json: bool, if_due: bool) -> None:
    """Learn the model from the rated visits there are; a running unit does so each night.

    A model that is worse on held-out visits than the paper's coefficients, or not surely better
    than the rated share alone, is not installed.
    """
    file = InterestFile(context.state_dir)
    try:
        before = file.read()
    except FeedbackError as exc:
        click.echo(f"appliance: {exc}", err=True)
        before = NOTHING_KEPT
    if if_due and not _is_left_undone(context, before.last_training):
        return
    past = _past(context)
    now = dt.datetime.now().astimezone()
    result = train([each.reaction for each in past], _rated(past), before.model, now, folds)
    last = LastTraining(now.isoformat(timespec="seconds"), result.outcome)
    kept = KeptInterest(result.model, last)
    file.write(kept)
    if wants_json:
        refused = as_json(KeptInterest(result.refused))["model"] if result.refused else None
        _print_json(as_json(kept) | {"is_new": result.is_new, "refused": refused})
        return
    click.echo(result.outcome[:1].upper() + result.outcome[1:] + ".")
    if result.refused is not None:
        click.echo("Refused:")
        click.echo("\n".join(f"  {line}" for line in model_lines(result.refused)))
    click.echo("In use:")
    click.echo("\n".join(f"  {line}" for line in model_lines(result.model)))


@interest.command()
@_JSON
@click.pass_obj
def show(context: Context, wants_json: bool) -> None:
    """Show the model in use, beside the paper's, and what its last training came to."""
    kept = InterestFile(context.state_dir).read()
    if wants_json:
        _print_json(as_json(kept))
        return
    click.echo("\n".join(model_lines(kept.model)))
    last = kept.last_training
    said = f"{last.at}, {last.outcome}" if last else "never"
    click.echo(f"Last training: {said}.")


@interest.command()
@click.option("--visits", is_flag=True, help="The rated visits that it learns from, as CSV.")
@click.option("--json", "wants_json", is_flag=True, help="With --visits: JSON instead of CSV.")
@click.option(
    "--output",
    "-o",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file, whole or not at all.",
)
@click.pass_obj
def export(context: Context, visits: bool, wants_json: bool, path: Path | None) -> None:
    """Hand out the model as JSON, or what it learns from, for other tools."""
    if not visits:
        kept = InterestFile(context.state_dir).read()
        if kept.model.intercept is None:
            raise FeedbackError("nothing is predicted yet, so there is no model to export")
        write([_text(as_json(kept))], path)
        return
    rows = list(_rows(_past(context), InterestFile(context.state_dir).read().model))
    if not rows:
        raise FeedbackError("no visit with a reaction was rated yet, so there is none to export")
    write([_text(rows) if wants_json else _csv(rows)], path)


def _is_left_undone(context: Context, last: LastTraining | None) -> bool:
    """For the timer: a unit without scikit-learn learns nothing, and that is no failure."""
    now = Clock().now().stamp
    if find_spec("sklearn") is None or not now.is_synced:
        return False
    at = dt.datetime.fromisoformat(last.at) if last else None
    return is_left_undone(now.local, at, context.settings.retention.purge_time)


def _past(context: Context) -> tuple[PastReaction, ...]:
    with open_database(context.database_path, read_only=True) as database:
        return ReactionStore(database).of_watchers()


def _rated(past: tuple[PastReaction, ...]) -> list[RatedReaction]:
    """An answer that says neither teaches nothing."""
    return [
        RatedReaction(each.reaction, each.visit_id, each.rating == 1)
        for each in past
        if each.rating is not None
    ]


def _rows(past: tuple[PastReaction, ...], model: InterestModel) -> Iterator[dict[str, Any]]:
    """Nothing in a row says who or when it was."""
    for each in past:
        if each.rating is None and each.stars is None:
            continue
        predicted = model.predict(each.reaction)
        yield {
            "clip": each.clip_id,
            "sampled_s": each.reaction.sampled,
            "abstained_s": each.abstained,
            **{
                emotion: round(ratio, 2)
                for emotion, ratio in zip(EMOTIONS, each.reaction.ratios, strict=True)
            },
            "rating": each.rating,
            "stars": each.stars,
            "seen_before": each.seen_before,
            "predicted_interest": None if predicted is None else round(predicted, 4),
        }


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _print_json(value: Any) -> None:
    click.echo(_text(value), nl=False)
