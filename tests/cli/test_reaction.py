"""``appliance reaction``: a play's ratios, a clip's watchers, and the picture of a play."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from PIL import Image

from appliance.cli.context import Context
from appliance.cli.reaction import reaction
from appliance.daemon.interest_file import InterestFile
from appliance.domain import EMOTIONS, EmotionScores, Expression, RatingSource
from appliance.store.database import Database
from tests.cli.conftest import Type
from tests.daemon.test_interest_file import KEPT
from tests.store.history import STAMP, History


@pytest.fixture
def typed(run_command: Callable[[click.Command], Type]) -> Type:
    return run_command(reaction)


def watch(history: History, seconds: dict[str | None, int], rating: int | None = None) -> str:
    """A visit that was shown the first clip; None: seconds in which the unit abstained."""
    clip = history.clips.get(1) or history.add_clip(title="바다 위의 아침")
    play = history.play(clip, rating, visit_id=history.visits.start(1, STAMP))
    moods = [emotion for emotion, count in seconds.items() for _ in range(count)]
    for second, emotion in enumerate(moods, start=1):
        probabilities = tuple(0.64 if name == (emotion or "fear") else 0.06 for name in EMOTIONS)
        expression = Expression.HAPPY if emotion else None
        history.samples.record(
            play, second, EmotionScores(probabilities, 0.4, -0.2, expression, 0.64), 1
        )
    return play


def test_a_play_s_ratios(typed: Type, history: History) -> None:
    watch(history, {"happiness": 3, "neutral": 5, None: 2}, rating=1)
    status, printed = typed("last")
    assert status == 0
    assert "Clip 1: 바다 위의 아침" in printed
    assert "Sampled: 8 s, and 2 s in which the unit abstained." in printed
    assert "Mean valence +0.40, arousal -0.20" in printed
    assert "Answer: liked it." in printed
    assert "Predicted interest: none" in printed
    ratios = {
        line.split()[0]: float(line.split()[1])
        for line in printed.splitlines()
        if line.split(" ")[0] in EMOTIONS
    }
    expected = dict.fromkeys(EMOTIONS, 0.0) | {"neutral": 62.5, "happiness": 37.5}
    assert ratios == expected


def test_a_play_as_json_by_the_beginning_of_its_id(
    typed: Type, history: History, context: Context
) -> None:
    play = watch(history, {"happiness": 4, None: 1})
    InterestFile(context.state_dir).write(KEPT)
    facts = json.loads(typed(play[:9].upper(), "--json")[1])
    assert facts["play"] == play
    assert (facts["sampled_s"], facts["abstained_s"], facts["rating"]) == (4, 1, None)
    assert facts["ratios"]["happiness"] == 100
    assert [sample["is_abstained"] for sample in facts["samples"]] == [False] * 4 + [True]
    assert 0 < facts["predicted_interest"] < 1


def test_watchers_of_a_clip_by_interest(typed: Type, history: History) -> None:
    watch(history, {"happiness": 8, "neutral": 2}, rating=1)
    watch(history, {"happiness": 4, "neutral": 6}, rating=1)
    watch(history, {"neutral": 9, "anger": 1, None: 5}, rating=0)
    watch(history, {"sadness": 3})
    three = watch(history, {"sadness": 1})
    history.ratings.give(three, None, RatingSource.PANEL, STAMP, 3)
    watch(history, {None: 4}, rating=0)  # nothing of it counts
    facts = json.loads(typed("--clip", 1, "--json")[1])
    assert facts["watchers"] == {"all": 5, "low": 1, "high": 2}
    assert facts["ratios"]["high"]["happiness"] == {"mean": 60, "least": 40, "most": 80}
    assert facts["ratios"]["low"]["neutral"] == {"mean": 90, "least": 90, "most": 90}
    assert facts["ratios"]["all"]["sadness"] == {"mean": 40, "least": 0, "most": 100}
    status, printed = typed("--clip", 1)
    assert status == 0
    assert "clip 1, 바다 위의 아침" in printed
    assert "low interest (1)" in printed
    (line,) = [line for line in printed.splitlines() if line.startswith("happiness")]
    assert line.split()[1:] == ["24.00", "0.00", "80.00", *["0.00"] * 3, "60.00", "40.00", "80.00"]
    assert max(map(len, printed.splitlines())) <= 80
    assert json.loads(typed("--all", "--json")[1])["watchers"]["all"] == 5


def test_a_group_without_anybody_has_no_figures(typed: Type, history: History) -> None:
    watch(history, {"happiness": 4})
    assert "–" in typed("--all")[1]
    assert json.loads(typed("--all", "--json")[1])["ratios"]["low"] == {}


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf", "PNG"])
def test_the_picture(typed: Type, history: History, tmp_path: Path, suffix: str) -> None:
    watch(history, {"happiness": 4, None: 2, "surprise": 3})
    path = tmp_path / f"reaction.{suffix}"
    status, printed = typed("last", "--plot", path)
    assert status == 0
    assert "written: " in printed
    content = path.read_bytes()
    if suffix.lower() == "png":
        picture = Image.open(path)
        assert picture.width > 1000
        # Both emotions that led, and the shade of the seconds in which the unit abstained.
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 20) or ()}
        assert {(0xE0, 0x94, 0x1F), (0xB4, 0x76, 0xC4), (0xE7, 0xE1, 0xD4)} <= colours
    else:
        assert content.startswith(b"%PDF" if suffix == "pdf" else b"<?xml")


def test_no_title_spoils_the_picture(typed: Type, history: History, tmp_path: Path) -> None:
    history.add_clip(title=r"$5 \frac{ 🎉 " + "길 " * 140)
    watch(history, {"happiness": 4})
    assert typed("last", "--plot", tmp_path / "x.png")[0] == 0
    assert Image.open(tmp_path / "x.png").width < 2000


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "name one of: a play"),
        (("last", "--all"), "name one of: a play"),
        (("--all", "--plot", "x.png"), "--plot draws one play"),
        (("last", "--plot", "x.jpg"), "cannot draw x.jpg: name a .png, .svg, .pdf file"),
        (("last", "--plot", "/nowhere/x.png"), "cannot write /nowhere/x.png"),
        (("made-up",), "there is no play 'made-up'"),
        (("--clip", "99"), "clip 99 was never shown"),
        (("--clip", "sea"), "a clip is named by its number"),
    ],
)
def test_slips_are_one_line(
    typed: Type, history: History, words: tuple[str, ...], line: str
) -> None:
    watch(history, {"happiness": 4})
    status, printed = typed(*words)
    assert status == 1
    assert line in printed


def test_a_play_nobody_was_seen_at(typed: Type, history: History) -> None:
    history.play(history.add_clip())
    status, line = typed("last")
    assert status == 1
    assert "has no samples: nobody was seen while it played" in line
    assert typed("--clip", 1)[1].startswith("there is no reaction to clip 1 ('Clip 1')")
    assert typed("--all")[1].startswith("there is no reaction of a watcher yet")


def test_a_play_that_was_abstained_throughout_has_no_ratios(
    typed: Type, history: History, tmp_path: Path
) -> None:
    watch(history, {None: 3})
    status, printed = typed("last", "--plot", tmp_path / "x.svg")
    assert status == 0
    assert "No second counts" in printed


def test_a_clip_that_was_rated_and_deleted(typed: Type, history: History) -> None:
    watch(history, {"happiness": 4}, rating=1)
    history.clips.remove(1)
    assert "clip 1, 바다 위의 아침" in typed("--clip", 1)[1]
    assert "바다 위의 아침" in typed("last")[1]


def test_a_damaged_model_does_not_stop_it(typed: Type, history: History, context: Context) -> None:
    watch(history, {"happiness": 4})
    InterestFile(context.state_dir).path.write_text("{")
    status, printed = typed("last")
    assert status == 0
    assert "Predicted interest: none" in printed
    assert "cannot be read" in printed


def test_without_matplotlib_it_says_what_to_install(
    typed: Type, history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(history, {"happiness": 4})
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    status, line = typed("last", "--plot", tmp_path / "x.png")
    assert status == 1
    assert "pip install matplotlib" in line
    assert typed("last")[0] == 0


def test_nothing_was_played_yet(typed: Type, database: Database) -> None:
    assert typed("last") == (1, "nothing has been played yet")
