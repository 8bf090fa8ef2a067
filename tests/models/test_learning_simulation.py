"""The simulated unit is the unit, the rivals are the library's, and the places are as described."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from appliance.decision.draw import Draw
from appliance.decision.hope import DrawSettings
from appliance.decision.library import Library
from appliance.decision.policy import Beliefs, PriorSettings
from appliance.domain import Expression, Mood, Remembered, Score
from appliance.errors import ApplianceError
from appliance.feedback.forgetting import Forgetting, with_lesson
from appliance.feedback.learning import lesson_of_rating
from models.learning import results, simulate
from models.learning.ours import Ours
from models.learning.simulate import LIBRARY, POLICIES, main, run
from models.learning.worlds import (
    DEFAULT_WORLDS,
    World,
    places_of,
    read_worlds,
    shipped_confusion,
)
from tests.factories import a_clip

SHORT = World(name="short", clips=6, visits=150)
SEEDS = [3001, 3002]


def a_unit(clips: int) -> Library:
    return Library(
        [a_clip(number, mood=list(Mood)[(number - 1) % 8]) for number in range(1, clips + 1)]
    )


def a_past(visits: int, clips: int, seed: int) -> list[tuple[int, int, float]]:
    """Clip, expression and answer of each visit."""
    rng = np.random.default_rng(seed)
    return [
        (int(rng.integers(clips)), int(rng.integers(3)), float(rng.random() < 0.4))
        for _ in range(visits)
    ]


def taught_by(past: list[tuple[int, int, float]], clips: int) -> Ours:
    places = places_of(World(name="x", clips=clips, visits=1), SEEDS[:1])
    policy = Ours(places, np.random.default_rng(1))
    for clip, expression, liked in past:
        policy.learn(np.array([expression]), np.array([clip]), np.array([liked]), np.ones(1))
    return policy


def test_the_simulated_unit_believes_what_the_unit_believes() -> None:
    past, settings = a_past(400, 9, 5), Ours.settings
    forgetting = Forgetting(settings.half_life_answers, settings.half_life_days)
    kept: dict[tuple[int, Expression | None], Remembered] = {}
    for clip, expression, liked in past:
        cell = (clip + 1, Expression(expression))
        day = dt.date(2026, 3, 10)
        before = kept.get(cell, Remembered())
        kept[cell] = with_lesson(before, lesson_of_rating(liked), day, forgetting)
    scores = {cell: Score(each.likes, each.dislikes) for cell, each in kept.items()}
    prior = PriorSettings(
        settings.prior_strength,
        settings.prior_fits,
        settings.prior_untargeted,
        settings.prior_other,
    )
    library = a_unit(9)
    beliefs = Beliefs(library, scores, prior)
    simulated = taught_by(past, 9)
    for expression in Expression:
        alpha, beta = simulated.beliefs(np.array([int(expression)]))
        for place, clip in enumerate(library.clips):
            posterior = beliefs.posterior(clip, expression)
            assert (posterior.alpha, posterior.beta) == pytest.approx(
                (alpha[0, place], beta[0, place])
            )


def test_the_simulated_unit_takes_each_clip_as_often_as_the_unit_says() -> None:
    past = a_past(60, 5, 6)
    simulated = taught_by(past, 5)
    counts: Counter[int] = Counter()
    reading = np.array([int(Expression.NEUTRAL)])
    for _ in range(4000):
        counts[int(simulated.choose(reading)[0])] += 1
    scores: dict[tuple[int, Expression | None], Score] = {}
    for clip, expression in {(clip, expression) for clip, expression, _ in past}:
        likes = float(simulated.likes[0, clip, expression])
        answers = float(simulated.answers[0, clip, expression])
        scores[clip + 1, Expression(expression)] = Score(likes, answers - likes)
    beliefs = Beliefs(a_unit(5), scores, PriorSettings())
    draw = Draw(beliefs.groups(Expression.NEUTRAL), np.arange(5), Ours.settings.floor)
    for place in range(5):
        assert counts[place] / 4000 == pytest.approx(draw.chance(place), abs=0.035)


def test_settings_prior_and_draws_have_one_default() -> None:
    settings = Ours.settings
    assert DrawSettings() == DrawSettings(settings.optimism, settings.spread, settings.floor)
    assert PriorSettings() == PriorSettings(
        settings.prior_strength,
        settings.prior_fits,
        settings.prior_untargeted,
        settings.prior_other,
    )


@pytest.mark.parametrize("world", DEFAULT_WORLDS[2:4], ids=lambda world: world.name)
def test_lin_ucb_is_the_librarys_to_the_last_choice(world: World) -> None:
    pytest.importorskip("mabwiser", reason="MABWiser is not installed: pip install '.[simulation]'")
    short = world.model_copy(update={"visits": 120, "rated_share": max(0.4, world.rated_share)})
    twin, library = (run(short, name, SEEDS) for name in ("LinUCB", LIBRARY[0]))
    assert twin.regrets == library.regrets
    assert twin.curve == library.curve


def test_lin_ts_draws_from_the_librarys_distribution() -> None:
    pytest.importorskip("mabwiser", reason="MABWiser is not installed: pip install '.[simulation]'")
    from models.learning.mabwiser_rivals import lin_ts

    world = World(name="x", clips=4, visits=1)
    places = places_of(world, SEEDS[:1])
    twin, library = (make(places, np.random.default_rng(3)) for make in (POLICIES["LinTS"], lin_ts))
    reading = np.array([1])
    for clip, _, liked in a_past(30, 4, 7):
        for policy in (twin, library):
            # As in a run: the library copies its random state with an arm's first answer.
            policy.choose(reading)
            policy.learn(reading, np.array([clip]), np.array([liked]), np.ones(1))
    taken = [
        np.bincount([int(policy.choose(reading)[0]) for _ in range(1500)], minlength=4) / 1500
        for policy in (twin, library)
    ]
    np.testing.assert_allclose(taken[0], taken[1], atol=0.06)


def test_every_policy_meets_the_same_visitors_and_random_pays_the_mean_gap() -> None:
    places = places_of(SHORT, SEEDS)
    again = places_of(SHORT, SEEDS)
    np.testing.assert_array_equal(places.luck, again.luck)
    np.testing.assert_array_equal(places.satisfaction, again.satisfaction)
    gaps = places.expected[:, 0].max(axis=1) - places.expected[:, 0].mean(axis=1)
    expected = float(np.mean(gaps @ np.array(SHORT.expressions)) * SHORT.visits)
    long = SHORT.model_copy(update={"visits": 4000})
    mean = run(long, "random", SEEDS).mean / 4000 * SHORT.visits
    assert mean == pytest.approx(expected, rel=0.1)


def test_the_worlds_are_those_that_were_asked_for() -> None:
    stationary, drifting, few, noisy = DEFAULT_WORLDS[:4]
    for world in DEFAULT_WORLDS[:4]:
        assert (world.clips, world.visits, world.satisfaction) == (20, 20_000, (2, 3))
        assert world.expressions == (0.25, 0.55, 0.20)
    short = drifting.model_copy(update={"visits": 7500})
    satisfaction = places_of(short, SEEDS).satisfaction
    assert satisfaction.shape == (2, 3, 20, 3)
    changed = np.any(satisfaction[:, 1:] != satisfaction[:, :-1], axis=3).sum(axis=2)
    np.testing.assert_array_equal(changed, 4)
    assert places_of(stationary.model_copy(update={"visits": 7500}), SEEDS).epoch(7499) == 0
    assert places_of(few, [1]).rated.mean() == pytest.approx(0.03, abs=0.005)
    places = places_of(noisy, [1])
    for row, expression in enumerate(shipped_confusion()):
        read = places.readings[places.expressions == row]
        shares = np.bincount(read, minlength=3) / len(read)
        np.testing.assert_allclose(shares, expression, atol=0.02)


def test_the_confusions_are_the_shipped_networks() -> None:
    (path,) = (Path(simulate.__file__).parents[1] / "artifacts").glob("emotion_*.json")
    seven = json.loads(path.read_text())["metrics"]["ferplus_public_test"]["confusion"]
    neutral, happiness, sadness = seven[0][:3], seven[1][:3], seven[2][:3]
    confusion = shipped_confusion()
    assert confusion[Expression.HAPPY, Expression.HAPPY] == happiness[1] / sum(happiness)
    assert confusion[Expression.SAD, Expression.NEUTRAL] == sadness[0] / sum(sadness)
    assert confusion[Expression.NEUTRAL, Expression.SAD] == neutral[2] / sum(neutral)


def test_of_a_misread_face_only_what_the_reading_tells_can_be_known() -> None:
    world = World(
        name="x",
        visits=1,
        expressions=(0.5, 0.5, 0.0),
        readings=((0.5, 0.5, 0), (0, 1, 0), (0, 0, 1)),
    )
    places = places_of(world, [1])
    happy, neutral = places.satisfaction[0, 0, :, 0], places.satisfaction[0, 0, :, 1]
    np.testing.assert_allclose(places.expected[0, 0, :, 0], happy)
    np.testing.assert_allclose(places.expected[0, 0, :, 1], happy / 3 + neutral * 2 / 3)


def test_where_clips_are_alike_they_are_so_by_mood_and_over_expressions() -> None:
    world = World(name="x", clips=400, visits=1, clip_share=0.5, mood_share=0.4)
    chances = places_of(world, [1]).satisfaction[0, 0]
    assert chances.mean() == pytest.approx(0.4, abs=0.12)
    assert np.corrcoef(chances.T)[0, 1] > 0.3
    of_mood = chances.reshape(-1, len(Mood), 3).mean(axis=0)
    assert of_mood.std() > 0.05
    alone = places_of(World(name="y", clips=400, visits=1), [1]).satisfaction[0, 0]
    assert abs(np.corrcoef(alone.T)[0, 1]) < 0.15


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("worlds = 3", "no list 'worlds'"),
        ("[[worlds]", "neither TOML nor JSON"),
        ("[[worlds]]\nclips = 3", "world 1: name"),
        ("[[worlds]]\nname = 'a'\nclip = 3", "unknown field 'clip'; choose from name, clips"),
        ("[[worlds]]\nname = 'a'\nclips = 1", "world 1: clips"),
        ("[[worlds]]\nname = 'a'\nexpressions = [1, 1, 1]", "sum to 1"),
        ("[[worlds]]\nname = 'a'\nreadings = [[1, 0, 0]]", "a row for happy, neutral and sad"),
        ("[[worlds]]\nname = 'a'\nsatisfaction = [0, 1]", "Beta"),
        ("[[worlds]]\nname = 'a'\n[[worlds]]\nname = 'a'", "two worlds are called 'a'"),
    ],
)
def test_a_wrong_file_of_worlds_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "worlds.toml"
    path.write_text(text)
    with pytest.raises(ApplianceError, match=r"worlds\.toml") as raised:
        read_worlds(path)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_other_worlds_seeds_and_processes(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    worlds, output, figure = (tmp_path / name for name in ("w.json", "out.json", "curves.png"))
    worlds.write_text(json.dumps({"worlds": [{"name": "tiny", "clips": 3, "visits": 40}]}))
    words = ["--worlds", str(worlds), "--seed", "7", "--seeds", "3"]
    main([*words, "--output", str(output), "--figure", str(figure)])
    told = capsys.readouterr().out
    assert "| mean regret (95 % interval) | tiny |" in told
    found = results.read(output)
    assert [each.policy for each in found] == list(POLICIES)
    assert {tuple(each.seeds) for each in found} == {(7, 8, 9)}
    assert figure.read_bytes().startswith(b"\x89PNG")
    main([*words, "--jobs", "2", "--output", str(tmp_path / "again.json")])
    again = results.read(tmp_path / "again.json")
    assert [each.regrets for each in again] == [each.regrets for each in found]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--seeds", "1"], "--seeds 1: give 2 or more"),
        (["--worlds", "/no/such.toml"], "/no/such.toml"),
        (["--jobs", "0"], "--jobs 0"),
    ],
)
def test_wrong_options_are_one_line(words: list[str], said: str) -> None:
    with pytest.raises(ApplianceError, match=said):
        main(words)
