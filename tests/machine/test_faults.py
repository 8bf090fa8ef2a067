"""What goes wrong around a unit, done to a booted one: it goes on, and is whole again after it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.camera.builtin import ASSETS
from tests.machine.base_tree import skip_where_impossible
from tests.machine.installed_unit import APPLIANCE, STATE, InstalledUnit, installed_unit
from tests.machine.small_disk import SmallDisk, small_disk
from tests.machine.stuck_network import save_stuck_emotion

pytestmark = pytest.mark.machine

CAMERA = "/srv/camera"
CONFIG = f"""
[camera]
source = "{CAMERA}"
retry_s = 0.5
retry_max_s = 1
[phone]
requests_per_minute = 6000
"""
QUICK = """
[Service]
RestartSec=0
WatchdogSec=4
"""
TEN_YEARS_D = 3650


@pytest.fixture(scope="module")
def unit() -> Iterator[InstalledUnit]:
    skip_where_impossible()
    with installed_unit(CONFIG, kiosk=False) as unit:
        plug_camera_in(unit)
        unit.amend("appliance.service", QUICK)
        unit.systemctl("restart", "appliance.service")
        yield unit


@pytest.fixture(autouse=True)
def is_whole_again(unit: InstalledUnit) -> Iterator[None]:
    """Whatever was done to it: afterwards it sees, plays and takes answers."""
    yield
    unit.wait_for(lambda: unit.status().get("sensing") == "on", "the camera")
    assert plays_on(unit) == {"playing", "rated", "stopped"}


def plays_on(unit: InstalledUnit, clips: int = 2) -> set[str]:
    """What a page and a phone got done over so many clips; quicker than films last, so that their
    ends are written as "stopped"."""
    said = unit.run_script("visitor.py", str(clips))
    return {line.split()[0] for line in said.splitlines()}


def plug_camera_in(unit: InstalledUnit) -> None:
    """A second of pictures of somebody who stands there."""
    folder = unit.machine.path(CAMERA)
    folder.mkdir(parents=True)
    for number in range(8):
        shutil.copy(ASSETS / "astronaut.jpg", folder / f"{number}.jpg")


def restart_with(unit: InstalledUnit, config: str, service: str = QUICK) -> None:
    unit.configure(config)
    unit.run("sh", "-c", "chown root:appliance /etc/appliance/config.toml")
    unit.amend("appliance.service", service)
    unit.systemctl("restart", "appliance.service")


def test_a_camera_that_is_unplugged_is_said_and_found_again(unit: InstalledUnit) -> None:
    unit.wait_for(lambda: unit.status().get("faces"), "the face")
    unit.run("mv", CAMERA, f"{CAMERA}-unplugged")
    unit.wait_for(lambda: "no-camera" in unit.status()["troubles"], "the loss to be said")
    assert plays_on(unit) >= {"playing", "stopped"}
    unit.run("mv", f"{CAMERA}-unplugged", CAMERA)
    unit.wait_for(lambda: unit.status().get("faces"), "the face again")
    assert unit.status()["troubles"] == []


def test_a_daemon_that_hangs_is_killed_by_the_watchdog(unit: InstalledUnit) -> None:
    hung, starts = unit.pid(), unit.starts()
    unit.run("kill", "-STOP", str(hung))
    unit.wait_for(lambda: unit.pid() not in (0, hung), "another daemon")
    assert unit.starts() == starts + 1
    assert "Watchdog timeout" in unit.log()


def test_inference_that_never_ends_is_noticed_and_started_anew(
    unit: InstalledUnit, tmp_path: Path
) -> None:
    network = save_stuck_emotion(tmp_path)
    folder = unit.machine.path("/srv/network")
    folder.mkdir()
    for path in (network, network.with_suffix(".json")):
        shutil.copy(path, folder / path.name)
    restart_with(unit, f'{CONFIG}\n[models]\nemotion = "/srv/network/stuck.onnx"\n')
    starts = unit.starts()
    unit.wait_for(lambda: unit.starts() > starts, "the watchdog to bite")
    assert "Watchdog timeout" in unit.log()
    restart_with(unit, CONFIG)


def test_a_settings_file_that_is_wrong_on_reload_changes_nothing(unit: InstalledUnit) -> None:
    unit.configure('[panel]\nplace = "x"\nlanguag = \x00')
    pid = unit.pid()
    unit.systemctl("reload", "appliance.service")
    unit.wait_for(lambda: "the old ones stay" in unit.log(), "the mistake to be told")
    assert plays_on(unit) == {"playing", "rated", "stopped"}
    unit.configure(CONFIG)
    unit.systemctl("reload", "appliance.service")
    assert unit.pid() == pid


def test_a_weather_service_that_answers_with_noise_is_said_and_otherwise_ignored(
    unit: InstalledUnit,
) -> None:
    script = unit.machine.path("/opt/garbage_service.py")
    shutil.copy(Path(__file__).with_name("garbage_service.py"), script)
    service = unit.machine.start("python3", "/opt/garbage_service.py")
    weather = """
[surroundings]
weather = "open-meteo"
latitude = 37.5
longitude = 127.0
weather_url = "http://127.0.0.1:9009/v1/forecast"
"""
    restart_with(unit, CONFIG + weather)
    unit.wait_for(lambda: unit.status().get("weather_trouble"), "the noise to be told")
    assert unit.status()["weather"] is None
    service.kill()
    service.wait()
    restart_with(unit, CONFIG)


def test_without_network_and_names_from_power_on_it_plays(unit: InstalledUnit) -> None:
    restart_with(unit, f'{CONFIG}\n[surroundings]\nweather = "open-meteo"\n'
                       "latitude = 37.5\nlongitude = 127.0\n")  # fmt: skip
    unit.machine.pull_the_plug()
    unit.machine.unplug_network()
    unit.machine.boot()
    unit.wait_for(lambda: unit.status().get("sensing") == "on", "the unit")
    unit.wait_for(lambda: unit.status().get("weather_trouble"), "the lack of an answer to be told")
    assert plays_on(unit) == {"playing", "rated", "stopped"}
    unit.machine.plug_network()
    restart_with(unit, CONFIG)


@pytest.mark.parametrize("is_synced", [False, True])
def test_a_clock_that_jumps_ten_years_stops_nothing_and_loses_nothing(
    unit: InstalledUnit, is_synced: bool
) -> None:
    library = unit.run("sh", "-c", "ls /usr/lib/*/faketime/libfaketime.so.1").strip()
    set_clock(unit, 0)
    faked = f"{QUICK}Environment=LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE=/run/faketime"
    faked += " FAKETIME_CACHE_DURATION=1 FAKETIME_DONT_FAKE_MONOTONIC=1\n"
    if is_synced:
        unit.run("touch", "/dev/rtc0")  # as where a clock chip has kept the wrong time
    restart_with(unit, CONFIG, faked)
    unit.wait_for(lambda: unit.status().get("clock_synchronised") is is_synced, "the daemon")
    assert "playing" in plays_on(unit)
    starts = unit.starts()
    before = counts(unit)
    for days in (TEN_YEARS_D, -TEN_YEARS_D, 0):
        set_clock(unit, days)
        unit.wait_for(
            lambda days=days: (
                (last_year(unit) > 2031, last_year(unit) < 2021) == (days > 0, days < 0)
            ),
            "plays by the new clock",
            while_doing=lambda: plays_on(unit, 1),
        )
    assert unit.starts() == starts
    assert all(now >= then for now, then in zip(counts(unit), before, strict=True))
    unit.run("rm", "-f", "/dev/rtc0")
    restart_with(unit, CONFIG)


def set_clock(unit: InstalledUnit, days: int) -> None:
    # Whole at once: it is read with every look at the clock.
    unit.run("tee", "/run/faketime.new", stdin=f"{days:+d}d\n")
    unit.run("mv", "/run/faketime.new", "/run/faketime")


def last_year(unit: InstalledUnit) -> int:
    (at,) = unit.rows("SELECT at FROM play_events ORDER BY id DESC LIMIT 1")[0]
    return int(at[:4])


def counts(unit: InstalledUnit) -> list[int]:
    tables = ("play_events", "ratings", "visits", "decisions")
    return [unit.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables]


def test_a_disk_that_is_full_stops_no_screen_and_is_written_to_again(
    unit: InstalledUnit, tmp_path: Path
) -> None:
    with state_on_small_disk(unit, tmp_path):
        unit.systemctl("start", "appliance.service")
        unit.run("sh", "-c", f"cat /dev/zero >{STATE}/stuffing", check=False)
        unit.wait_for(lambda: "Nothing is recorded" in unit.log(), "the disk's end to be told",
                      while_doing=lambda: plays_on(unit))  # fmt: skip
        assert "stopped" in plays_on(unit)
        # And from power-on.
        unit.systemctl("restart", "appliance.service")
        assert "stopped" in plays_on(unit)
        unit.run("rm", f"{STATE}/stuffing")
        assert plays_on(unit, 4) == {"playing", "rated", "stopped"}
        unit.systemctl("stop", "appliance.service")


def test_a_card_that_becomes_read_only_stops_no_screen(unit: InstalledUnit, tmp_path: Path) -> None:
    with state_on_small_disk(unit, tmp_path) as disk:
        unit.systemctl("start", "appliance.service")
        assert plays_on(unit) == {"playing", "rated", "stopped"}
        pid = unit.pid()
        disk.fail()
        assert "stopped" in plays_on(unit, 4)
        assert (unit.pid(), "Nothing is recorded" in unit.log()) == (pid, True)
        # What a restart of the machine does.
        unit.systemctl("stop", "appliance.service")
        disk.unmount()
        disk.check()
        disk.mount()
        unit.systemctl("start", "appliance.service")
        assert plays_on(unit, 4) == {"playing", "rated", "stopped"}
        unit.systemctl("stop", "appliance.service")


@contextmanager
def state_on_small_disk(unit: InstalledUnit, folder: Path) -> Iterator[SmallDisk]:
    """The unit is off at the beginning, and on again after the end."""
    unit.systemctl("stop", "appliance.service")
    unit.run("mv", STATE, "/var/lib/aside")
    unit.run("mkdir", STATE)
    try:
        with small_disk(unit.machine, folder / "card", STATE) as disk:
            unit.run("cp", "-a", "/var/lib/aside/.", STATE)
            unit.run("sync")
            yield disk
            unit.run("cp", "-a", f"{STATE}/.", "/var/lib/aside")
    finally:
        unit.run("rmdir", STATE)
        unit.run("mv", "/var/lib/aside", STATE)
        unit.systemctl("start", "appliance.service")


def test_after_all_of_it_the_database_is_whole_and_every_play_proved(unit: InstalledUnit) -> None:
    assert unit.rows("PRAGMA integrity_check") == [["ok"]]
    unit.run(APPLIANCE, "report", "verify")
    assert "damaged" not in unit.run("ls", STATE)
