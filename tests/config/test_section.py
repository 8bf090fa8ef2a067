"""Each bound that a setting declares holds, whatever kind of value it is."""

from __future__ import annotations

import math

import annotated_types
import pytest

from appliance.config.load import parse_settings, setting_fields
from appliance.config.section import Seconds, Section, Share
from appliance.config.settings import Settings
from appliance.errors import ConfigError


def out_of_bounds():
    for path, field in setting_fields(Settings):
        for bound in field.metadata:
            match bound:
                case annotated_types.Ge(ge):
                    yield path, ge - 1
                case annotated_types.Le(le):
                    yield path, le + 1
                case annotated_types.Gt(gt):
                    yield path, gt
                case annotated_types.Lt(lt):
                    yield path, lt
                case _:
                    continue


@pytest.mark.parametrize(("path", "value"), list(out_of_bounds()))
def test_a_value_beyond_its_bound_is_refused(path, value):
    section, key = path.rsplit(".", 1)
    with pytest.raises(ConfigError, match=path.replace(".", r"\.")):
        parse_settings(f"[{section}]\n{key} = {value}", where="config.toml")


class Example(Section):
    wait_s: Seconds = 1
    share: Share = 0.5


@pytest.mark.parametrize(
    "values",
    [{"wait_s": -0.1}, {"wait_s": 86_401}, {"wait_s": math.nan}, {"share": 1.1}, {"share": -1}],
)
def test_a_duration_is_at_most_a_day_and_a_share_at_most_one(values):
    with pytest.raises(ValueError, match="should be between"):
        Example.model_validate(values)
