"""``appliance bench --decision``: how long a choice takes in a large made-up library."""

from __future__ import annotations

import datetime as dt
import json
import statistics
import time
from typing import Any

import click
import numpy as np

from appliance.cli.bench_library import measure_changes
from appliance.decision.campaign_table import CampaignCounts, CampaignTable
from appliance.decision.eligibility import CampaignMoment
from appliance.decision.library import Library
from appliance.decision.policy import Beliefs, PriorSettings, choose
from appliance.domain import (
    Campaign,
    Clip,
    ClipKind,
    Daypart,
    DayTime,
    DecisionContext,
    Expression,
    Mood,
    Score,
    Scores,
    Screen,
    Season,
    Surroundings,
)
from appliance.store.stamp import Stamp

NOON = dt.datetime(2026, 4, 8, 12, 20, tzinfo=dt.UTC)
CONTEXT = DecisionContext(
    Screen.SHOW, Expression.HAPPY, 0.8, 1, Surroundings(Season.SPRING, DayTime.DAY)
)
WARM_UP_CHOICES = 3
ANSWERED = 0.2
"""Share of the clips that somebody has answered about, under each expression."""


def measure_decisions(clips: int, campaigns: int, choices: int) -> dict[str, Any]:
    """Milliseconds of each choice for a watcher, and of what a change of the library costs."""
    rng = np.random.default_rng(1)
    library_clips, assignments = _clips(clips, campaigns, rng)
    library_campaigns, scores = _campaigns(campaigns, rng), _scores(clips, rng)
    started = time.perf_counter()
    table = CampaignTable(library_campaigns)
    library = Library(library_clips, table, assignments)
    beliefs = Beliefs(library, scores, PriorSettings())
    beliefs.groups(CONTEXT.expression)
    _ = library.tagged
    prepare_ms = 1e3 * (time.perf_counter() - started)
    plays = dict.fromkeys(table.row_of, 0)
    times: list[float] = []
    cpu_times: list[float] = []
    for number in range(WARM_UP_CHOICES + choices):
        now = NOON + dt.timedelta(seconds=20 * number)
        started, cpu_started = time.perf_counter(), time.thread_time()
        decision = choose(
            library,
            CONTEXT,
            beliefs,
            recent=(1,),
            missing=frozenset(),
            allowed_kinds=frozenset(ClipKind),
            prior=PriorSettings(),
            rng=rng,
            moment=CampaignMoment(now, True, CampaignCounts(plays=plays)),
        )
        elapsed_ms = 1e3 * (time.perf_counter() - started)
        if number >= WARM_UP_CHOICES:
            times.append(elapsed_ms)
            cpu_times.append(1e3 * (time.thread_time() - cpu_started))
        if decision.campaign_id is not None:
            plays[decision.campaign_id] = plays.get(decision.campaign_id, 0) + 1
    return {
        "clips": clips,
        "campaigns": campaigns,
        "choices": choices,
        "decision_ms": _summary(times),
        # On a busy computer the processor's own time says more.
        "decision_cpu_ms": _summary(cpu_times),
        "prepare_ms": round(prepare_ms, 1),
        **measure_changes(library_clips, library_campaigns, assignments, scores, Stamp(NOON)),
    }


def _summary(values: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(values), 2),
        "p95": round(float(np.percentile(values, 95)), 2),
    }


def print_decisions(report: dict[str, Any], *, as_json: bool) -> None:
    """For programs, or for people."""
    if as_json:
        click.echo(json.dumps(report))
        return
    times = report["decision_ms"]
    click.echo(
        f"a choice among {report['clips']} clips of {report['campaigns']} campaigns:"
        f" median {times['median']:.1f} ms, p95 {times['p95']:.1f} ms of which the"
        f" processor took {report['decision_cpu_ms']['median']:.1f} ms,"
        f" {report['choices']} choices; its arrays: {report['prepare_ms']:.0f} ms"
    )
    click.echo(
        f"after a change of one clip the screen waits {report['change_ms']:.0f} ms, of which the"
        f" processor took {report['change_cpu_ms']:.0f} ms; when the unit starts, reading all"
        f" takes {report['first_read_ms']:.0f} ms"
    )


def _clips(
    count: int, campaigns: int, rng: np.random.Generator
) -> tuple[list[Clip], dict[int, int]]:
    """Half healing, half advertising; three ads of four belong to a campaign, if there are any."""
    seasons, times, targets = tuple(Season), tuple(DayTime), tuple(Expression)
    moods = (*Mood, None)
    picks = rng.integers(0, 12, (count, 3))
    clips = [
        Clip(
            id=number,
            kind=ClipKind.AD if number % 2 else ClipKind.HEALING,
            title=f"Clip {number}",
            file=f"{number}.mp4",
            sha256=f"{number:064x}",
            codec="h264",
            duration_s=15.0,
            seasons=(seasons[pick[0]],) if pick[0] < len(seasons) else (),
            day_times=(times[pick[1]],) if pick[1] < len(times) else (),
            target_emotions=(targets[pick[2]],) if pick[2] < len(targets) else (),
            mood=moods[number % len(moods)],
        )
        for number, pick in enumerate(picks.tolist(), 1)
    ]
    ads = [clip.id for clip in clips if clip.kind is ClipKind.AD and clip.id % 8 != 1]
    return clips, {each: 1 + place % campaigns for place, each in enumerate(ads) if campaigns}


def _campaigns(count: int, rng: np.random.Generator) -> list[Campaign]:
    """Some with a share, some with a target, some with neither; two weeks to three months."""
    windows = tuple(Daypart(day, 7 * 60, 21 * 60) for day in range(1, 8))
    starts = rng.integers(-60, 10, count).tolist()
    lengths = rng.integers(14, 90, count).tolist()
    return [
        Campaign(
            id=number,
            name=f"Campaign {number}",
            advertiser="Somebody",
            starts_on=NOON.date() + dt.timedelta(days=start),
            ends_on=NOON.date() + dt.timedelta(days=start + length),
            dayparts=windows if number % 3 else (),
            share_s_per_hour=30.0 if number % 4 == 1 else None,
            target_plays=1000 if number % 4 == 2 else None,
            max_plays_per_hour=20,
            priority=0,
        )
        for number, (start, length) in enumerate(zip(starts, lengths, strict=True), 1)
    ]


def _scores(clips: int, rng: np.random.Generator) -> Scores:
    scores: dict[tuple[int, Expression | None], Score] = {}
    for expression in Expression:
        answered = rng.choice(np.arange(1, clips + 1), int(ANSWERED * clips), replace=False)
        likes = rng.integers(0, 30, (len(answered), 2)).tolist()
        for clip_id, (like, dislike) in zip(answered.tolist(), likes, strict=True):
            scores[clip_id, expression] = Score(float(like), float(dislike))
    return scores
