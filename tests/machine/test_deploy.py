"""``deploy.sh`` against a booted Debian with a real sshd, as an operator with sudo uses it.

The tests share one machine and follow each other as an operator's days do: each leaves a unit that
runs.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.machine.base_tree import debian_tree, skip_where_impossible, wheelhouse
from tests.machine.container import Container, container
from tests.machine.installed_unit import HEADLESS
from tests.machine.workstation import Done, Workstation

pytestmark = [pytest.mark.machine, pytest.mark.timeout(600)]

BASE = "/opt/appliance"
STATE = "/var/lib/appliance"
DATABASE = f"{STATE}/appliance.db"
MIGRATION = "CREATE TABLE of_another_time (id INTEGER PRIMARY KEY);\n"
QUICK_STEPS = (
    "look", "want-release", "receive-release", "verify-release", "packages", "venv", "try",
    "config",
)  # fmt: skip
TRIAL_STEPS = ("trial", "stop", "backup", "install", "switch", "start", "playing", "confirm")


@dataclass(frozen=True)
class Site:
    """An operator's computer and the one machine that is deployed to."""

    desk: Workstation
    machine: Container
    first: Done
    """How the first deploy on the blank machine went."""

    @property
    def release(self) -> str:
        return self.machine.path(f"{BASE}/current").readlink().name

    def status(self) -> dict[str, Any]:
        """What the daemon says of itself; empty while it does not answer."""
        said = self.machine.run(f"{BASE}/current/.venv/bin/appliance", "status", "--json",
                                check=False)  # fmt: skip
        return dict(json.loads(said)) if said.startswith("{") else {}

    def schema(self) -> int:
        sql = "SELECT max(version) FROM schema_migrations"
        script = (
            f"import sqlite3; print(*sqlite3.connect('{DATABASE}').execute('{sql}').fetchone())"
        )
        return int(self.machine.run("python3", "-c", script))

    def settle(self, condition: Callable[[], bool], what: str, timeout_s: float = 60) -> None:
        end_s = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < end_s, f"waited in vain for {what}"
            time.sleep(0.2)

    def browser_pid(self) -> str:
        return self.machine.run("systemctl", "show", "-P", "MainPID", "appliance-kiosk").strip()

    def is_on_trial(self) -> bool:
        return self.machine.path(f"{BASE}/trial").exists()

    def listing(self) -> str:
        """All that a deploy could change, with the times; the scripts themselves are sent anew."""
        return self.machine.run(
            "find", f"{BASE}/current", f"{BASE}/releases", f"{BASE}/history", "/etc", "/usr/local",
            "-printf", "%p %T@ %C@ %l\n",
        )  # fmt: skip


@pytest.fixture(scope="module")
def machine() -> Iterator[Container]:
    """A blank machine. Whole environments are written to it, so its disk is in memory."""
    skip_where_impossible()
    with container([debian_tree()], in_memory=True) as made:
        etc = made.path("/etc/appliance")
        etc.mkdir()
        (etc / "kiosk.env").write_text(HEADLESS)
        made.boot()
        yield made


@pytest.fixture(scope="module")
def site(machine: Container, tmp_path_factory: pytest.TempPathFactory) -> Site:
    desk = Workstation(tmp_path_factory.mktemp("desk"), machine)
    settings = desk.checkout.parent / "settings.toml"
    settings.write_text('[panel]\nplace = "Stop 12"\n')
    # A first attempt is cut off while pip works over there; the second waits for that and goes on.
    desk.deploy_and_vanish("pip: installing", "--wheelhouse", str(wheelhouse()))
    first = desk.deploy("--config", settings)
    assert first.status == 0, first.said
    return Site(desk, machine, first)


def test_a_blank_machine_plays_after_one_command(site):
    assert site.first.rows["unit"]["RESULT"] == "deployed"
    assert site.first.rows["unit"]["RELEASE"] == site.release
    status = site.status()
    assert status["pages"] == 1
    assert status["clip"]
    steps = re.findall(r"^\d\d:\d\d:\d\d  unit  (\w+): ", site.first.said, re.MULTILINE)
    assert {"release", "packages", "venv", "try", "install", "switch", "playing"} <= set(steps)
    assert "a step of an earlier deploy still runs" in site.first.said
    mode = site.machine.run("stat", "-c", "%U %a", f"{BASE}/releases/{site.release}/appliance")
    assert mode == "root 755\n"
    assert "Stop 12" in site.machine.path("/etc/appliance/config.toml").read_text()


def test_twice_in_a_row_changes_nothing(site):
    before, pid = site.listing(), site.status()["pid"]
    done = site.desk.deploy()
    assert done.status == 0, done.said
    assert done.rows["unit"]["RESULT"] == "unchanged"
    assert site.listing() == before
    assert site.status()["pid"] == pid


def test_settings_are_judged_by_the_new_release_before_anything_is_switched(site, given):
    release, pid = site.release, site.status()["pid"]
    before = site.machine.path("/etc/appliance/config.toml").read_text()
    settings = given / "settings.toml"
    settings.write_text('[panel]\nplacee = "Stop 13"\n')
    done = site.desk.deploy("--config", settings)
    assert done.status == 1
    assert "did you mean 'panel.place'" in done.rows["unit"]["NOTE"]
    assert site.machine.path("/etc/appliance/config.toml").read_text() == before
    assert (site.release, site.status()["pid"]) == (release, pid)
    # Right ones are taken over, and the page that is the same stays on the screen.
    browser = site.browser_pid()
    settings.write_text('[panel]\nplace = "Stop 13"\n')
    done = site.desk.deploy("--config", settings)
    assert done.rows["unit"]["RESULT"] == "deployed", done.said
    assert "Stop 13" in site.machine.path("/etc/appliance/config.toml").read_text()
    assert site.release == release
    assert site.browser_pid() == browser


def test_a_release_whose_page_does_not_play_gives_way(site):
    release = site.release
    page = site.desk.checkout / "kiosk_ui/panel/panel.js"
    good = page.read_text()
    site.desk.edit("kiosk_ui/panel/panel.js", "throw new Error('broken');\n")
    # Without anybody to wait for it, it is given up at once.
    site.desk.deploy_and_vanish("waiting until the unit plays", "--wait", "100")
    site.settle(lambda: not site.is_on_trial(), "the way back")
    assert site.release == release
    done = site.desk.deploy("--wait", "6")
    page.write_text(good)
    assert done.rows["unit"]["RESULT"] == "rolled back", done.said
    assert "no browser shows the panel" in done.rows["unit"]["NOTE"]
    assert site.release == release
    site.settle(lambda: site.status().get("pages") == 1, "the old page")


def test_a_power_cut_during_the_trial_brings_the_old_release_back(site):
    release, browser = site.release, site.browser_pid()
    site.desk.edit("kiosk_ui/panel/panel.js", "// Another page.\n")
    site.desk.deploy_and_vanish("waiting until the unit plays")
    # Another page is shown by another browser: the old one's reports would prove nothing.
    assert site.browser_pid() != browser
    site.machine.pull_the_plug()
    assert site.is_on_trial()
    assert site.release != release
    site.machine.boot()
    assert not site.is_on_trial()
    assert site.release == release
    assert site.status()["screen"]


def test_several_hosts_at_once_end_in_one_table(site):
    done = site.desk.run("deploy", "unit", "twin", "nobody", "--no-kiosk")
    assert done.status == 1
    # Both names lead to the same machine, which takes one deploy at a time.
    results = sorted((done.rows[name]["RESULT"], done.rows[name]["NOTE"]) for name in
                     ("unit", "twin"))  # fmt: skip
    assert results[0] == ("deployed", "the daemon is ready (no kiosk)"), done.said
    assert results[1][0] == "failed"
    assert "another deploy is under way" in results[1][1]
    assert "connection refused" in done.rows["nobody"]["NOTE"]
    assert site.machine.run("systemctl", "is-active", "appliance-kiosk", check=False) == (
        "inactive\n"
    )


def test_killed_at_any_step_the_old_release_runs_on(site):
    release, schema = site.release, site.schema()
    site.desk.edit("appliance/daemon/app.py", "# Another release.\n")
    number = schema + 1
    migration = site.desk.checkout / f"appliance/store/migrations/{number:04}_another_time.sql"
    migration.write_text(MIGRATION)
    for step in (*QUICK_STEPS, *TRIAL_STEPS):
        done = site.desk.deploy("--no-kiosk", stop_at=step)
        assert f"{step}: stopped here" in done.said, f"{step}: {done.said}"
        assert done.status == 1, step
        assert not site.is_on_trial(), step
        assert site.release == release, step
        assert site.schema() == schema, step
        assert site.machine.run("systemctl", "is-active", "appliance").strip() == "active", step
    done = site.desk.deploy("--no-kiosk")
    assert done.rows["unit"]["RESULT"] == "deployed", done.said
    assert site.release == done.rows["unit"]["RELEASE"] != release
    assert site.schema() == number


def test_rollback_asks_before_it_gives_rows_away(site):
    newer = site.release
    refused = site.desk.run("rollback", "unit")
    assert refused.status == 1
    assert "--restore-database" in refused.rows["unit"]["NOTE"]
    assert site.release == newer
    done = site.desk.run("rollback", "unit", "--restore-database")
    assert done.rows["unit"]["RESULT"] == "went back", done.said
    assert site.release != newer
    assert list(site.machine.path(STATE).glob("before-restore-*/appliance.db"))
    # Twice is back again.
    done = site.desk.run("rollback", "unit")
    assert done.rows["unit"]["RESULT"] == "went back", done.said
    assert site.release == newer


def test_a_release_that_does_not_start_gives_way(site):
    release = site.release
    source = site.desk.checkout / "appliance/daemon/app.py"
    good = source.read_text()
    source.write_text(good.replace("    keep_memory_private()\n", "    raise OSError('broken')\n"))
    done = site.desk.deploy("--no-kiosk")
    source.write_text(good)
    assert done.status == 1
    assert done.rows["unit"]["RESULT"] == "rolled back", done.said
    assert "broken" in done.rows["unit"]["NOTE"]
    assert site.release == release
    assert site.status()["screen"]


def test_status_and_logs_of_hosts(site):
    done = site.desk.run("status", "unit", "stranger", "locked")
    assert done.status == 1
    assert done.rows["unit"]["RESULT"] == "running"
    assert done.rows["unit"]["RELEASE"] == site.release
    assert "GB free" in done.rows["unit"]["NOTE"]
    assert "its host key is not known yet" in done.rows["stranger"]["NOTE"]
    assert "it refuses your key" in done.rows["locked"]["NOTE"]
    lines = site.desk.run("logs", "unit", "--lines", "5").printed.splitlines()
    assert len(lines) == 5
    assert "appliance" in lines[-1]


def test_uninstalled_it_is_gone_and_its_data_stays(site):
    done = site.desk.run("uninstall", "unit")
    assert done.rows["unit"]["RESULT"] == "uninstalled", done.said
    gone = (BASE, "/usr/local/bin/appliance", "/etc/systemd/system/appliance.service",
            "/etc/systemd/system/appliance-undo.service")  # fmt: skip
    assert not [each for each in gone if site.machine.path(each).exists()]
    assert site.machine.path(DATABASE).exists()
    assert site.machine.path("/etc/appliance/config.toml").exists()
    assert site.desk.run("status", "unit").rows["unit"]["RESULT"] == "not there"
    done = site.desk.run("uninstall", "unit", "--purge")
    assert not Path(site.machine.path(STATE)).exists()
