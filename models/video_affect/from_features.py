"""The regressor of clips' affect that ships: `python -m models.video_affect.from_features --help`.

The films of LIRIS-ACCEDE cannot be had by everybody, their published features can. Those that the
unit computes from a clip by the same published definition are ranked among the 9,800 excerpts,
and a ridge regression over ranks and their products tells valence and arousal. Learned from the
official learning and validation sets, tested on the official test set.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import Ridge

from appliance.inference import shipped_models_dir
from appliance.inference.affect_regressor import FILE, FeatureName
from models import commands
from models.mood.measure import pearson
from models.video_affect import liris
from models.video_affect.liris import Accede, Floats, Ints

RESULTS = Path(__file__).parent / "results" / "from_features.json"
VERSION = "2026.11.1"
COMPUTED = {
    "colorfulness": "colorfulness",
    "median_lightness": "medianLightness",
    "hue_count": "hueCount",
    "edge_area": "spatialEdgeDistributionArea",
    "motion": "globalActivity",
    "cuts": "nbSceneCuts",
    "zero_crossings": "zcr",
}
"""What the unit computes → the data set's name for it."""

KNOTS = 65
FULL_SCALE = 3.0
WEIGHT_DECAY = 300.0
"""Between 30 and 1,000 cross validation over the learning sets hardly changes."""


@dataclass(frozen=True)
class Fit:
    """Deviations from the learning sets' mean: c + w x + x'Q x."""

    constant: float
    linear: Floats
    quadratic: Floats

    def tell(self, ranks: Floats) -> Floats:
        """[N] of ranks [N, F]."""
        told = self.constant + ranks @ self.linear
        return np.asarray(told + np.einsum("ni,ij,nj->n", ranks, self.quadratic, ranks))


def ranks_of(values: Floats) -> Floats:
    """Ranks of values [N] among themselves, -1…1; equal ones share their middle."""
    return np.asarray((rankdata(values) - 0.5) / len(values) * 2.0 - 1.0)


def knots_of(values: Floats) -> tuple[list[float], list[float]]:
    """(values, ranks) through which ranks are told again, at most `KNOTS`."""
    ranks = ranks_of(values)
    order = np.argsort(values, kind="stable")
    distinct, first = np.unique(values[order], return_index=True)
    levels = ranks[order][first]
    wanted = np.linspace(-1.0, 1.0, KNOTS)
    chosen = np.unique(np.searchsorted(levels, wanted).clip(0, len(levels) - 1))
    return [float(v) for v in distinct[chosen]], [round(float(r), 5) for r in levels[chosen]]


def products(ranks: Floats) -> Floats:
    """Ranks [N, F] and all their products [N, F + F (F + 1) / 2]."""
    rows, columns = np.triu_indices(ranks.shape[1])
    return np.concatenate((ranks, ranks[:, rows] * ranks[:, columns]), axis=1)


def fit(ranks: Floats, wanted: Floats) -> Fit:
    """Ridge regression over ranks [N, F] and their products."""
    count = ranks.shape[1]
    found = Ridge(WEIGHT_DECAY).fit(products(ranks), wanted)
    quadratic = np.zeros((count, count))
    quadratic[np.triu_indices(count)] = found.coef_[count:]
    return Fit(float(found.intercept_), np.asarray(found.coef_[:count]), quadratic)


def tested(told: Floats, true: Floats) -> dict[str, float]:
    """Mean squared error on the data set's 1…5 and Pearson's r."""
    return {"mse": round(float(np.mean((told - true) ** 2)), 4), "r": round(pearson(told, true), 4)}


def linear_ridge(
    accede: Accede, table: Floats, learn: Ints, test: Ints, target: int
) -> dict[str, float]:
    """The yardstick: ridge regression over ranks alone."""
    wanted = accede.affect[:, target]
    found = Ridge(1.0).fit(table[learn], wanted[learn])
    return tested(np.asarray(found.predict(table[test])), wanted[test])


def measure(accede: Accede, published: dict[str, Floats]) -> tuple[list[Fit], dict[str, Any]]:
    """Both fits and what they achieve, beside ridge on the same and on all published features."""
    first, second, test = accede.split("official")
    learn = np.concatenate((first, second))
    ours = np.stack([ranks_of(published[name]) for name in COMPUTED.values()], axis=1)
    every = np.stack([ranks_of(values) for values in published.values()], axis=1)
    fits, rows = [], {}
    for target, name in enumerate(("valence", "arousal")):
        wanted = accede.affect[:, target]
        mean, deviation = wanted[learn].mean(), wanted[learn].std()
        fits.append(fit(ours[learn], (wanted[learn] - mean) / deviation))
        told = mean + deviation * fits[-1].tell(ours[test])
        rows[name] = {
            "ours": tested(told, wanted[test]),
            "ridge_same_features": linear_ridge(accede, ours, learn, test, target),
            "ridge_all_features": linear_ridge(accede, every, learn, test, target),
            "mean_alone": tested(np.full(len(test), mean), wanted[test]),
        }
    counts = {"learned_from": len(learn), "tested_on": len(test)}
    return fits, counts | {"published_features": len(published)} | rows


def regressor_file(
    fits: list[Fit], published: dict[str, Floats], figures: dict[str, Any]
) -> dict[str, Any]:
    """The content of clip_affect.json."""
    features = []
    for name, theirs in COMPUTED.items():
        values, ranks = knots_of(published[theirs])
        features.append({"name": name, "values": values, "ranks": ranks})
    formulas = [
        {
            "constant": round(each.constant, 6),
            "linear": each.linear.round(6).tolist(),
            "quadratic": each.quadratic.round(6).tolist(),
        }
        for each in fits
    ]
    return {
        "schema": 1,
        "task": "clip-affect",
        "name": "clip-affect",
        "version": VERSION,
        "licence": "Apache-2.0 as far as ours; learned from LIRIS-ACCEDE (research use).",
        "card": "models/README.md",
        "source": (
            "LIRIS-ACCEDE (Baveye et al. 2015, IEEE Transactions on Affective Computing 6, 43-55):"
            " published features and values of 4,900 excerpts, standardised per axis"
        ),
        "features": features,
        "full_scale": FULL_SCALE,
        "valence": formulas[0],
        "arousal": formulas[1],
        "metrics": {
            "official_test": {
                "excerpts": figures["tested_on"],
                "r_valence": figures["valence"]["ours"]["r"],
                "r_arousal": figures["arousal"]["ours"]["r"],
            }
        },
    }


def main() -> None:
    """Entry of `python -m models.video_affect.from_features`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--liris", type=Path, required=True, help="folder of LIRIS-ACCEDE's tables")
    parser.add_argument("--out", type=Path, default=shipped_models_dir() / FILE)
    given = parser.parse_args()
    assert set(COMPUTED) == set(get_args(FeatureName))
    accede = liris.load(given.liris)
    published = liris.features(accede)
    fits, figures = measure(accede, published)
    given.out.write_text(json.dumps(regressor_file(fits, published, figures), indent=1) + "\n")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    sys.exit(commands.run(main))
