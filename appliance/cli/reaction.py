"""``appliance reaction``: how the watcher of a play reacted, or the watchers of a clip."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from appliance.cli.context import Context
from appliance.cli.parameters import ClipId
from appliance.cli.past_play import play_id_of
from appliance.cli.reaction_tables import clip_lines, play_lines
from appliance.daemon.interest_file import InterestFile
from appliance.domain import EMOTIONS, EmotionSample
from appliance.errors import ContentError, FeedbackError
from appliance.feedback.interest import NOTHING_KNOWN, InterestModel
from appliance.feedback.ratio_spread import ratio_spreads
from appliance.store.database import Database, open_database
from appliance.store.reactions import ReactionStore
from appliance.store.records import PastReaction
from appliance.store.samples import SampleStore

GROUPS = ("all", "low", "high")
"""Everybody; those who said no; those who said yes."""


@click.command()
@click.argument("play", required=False)
@click.option("--clip", type=ClipId(), help="All watchers that this clip was chosen for.")
@click.option("--all", "everybody", is_flag=True, help="All watchers of all clips.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the play's probabilities over time: a .png, .svg or .pdf file.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def reaction(
    context: Context,
    play: str | None,
    clip: int | None,
    everybody: bool,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Report how much of a PLAY each emotion led, or of a clip over its watchers.

    PLAY: its id, the beginning of it, or 'last'. Ratios are percent of the sampled seconds;
    seconds in which the unit abstained count in none.
    """
    if [play is not None, clip is not None, everybody].count(True) != 1:
        raise ContentError("name one of: a play ('last' is one), a clip with --clip, or --all")
    if plot is not None and play is None:
        raise ContentError("--plot draws one play; name it, or leave --plot out")
    with open_database(context.database_path, read_only=True) as database:
        if play is None:
            _report_watchers(database, clip, as_json)
            return
        play_id = play_id_of(database, play)
        past = ReactionStore(database).of_play(play_id)
        samples = SampleStore(database).of_play(play_id)
    if past is None:
        raise FeedbackError(
            f"play {play_id} has no samples: nobody was seen while it played, or they were"
            " purged (retention.samples_days)"
        )
    if plot is not None:
        # Only here: drawing needs a library that a unit may be without.
        from appliance.cli.reaction_plot import draw

        draw(plot, past, samples)
    _report_play(past, samples, _model(context), as_json)
    if plot is not None:
        click.echo(f"written: {plot}", err=True)


def _model(context: Context) -> InterestModel:
    """A damaged model is no reason not to report a reaction."""
    try:
        return InterestFile(context.state_dir).read().model
    except FeedbackError as exc:
        click.echo(f"appliance: {exc}", err=True)
        return NOTHING_KNOWN


def _report_play(
    past: PastReaction, samples: Sequence[EmotionSample], model: InterestModel, as_json: bool
) -> None:
    predicted = model.predict(past.reaction)
    if not as_json:
        click.echo("\n".join(play_lines(past, predicted)))
        return
    facts: dict[str, Any] = {
        "play": past.reaction.play_id,
        "clip": past.clip_id,
        "title": past.clip_title,
        "sampled_s": past.reaction.sampled,
        "abstained_s": past.abstained,
        "ratios": dict(zip(EMOTIONS, past.reaction.ratios, strict=True)),
        "valence": past.valence,
        "arousal": past.arousal,
        "rating": past.rating,
        "stars": past.stars,
        "seen_before": past.seen_before,
        "predicted_interest": predicted,
        "samples": [asdict(sample) for sample in samples],
    }
    click.echo(json.dumps(facts, ensure_ascii=False, indent=2))


def _report_watchers(database: Database, clip: int | None, as_json: bool) -> None:
    store = ReactionStore(database)
    title = None if clip is None else store.title_of(clip)
    if clip is not None and title is None:
        raise FeedbackError(f"clip {clip} was never shown; see 'appliance clip list'")
    known = [past for past in store.of_watchers(clip) if past.reaction.sampled > 0]
    if not known:
        of = "" if clip is None else f" to clip {clip} ({title!r})"
        raise FeedbackError(
            f"there is no reaction{of} of a watcher yet, or all were purged"
            " (retention.samples_days)"
        )
    groups = {
        "all": known,
        "low": [past for past in known if past.rating == 0],
        "high": [past for past in known if past.rating == 1],
    }
    spreads = {
        name: ratio_spreads([past.reaction for past in group]) for name, group in groups.items()
    }
    counts = {name: len(group) for name, group in groups.items()}
    if as_json:
        facts = {
            "clip": clip,
            "title": title,
            "watchers": counts,
            "ratios": {
                name: {emotion: asdict(each) for emotion, each in spread.items()}
                for name, spread in spreads.items()
            },
        }
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    name = "all clips" if clip is None else f"clip {clip}, {title}"
    click.echo("\n".join(clip_lines(name, counts, spreads)))
