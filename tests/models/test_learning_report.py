"""README shows what the stored results of the simulation say, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from appliance.errors import ApplianceError
from models.learning import report, results
from models.learning.figure import STORED
from models.learning.report import README, page, verdict
from models.learning.results import Outcome
from models.learning.simulate import POLICIES
from models.learning.worlds import DEFAULT_WORLDS


def outcome(policy: str, *regrets: float, world: str = "a") -> Outcome:
    return Outcome(world, policy, [1, 2], list(regrets), [1, 100], [0.0, 1.0], 0.0)


def test_readme_shows_the_stored_results() -> None:
    text = README.page.read_text(encoding="utf-8")
    assert README.put_into(text, page(results.read())) == text, f"run: python -m {report.__name__}"
    assert STORED.stat().st_size < 100_000


def test_every_policy_was_run_in_every_world_with_the_same_seeds() -> None:
    found = results.read()
    assert {(each.world, each.policy) for each in found} == {
        (world.name, policy) for world in DEFAULT_WORLDS for policy in POLICIES
    }
    assert len({tuple(each.seeds) for each in found}) == 1
    assert len(found[0].seeds) == 100
    for each in found:
        assert len(each.regrets) == 100
        assert each.visits[-1] == 20_000
        assert each.curve[-1] == pytest.approx(each.mean, abs=0.1)


def test_the_least_regret_of_a_world_is_bold() -> None:
    table = results.table([outcome("x", 10, 12), outcome("y", 1000, 3000)])
    assert "| x | **11** (10–12) |" in table
    assert "| y | 2,000 (1,000–3,000) |" in table


def test_the_verdict_names_the_best_rival_and_how_far_off_it_is() -> None:
    outcomes = [
        outcome("x", 100, 100),
        outcome("z", 150, 150),
        outcome("ours", 80, 80),
        outcome("x", 100, 100, world="b"),
        outcome("ours", 105, 105, world="b"),
    ]
    assert verdict(outcomes) == "a: 20% under x; b: 5% above x"


def test_the_interval_is_of_the_mean() -> None:
    rng = np.random.default_rng(1)
    found = outcome("x", *rng.normal(50, 10, 400))
    low, high = found.interval
    assert low == pytest.approx(found.mean - 0.98, abs=0.15)
    assert high == pytest.approx(found.mean + 0.98, abs=0.15)


@pytest.mark.parametrize(
    ("text", "said"), [(None, "is missing"), ("{", "no results"), ('[{"x": 1}]', "no results")]
)
def test_results_that_cannot_be_read_are_one_line(
    tmp_path: Path, text: str | None, said: str
) -> None:
    path = tmp_path / "results.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ApplianceError, match=said) as raised:
        results.read(path)
    assert "\n" not in str(raised.value)
