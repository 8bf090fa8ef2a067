"""Rules in the settings file: each mistake is told with the name of its rule."""

from __future__ import annotations

import pytest

from appliance.config.load import parse_settings
from appliance.errors import ConfigError

GOOD = """
[[rules]]
name = "calm for the sad"
when = [{metric = "expression", condition = "eq", value = "sad"},
        {metric = "hour", condition = "in", value = [7, 8]}]
then = {restrict_to_tag = "calm"}

[[rules]]
name = "storm"
when = [{metric = "weather", condition = "eq", value = "rain"}]
then = {interrupt = true, tag = "storm"}
"""


def a_rule(when: str = '{metric="hour", condition="eq", value=7}', then: str = "") -> str:
    then = then or '{restrict_to_tag = "calm"}'
    return f'[[rules]]\nname = "mine"\nwhen = [{when}]\nthen = {then}\n'


def test_rules_are_read() -> None:
    calm, storm = parse_settings(GOOD, where="x").rules
    assert (calm.name, calm.then.clip_tag, len(calm.when)) == ("calm for the sad", "calm", 2)
    assert (storm.then.interrupt, storm.then.clip_tag) == (True, "storm")


def test_no_rules_is_the_default() -> None:
    assert parse_settings("", where="x").rules == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (a_rule('{metric="mood", condition="eq", value="sad"}'), "when.0.metric"),
        (a_rule('{metric="hour", condition="gt", value=7}'), "when.0.condition"),
        (a_rule('{metric="hour", condition="eq", value=24}'), "number 0..23, not 24"),
        (a_rule('{metric="hour", condition="eq", value=true}'), "when.0.value: write a text"),
        (a_rule('{metric="hour", condition="eq", value=nan}'), "when.0.value: write a text"),
        (a_rule('{metric="hour", condition="in", value=7}'), "takes a list"),
        (a_rule('{metric="hour", condition="eq", value=[7]}'), "takes one value"),
        (a_rule('{metric="hour", condition="in", value=[]}'), "never holds"),
        (a_rule('{metric="weather", condition="eq", value="sunny"}'), "clear, cloudy, rain, snow"),
        (a_rule('{metric="weather", condition="gte", value="rain"}'), "has no order"),
        (a_rule('{metric="clock", condition="gte", value="7:30"}'), "a time such as"),
        (a_rule(then="{}"), "write either"),
        (a_rule(then='{restrict_to_tag="a", interrupt=true, tag="b"}'), "write either"),
        (a_rule(then="{interrupt=true}"), "write either"),
        (a_rule(then='{tag="b"}'), "write either"),
        (a_rule(then='{restrict_to_tag=""}'), "then.restrict_to_tag"),
        (a_rule(then='{restrict_to="a"}'), "unknown key 'then.restrict_to'"),
        (
            a_rule(
                '{metric="expression", condition="eq", value="sad"}', '{interrupt=true, tag="b"}'
            ),
            "knows no expression",
        ),
        (a_rule(""), "when: "),
        (a_rule() + a_rule(), "another rule has this name"),
    ],
)
def test_a_mistake_names_its_rule(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, where="config.toml")
    assert "rule 'mine'" in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    if said != "when: ":
        assert "at least 1 item" not in str(caught.value)


def test_a_rule_without_a_name_is_told_by_its_number_and_all_mistakes_at_once() -> None:
    text = GOOD + "[[rules]]\nwhen = []\n" + a_rule(then='{tag="b"}')
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, where="x")
    for said in ("rule 3: name", "rule 3: when", "rule 'mine'"):
        assert said in str(caught.value)


def test_rules_must_be_tables() -> None:
    with pytest.raises(ConfigError, match=r"\[\[rules\]\]"):
        parse_settings('rules = "calm"', where="x")


def test_a_misspelt_setting_beside_rules_is_still_told() -> None:
    with pytest.raises(ConfigError, match="did you mean 'rules'"):
        parse_settings("[[rule]]\nname = 'x'", where="x")
    with pytest.raises(ConfigError, match=r"did you mean 'panel\.place'"):
        parse_settings("plac = 'x'", where="x")
