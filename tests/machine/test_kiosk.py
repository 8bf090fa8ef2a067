"""The whole unit as systemd runs it: daemon, compositor, browser, timers; rights and limits."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from appliance.camera.builtin import ASSETS
from tests.machine.base_tree import OPERATOR, RELEASE, skip_where_impossible
from tests.machine.installed_unit import APPLIANCE, STATE, InstalledUnit, installed_unit

pytestmark = pytest.mark.machine

CONFIG = """
[camera]
source = "builtin"
[session]
rating_timeout_s = 2
qr_timeout_s = 2
"""
SERVICES = ["appliance", "appliance-kiosk", "appliance-backup", "appliance-purge",
            "appliance-learn"]  # fmt: skip
EXPOSURE = {"appliance": 2.0, "appliance-kiosk": 2.5}
KIOSK = "appliance-kiosk.service"
PANEL = "http://127.0.0.1:8080/"
SCREENS = [(PANEL, screen) for screen in ("healing", "show", "rating", "qr")]


@pytest.fixture(scope="module")
def unit() -> Iterator[InstalledUnit]:
    skip_where_impossible()
    with installed_unit(CONFIG, kiosk=True) as unit:
        yield unit


def plays(unit: InstalledUnit) -> int:
    return int(unit.rows("SELECT count(*) FROM play_events WHERE event = 'playing'")[0][0])


def wait_until_it_plays(unit: InstalledUnit) -> None:
    """A clip that begins from now on, on the panel's page."""
    before = plays(unit)
    unit.wait_for(lambda: unit.status().get("pages", 0) >= 1, "the page of the panel")
    unit.wait_for(lambda: plays(unit) > before, "a clip to begin")


def start_slowly(unit: InstalledUnit, start_s: int) -> None:
    """A daemon that takes its time, as with a large database."""
    unit.amend("appliance.service", f"[Service]\nExecStartPre=/bin/sleep {start_s}\n")
    unit.systemctl("restart", "--no-block", "appliance.service")


def test_the_unit_files_are_sound_and_closed(unit: InstalledUnit) -> None:
    files = [f"/etc/systemd/system/{name}.service" for name in SERVICES]
    timers = [file.replace(".service", ".timer") for file in files[2:]]
    assert unit.run("systemd-analyze", "verify", *files, *timers) == ""
    for name, file in zip(SERVICES, files, strict=True):
        threshold = f"--threshold={EXPOSURE.get(name, 1.0) * 10:.0f}"
        # Its exit status is 1 above the threshold.
        unit.run("systemd-analyze", "security", "--offline=true", threshold, file)


def test_the_screen_shows_the_address_until_the_daemon_plays(unit: InstalledUnit) -> None:
    start_slowly(unit, 600)
    # As after power came on: the address stays for a while even where the daemon is quick.
    unit.run("rm", "-f", "/run/appliance-kiosk/been-on")
    unit.systemctl("restart", KIOSK)
    address = unit.machine.address
    unit.wait_for(lambda: address in str(unit.page()[1]), "the address on the screen")
    unit.machine.unplug_network()
    unit.wait_for(lambda: "no network" in str(unit.page()[1]), "the lack of a network")
    url, text = unit.page()
    assert url.startswith("file:///opt/appliance/current/kiosk_ui/waiting/")
    # It may have a camera open already.
    for line in ("표정을 추정합니다 · 영상은 저장하지 않습니다", "Starting in a moment"):
        assert line in text
    assert np.std(unit.screenshot()) > 10
    start_slowly(unit, 0)
    wait_until_it_plays(unit)
    assert unit.page()[0] == PANEL
    unit.machine.plug_network()
    shown = unit.screenshot()
    assert np.std(shown) > 10
    unit.wait_for(lambda: np.any(unit.screenshot() != shown), "the picture to move")


def test_the_daemon_has_no_right_it_does_not_need(unit: InstalledUnit) -> None:
    status = unit.run("cat", f"/proc/{unit.pid()}/status")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert facts["CapEff"] == facts["CapPrm"] == facts["CapBnd"] == "0" * 16
    assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")
    assert unit.property("User") == "appliance"
    for path in ("/etc/appliance/config.toml", f"{RELEASE}/appliance/errors.py", "/etc/x"):
        inside = f"/proc/{unit.pid()}/root{path}"
        said = unit.run("sh", "-c", f'echo >>"{inside}"', user="appliance", check=False)
        assert "cannot create" in said


def test_the_browsers_user_sees_neither_data_nor_network(unit: InstalledUnit) -> None:
    for path in ("/etc/appliance/config.toml", f"{STATE}/appliance.db"):
        assert "Permission denied" in unit.run("cat", path, user="appliance-kiosk", check=False)
    # From the service's control group the unit's own address is out of reach already.
    group = "/sys/fs/cgroup/system.slice/appliance-kiosk.service/cgroup.procs"
    ask = "curl -s -o /dev/null -w '%{http_code}' --max-time 2"
    lan = f"http://{unit.machine.address}:8081/"
    assert unit.run("sh", "-c", f"{ask} {lan}", check=False) != "000"
    inside = f"echo $$ >{group}; {ask} {lan}; {ask} {PANEL}"
    assert unit.run("sh", "-c", inside, check=False) == "000200"


def test_a_daemon_that_dies_is_found_again_by_the_same_page(unit: InstalledUnit) -> None:
    browser = unit.pid(KIOSK)
    unit.run("systemctl", "kill", "--signal=KILL", "appliance.service")
    unit.wait_for(lambda: unit.status().get("uptime_s", 99) < 15, "another daemon")
    wait_until_it_plays(unit)
    assert unit.pid(KIOSK) == browser


def test_the_unit_proves_its_privacy_with_a_temporary_folder_of_its_own(
    unit: InstalledUnit,
) -> None:
    unit.wait_for(lambda: unit.status().get("pages") == 1, "the page of the panel")
    found = check_privacy(unit)
    verdicts = {part: each["verdict"] for part, each in found.items()}
    assert verdicts.pop("retention") in ("ok", "warn")  # by whether the clock is set
    assert set(verdicts.values()) == {"ok"}, found
    picture = unit.machine.path("/root/planted.jpg")
    picture.write_bytes((ASSETS / "astronaut.jpg").read_bytes()[:-40])
    planted = [f"/proc/{unit.pid()}/root{folder}/x" for folder in ("/tmp", "/run/appliance")]
    for path in planted:
        unit.run("install", "--owner=appliance", "/root/planted.jpg", path)
    shared = check_privacy(unit)["shared"]
    unit.run("rm", *planted)
    assert shared["verdict"] == "fail"
    assert "/tmp/x" in shared["message"]
    assert "/run/appliance/x" in shared["message"]


def check_privacy(unit: InstalledUnit) -> dict[str, dict[str, str]]:
    said = unit.run(APPLIANCE, "privacy-check", "--json", check=False)
    return {finding["part"]: finding for finding in json.loads(said)}


@pytest.mark.parametrize("part", ["--type=renderer", "/usr/lib/chromium/chromium"])
def test_a_browser_that_dies_comes_back(unit: InstalledUnit, part: str) -> None:
    """Its page alone ("Aw, snap"), or all of it; the second comes back as on a small machine."""
    unit.wait_for(lambda: unit.status().get("pages") == 1, "the page of the panel")
    # A page that is lost in the first seconds may still be coming up.
    unit.wait_for(lambda: unit.status().get("uptime_s", 0) > 16, "the daemon to have settled")
    before = unit.pid(KIOSK)
    is_whole = not part.startswith("--")
    if is_whole:
        unit.run("sh", "-c", "echo APPLIANCE_KIOSK_MEMORY_KB=900000 >>/etc/appliance/kiosk.env")
    unit.run("pkill", "--signal=KILL", "--uid=appliance-kiosk", "--full", "--", part)
    unit.wait_for(lambda: unit.pid(KIOSK) not in (0, before), "another browser")
    screen = "window.__maum?.snapshot?.screen"
    unit.wait_for(lambda: unit.page(screen) in SCREENS, "the panel to show a screen")
    words = unit.run("pgrep", "--uid=appliance-kiosk", "--list-full", "cage")
    assert ("--enable-low-end-device-mode" in words) is is_whole


def test_a_page_that_hangs_is_started_anew_whatever_else_listens(unit: InstalledUnit) -> None:
    """Renderers that are stopped keep their connections: to the daemon the page looks open."""
    wait_until_it_plays(unit)
    before = unit.pid(KIOSK)
    up_s = ("ps", "-o", "etimes=", "-p", str(before))
    unit.wait_for(lambda: int(unit.run(*up_s)) > 45, "the browser to have settled")
    listener = unit.machine.start("curl", "-sN", "--max-time", "80", f"{PANEL}events")
    unit.run("pkill", "--signal=STOP", "--uid=appliance-kiosk", "--full", "--", "--type=renderer")
    unit.wait_for(lambda: "page-silent" in unit.status().get("troubles", ()), "the trouble", 40)
    unit.wait_for(lambda: unit.pid(KIOSK) not in (0, before), "another browser", 60)
    unit.wait_for(lambda: "page-silent" not in unit.status()["troubles"], "the page's frames")
    wait_until_it_plays(unit)
    listener.kill()


def test_the_page_s_key_is_the_kiosk_s_alone(unit: InstalledUnit) -> None:
    key = "/run/appliance-page/key"
    words = unit.run("cat", key, user="appliance-kiosk").strip()
    assert len(words) == 32
    assert "Permission denied" in unit.run("cat", key, user=OPERATOR, check=False)
    assert words not in unit.run("ps", "-eo", "args")
    assert words not in unit.run("journalctl", "--no-pager")
    assert unit.page("location.hash")[1] == ""


def test_the_browser_has_a_cursor_that_cannot_be_seen(unit: InstalledUnit) -> None:
    """Of one transparent point, by the format of Xcursor(3)."""
    folder = "/run/appliance-kiosk/cursors"
    cage = unit.run("pgrep", "--uid=appliance-kiosk", "cage").split()[0]
    given = unit.run("cat", f"/proc/{cage}/environ").split("\0")
    assert {"XCURSOR_THEME=blank", f"XCURSOR_PATH={folder}"} <= set(given)
    for name in ("default", "left_ptr"):
        text = unit.run(
            "od", "-An", "-v", "-tx4", "--endian=little", f"{folder}/blank/cursors/{name}"
        )
        words = [int(word, 16) for word in text.split()]
        magic, header, version, entries, kind, size, place = words[:7]
        assert (magic, header, version, entries) == (0x72756358, 16, 0x10000, 1)
        assert (kind, place) == (0xFFFD0002, 28)
        assert words[7:] == [36, kind, size, 1, 1, 1, 0, 0, 0, 0]


def test_films_that_were_overwritten_give_way_to_one_that_was_not(unit: InstalledUnit) -> None:
    last = "SELECT clip_id FROM play_events WHERE clip_kind = 'healing' ORDER BY id DESC LIMIT 1"
    unit.wait_for(lambda: unit.rows(last), "a film to play")
    ((good, clip_id),) = unit.rows(f"SELECT file, id FROM clips WHERE id = ({last})")
    spoil = f"cd {STATE}/clips && for each in *.mp4; do [ $each = {good} ] || echo >$each; done"
    unit.run("sh", "-c", spoil)
    ((newest,),) = unit.rows("SELECT max(id) FROM play_events")
    unit.page("location.reload()")
    since = f"SELECT clip_id FROM play_events WHERE event = 'playing' AND id > {newest}"
    unit.wait_for(lambda: [clip_id] in unit.rows(since), "the film that is whole to play")


def test_the_timers_do_what_the_daemon_has_left_and_nothing_else(unit: InstalledUnit) -> None:
    timers = unit.run("systemctl", "list-timers", "--no-legend", "appliance-*")
    assert [line.split()[-1] for line in timers.splitlines()] == [
        f"{name}.service" for name in SERVICES[2:]
    ]
    for service in SERVICES[2:]:
        unit.systemctl("start", service)
    backups = f"{STATE}/backups"
    assert len(unit.run("ls", backups).split()) == 1
    unit.run("sh", "-c", f"cd {backups} && mv *.tar maum-database-20200101T000000Z.tar")
    # As where no daemon runs at night.
    unit.systemctl("stop", "appliance.service")
    unit.run("touch", "/dev/rtc0")
    unit.systemctl("start", "appliance-backup.service")
    unit.run("rm", "/dev/rtc0")
    assert len(unit.run("ls", backups).split()) == 2
    unit.systemctl("start", "appliance.service")


def test_the_limits_of_log_and_watchdog_are_in_force(unit: InstalledUnit) -> None:
    assert unit.run("systemctl", "show", "-P", "RuntimeWatchdogUSec").strip() == "14s"
    log = unit.run("systemd-analyze", "cat-config", "systemd/journald.conf")
    assert "SystemMaxUse=64M" in log
    # Storage=persistent.
    assert "system.journal" in unit.run("sh", "-c", "ls /var/log/journal/*")


def test_installing_again_changes_nothing(unit: InstalledUnit) -> None:
    look = "find /etc -type f -printf '%p %T@\\n'; find /etc -type l -printf '%p %l\\n'"
    before, pid = unit.run("sh", "-c", look), unit.pid()
    unit.run(f"{RELEASE}/systemd/install.sh", RELEASE)
    assert unit.run("sh", "-c", look) == before
    assert unit.pid() == pid


def test_uninstalling_gives_the_screen_back_and_keeps_the_data(unit: InstalledUnit) -> None:
    unit.run(f"{RELEASE}/systemd/uninstall.sh")
    left = unit.run("find", "/etc", "/usr/local/bin", "-name", "*appliance*", "!", "-name", "*.d")
    assert left.split() == ["/etc/appliance"]
    assert unit.run("systemctl", "is-enabled", "getty@tty1.service").strip() == "enabled"
    assert unit.run("sh", "-c", f"ls {STATE}/appliance.db /etc/appliance/config.toml")
    unit.run(f"{RELEASE}/systemd/uninstall.sh", "--purge")
    gone = unit.run("ls", STATE, "/etc/appliance", "/opt/appliance", check=False)
    assert gone.count("No such file") == 3
    assert "no such user" in unit.run("id", "appliance", check=False)
