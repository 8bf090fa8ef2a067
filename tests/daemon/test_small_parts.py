"""Secret, addresses, clock: the daemon's small parts."""

from __future__ import annotations

import datetime as dt
import os
import stat

import pytest

from appliance.config.settings import PhoneSettings
from appliance.daemon import phone_address
from appliance.daemon.clock import Clock
from appliance.daemon.phone_address import can_be_reached, lan_address, phone_base_url
from appliance.daemon.running_unit import RunningUnit
from appliance.daemon.secret_key import load_or_create_secret, load_secret
from appliance.errors import DaemonError


def test_the_secret_is_made_once_and_is_for_its_user_alone(tmp_path):
    secret = load_or_create_secret(tmp_path)
    assert len(bytes.fromhex(secret)) == 32
    assert load_or_create_secret(tmp_path) == secret
    assert stat.S_IMODE(os.stat(tmp_path / "secret.key").st_mode) == 0o600


def test_units_do_not_share_a_secret(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert load_or_create_secret(tmp_path / "one") != load_or_create_secret(tmp_path / "two")


def test_a_secret_that_others_can_read_is_closed_and_told(tmp_path, caplog):
    secret = load_or_create_secret(tmp_path)
    path = tmp_path / "secret.key"
    path.chmod(0o640)
    assert load_or_create_secret(tmp_path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "could be read by others" in caplog.text
    caplog.clear()
    load_or_create_secret(tmp_path)
    assert not caplog.records


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 64, b"x" * 64])
def test_a_damaged_secret_gives_way_to_a_new_one_and_is_kept_aside(tmp_path, caplog, content):
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    with pytest.raises(DaemonError, match=r"secret\.key is damaged; restore it"):
        load_secret(tmp_path)
    secret = load_or_create_secret(tmp_path)
    assert len(bytes.fromhex(secret)) == 32
    assert "was damaged" in caplog.text
    assert (tmp_path / "secret.key.damaged").read_bytes() == content
    assert load_secret(tmp_path) == load_or_create_secret(tmp_path) == secret


def test_half_a_secret_left_by_a_power_cut_does_no_harm(tmp_path):
    (tmp_path / "secret.new").write_text("half")
    assert len(load_or_create_secret(tmp_path)) == 64


def test_phones_are_led_to_the_address_the_operator_named():
    named = PhoneSettings(public_base_url="https://signage.example.org/unit/")
    assert phone_base_url(named, 8081) == "https://signage.example.org/unit"
    assert phone_base_url(PhoneSettings(host="127.0.0.1"), 5) == "http://127.0.0.1:5"
    assert phone_base_url(PhoneSettings(), 8081) == f"http://{lan_address()}:8081"


def test_no_code_is_shown_that_would_lead_a_phone_to_itself(monkeypatch):
    monkeypatch.setattr(phone_address, "lan_address", lambda: "127.0.0.1")
    assert not can_be_reached(PhoneSettings())
    assert can_be_reached(PhoneSettings(public_base_url="https://signage.example.org"))
    monkeypatch.setattr(phone_address, "lan_address", lambda: "192.168.1.7")
    assert can_be_reached(PhoneSettings())


def test_the_clock_knows_its_zone_and_does_not_go_back():
    clock = Clock()
    first, second = clock.now(), clock.now()
    assert second.monotonic_s >= first.monotonic_s
    assert first.stamp.local.tzinfo is not None
    assert abs(first.stamp.local - dt.datetime.now().astimezone()) < dt.timedelta(seconds=5)


def test_the_running_unit_is_found_only_while_it_says_so(tmp_path):
    unit = RunningUnit(42, "http://127.0.0.1:1", None)
    unit.write(tmp_path)
    assert RunningUnit.find(tmp_path) == unit
    RunningUnit.remove(tmp_path)
    RunningUnit.remove(tmp_path)
    with pytest.raises(DaemonError):
        RunningUnit.find(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", '{"pid": 1}', "nonsense"])
def test_a_damaged_note_of_the_running_unit_is_no_unit(tmp_path, content):
    RunningUnit.path(tmp_path).write_text(content)
    with pytest.raises(DaemonError):
        RunningUnit.find(tmp_path)
