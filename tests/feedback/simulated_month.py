"""A month of visits whose interest follows a known function of their reactions."""

from __future__ import annotations

import datetime as dt

import numpy as np

from appliance.domain import EMOTIONS, EmotionScores, Expression, RatingSource, value_of_stars
from appliance.store.database import Database
from appliance.store.stamp import Stamp
from tests.store.history import NOON, History

MEANS = np.array([0.50, 0.20, 0.10, 0.08, 0.03, 0.03, 0.06])
CONCENTRATION = 6.0
"""Watchers differ as six seconds' worth of draws do."""

COEFFICIENTS = np.array([-0.3, 1.2, -0.9, -0.9, 0.1, 0.1, -0.3])
"""Of this place: surprise speaks against a clip here, unlike in the paper."""

RATED_SHARE, ABSTAINED_SHARE = 0.7, 0.1
_DEVIATIONS = np.sqrt(MEANS * (1 - MEANS) / (CONCENTRATION + 1))
_SCORES = [
    EmotionScores(
        tuple(0.7 if place == leads else 0.05 for place in range(len(EMOTIONS))),
        0.2,
        -0.1,
        Expression.NEUTRAL,
        0.7,
    )
    for leads in range(len(EMOTIONS))
]
_UNSURE = EmotionScores((0.2,) * 3 + (0.1,) * 4, 0.0, 0.0, None, 0.2)


def write_month(
    database: Database, visits: int = 600, seed: int = 7, *, in_five_steps: bool = False
) -> None:
    """Written as a unit writes it: choice, play, samples and answer, through the real stores."""
    rng, history = np.random.default_rng(seed), History(database)
    clips = [history.add_clip() for _ in range(4)]
    with database.transaction():
        for number in range(visits):
            stamp = Stamp(NOON + dt.timedelta(minutes=60 * 24 * 30 * number / visits))
            visit = history.visits.start(1, stamp)
            play = history.play(clips[number % 4], stamp=stamp, visit_id=visit)
            usual = rng.dirichlet(MEANS * CONCENTRATION)
            for second in range(1, int(rng.integers(5, 17))):
                leads = int(rng.choice(len(EMOTIONS), p=usual))
                scores = _UNSURE if rng.random() < ABSTAINED_SHARE else _SCORES[leads]
                history.samples.record(play, second, scores, 1)
            pull = float((usual - MEANS) / _DEVIATIONS @ COEFFICIENTS) + 0.4
            liked = rng.random() < 1 / (1 + np.exp(-pull))
            if rng.random() >= RATED_SHARE:
                continue
            stars = int(rng.integers(3, 6) if liked else rng.integers(1, 4))
            value = value_of_stars(stars) if in_five_steps else int(liked)
            history.ratings.give(
                play, value, RatingSource.PANEL, stamp, stars if in_five_steps else None
            )


def shuffle_answers(database: Database, seed: int = 1) -> None:
    """The same answers, each given to a reaction that it has nothing to do with."""
    rows = database.rows("SELECT id, value FROM ratings")
    values = np.random.default_rng(seed).permutation([row["value"] for row in rows])
    with database.transaction():
        for row, value in zip(rows, values.tolist(), strict=True):
            database.write(
                "UPDATE ratings SET value = :value WHERE id = :id",
                {"value": value, "id": row["id"]},
            )
