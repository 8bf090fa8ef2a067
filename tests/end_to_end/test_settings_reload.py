"""Settings changed while the unit runs: a right file takes effect, a wrong one changes nothing."""

from __future__ import annotations

import socket
import subprocess

import pytest

from tests.end_to_end.unit_process import APPLIANCE, UnitProcess

pytestmark = pytest.mark.end_to_end

NO_CAMERA = "/dev/video99"


def set_config(unit: UnitProcess, key: str, value: str) -> str:
    done = subprocess.run(
        [APPLIANCE, "--state-dir", unit.state_dir, "--config", unit.config_path,
         "config", "set", key, value],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def test_a_changed_file_takes_effect_and_a_wrong_one_leaves_all_as_it_was(tmp_path):
    settings = {"panel": {"place": "Here"}, "surroundings": {"hemisphere": "north"}}
    with UnitProcess(tmp_path, NO_CAMERA, settings) as unit:
        unit.wait_for(lambda: unit.status()["screen"] == "healing", "the first screen")
        before, pid = unit.status(), unit.process.pid
        assert unit.snapshot()["place"] == "Here"

        told = set_config(unit, "panel.place", "There")
        assert f"kill -HUP {pid}" in told
        assert "started again" in set_config(unit, "camera.fps", "4")
        set_config(unit, "surroundings.hemisphere", "south")
        set_config(unit, "privacy.pause_s", "120")
        assert unit.snapshot()["place"] == "Here"
        unit.reload()
        unit.wait_for(lambda: unit.snapshot()["place"] == "There", "the page's new place")
        assert unit.snapshot()["sensing"]["pause_s"] == 120
        unit.wait_for(lambda: unit.status()["season"] != before["season"], "the other season")
        (line,) = [line for line in unit.log().splitlines() if "Settings read again" in line]
        assert "after a restart of the unit: camera.fps" in line

        right = unit.config_path.read_text()
        unit.config_path.write_text(right.replace("There", "Nowhere") + "[camra]\n[log]\nleve=1\n")
        unit.reload()
        unit.wait_for(lambda: "the old ones stay" in unit.log(), "the mistakes in the log")
        (line,) = [line for line in unit.log().splitlines() if "the old ones stay" in line]
        assert "did you mean 'camera'" in line
        assert "did you mean 'log.level'" in line
        assert unit.snapshot()["place"] == "There"

        unit.config_path.write_text(right.replace("There", "Anywhere"))
        unit.reload()
        unit.wait_for(lambda: unit.snapshot()["place"] == "Anywhere", "the mended file")
        assert unit.process.pid == pid


def test_an_emptied_file_costs_no_setting_neither_on_reload_nor_at_the_next_start(tmp_path):
    settings = {"panel": {"place": "Here"}, "privacy": {"quiet_hours": ["00:00-23:59"]}}
    with UnitProcess(tmp_path, NO_CAMERA, settings) as unit:
        unit.wait_for(lambda: unit.status()["sensing"] == "paused", "the quiet hours")
        right = unit.config_path.read_text()
        unit.config_path.write_text("")
        unit.reload()
        unit.wait_for(lambda: unit.status()["settings_trouble"], "the mistake")
        assert unit.status()["sensing"] == "paused"
        unit.stop()
        unit.start()
        unit.wait_for(lambda: unit.status()["sensing"] == "paused", "the quiet hours")
        assert unit.snapshot()["place"] == "Here"
        assert "goes by its last good settings" in unit.status()["settings_trouble"]
        checked = subprocess.run(
            [APPLIANCE, "--state-dir", unit.state_dir, "--config", unit.config_path,
             "config", "check"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert checked.returncode == 1
        assert "empty, as if cut short" in checked.stderr
        unit.config_path.write_text(right.replace("Here", "There"))
        unit.reload()
        unit.wait_for(lambda: unit.status()["settings_trouble"] is None, "the mended file")
        assert unit.snapshot()["place"] == "There"


def test_the_log_level_changes_at_once(tmp_path):
    with UnitProcess(tmp_path, NO_CAMERA, {"log": {"level": "warning"}}) as unit:
        unit.wait_for(lambda: "no-camera" in unit.log(), "a warning")
        assert " INFO " not in unit.log()
        set_config(unit, "log.level", "info")
        unit.reload()
        unit.wait_for(lambda: "taken over: log.level" in unit.log(), "a line of the new level")


def test_systemd_is_told_when_a_reload_begins_and_ends(tmp_path, monkeypatch):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        with UnitProcess(tmp_path, NO_CAMERA) as unit:
            assert next_state(systemd).startswith("READY=1")
            for _ in range(2):
                unit.reload()
                begun = dict(part.split("=") for part in next_state(systemd).split())
                assert begun["RELOADING"] == "1"
                assert int(begun["MONOTONIC_USEC"]) > 0
                assert next_state(systemd).startswith("READY=1")


def test_a_visit_goes_by_the_rules_that_were_read_last(tmp_path):
    with UnitProcess(tmp_path, "builtin", {"session": {"rating_timeout_s": 8}}) as unit:
        unit.wait_for(lambda: unit.status()["screen"] == "healing", "the first screen")
        set_config(unit, "session.rating_timeout_s", "33")
        unit.reload()
        unit.wait_for(lambda: "taken over: session.rating_timeout_s" in unit.log(), "the reload")
        unit.wait_for(lambda: unit.status()["screen"] == "show", "a visitor")
        play_id = unit.snapshot()["play"]["id"]
        for event, position_s in (("playing", 0.0), ("ended", 8.0)):
            report = {"play_id": play_id, "event": event, "position_s": position_s}
            unit.post("/playback", report).raise_for_status()
        asking = unit.snapshot()
        assert asking["screen"] == "rating"
        assert asking["limit_ms"] == 33_000


def test_the_page_that_is_open_changes_its_language(tmp_path, browser):
    page = browser.new_page(viewport={"width": 640, "height": 360})
    with UnitProcess(tmp_path, NO_CAMERA, {"panel": {"language": "ko", "place": ""}}) as unit:
        page.goto(unit.page_url)
        page.wait_for_selector('html[lang="ko"]')
        korean = page.inner_text("#notice")
        set_config(unit, "panel.language", "en")
        unit.reload()
        page.wait_for_selector('html[lang="en"]')
        english = page.inner_text("#notice")
        assert english != korean
        assert not any("가" <= letter <= "힣" for letter in english)
    page.close()


def next_state(systemd: socket.socket) -> str:
    while True:
        text = systemd.recv(4096).decode()
        if text != "WATCHDOG=1":
            return text
