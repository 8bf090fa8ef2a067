"""A right file is taken over where the unit can, a wrong one changes nothing."""

from __future__ import annotations

import pytest

from appliance.config.load import parse_settings, setting_fields
from appliance.config.settings import Settings
from appliance.daemon.live_settings import LIVE, LiveSettings
from appliance.errors import ConfigError


class File:
    def __init__(self, text: str = "") -> None:
        self.text = text
        self.live = LiveSettings(self.read(), self.read)

    def read(self) -> Settings:
        return parse_settings(self.text, where="config.toml")


def test_every_live_setting_exists():
    assert {path for path, _ in setting_fields(Settings)} >= LIVE


def test_what_is_live_is_taken_over_and_the_rest_waits_for_a_restart():
    file = File("[camera]\nfps = 8\n[session]\nqr_timeout_s = 20\n")
    file.text = '[camera]\nfps = 12\n[session]\nqr_timeout_s = 5\n[panel]\nplace = "b"\nport = 1\n'
    change = file.live.reload()
    assert change.taken == ("panel.place", "session.qr_timeout_s")
    assert change.waiting == ("panel.port", "camera.fps")
    current = file.live.current()
    assert (current.camera.fps, current.session.qr_timeout_s, current.panel.place) == (8, 5, "b")
    assert "restart" in str(change)
    # Said again with each reload until it is restarted, or set back.
    assert file.live.reload().waiting == ("panel.port", "camera.fps")
    file.text = ""
    assert file.live.reload().waiting == ()


def test_a_wrong_file_changes_nothing_and_all_its_mistakes_are_named():
    file = File('[panel]\nplace = "a"\n')
    before = file.live.current()
    file.text = '[panel]\nplace = "b"\nport = 70000\n[camera]\nfsp = 3\n'
    with pytest.raises(ConfigError, match=r"panel\.port.*camera\.fps"):
        file.live.reload()
    assert file.live.current() is before


def test_an_unchanged_file_says_so():
    file = File()
    assert str(file.live.reload()) == "nothing has changed"


def test_rules_of_the_operator_are_live():
    file = File()
    file.text = """
[[rules]]
name = "rainy"
when = [{metric = "weather", condition = "eq", value = "rain"}]
then = {restrict_to_tag = "rain"}
"""
    assert file.live.reload().taken == ("rules",)
    assert len(file.live.current().rules) == 1
