"""What the kiosk is told, and how long systemd is patient."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from appliance.daemon.panel_place import KEY_NAME, NAME, give_key, tell_kiosk
from appliance.daemon.systemd_notify import USUAL_PATIENCE_S, SystemdNotifier

KEY = "0123456789abcdef" * 2


def test_the_kiosks_user_reads_the_ports_in_the_services_folder(tmp_path: Path) -> None:
    assert give_key(KEY, {"RUNTIME_DIRECTORY": str(tmp_path)}, tmp_path)
    tell_kiosk("http://127.0.0.1:8123", 9333, {"RUNTIME_DIRECTORY": str(tmp_path)})
    assert (tmp_path / NAME).read_text() == "PANEL_PORT=8123\nDEVTOOLS_PORT=9333\n"
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o644
    assert (tmp_path / KEY_NAME).read_text() == f"{KEY}\n"
    # Its group is that of the folder; see tests/machine.
    assert stat.S_IMODE((tmp_path / KEY_NAME).stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == [KEY_NAME, NAME]


def test_without_a_service_nothing_is_written_and_a_failure_is_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert not give_key(KEY, {})
    tell_kiosk("http://127.0.0.1:8123", 9333, {})
    missing = {"RUNTIME_DIRECTORY": str(tmp_path / "none")}
    assert give_key(KEY, missing, tmp_path / "none")
    tell_kiosk("http://127.0.0.1:8123", 9333, missing)
    assert [record.getMessage() for record in caplog.records] == [
        "The kiosk cannot be given its page's key (No such file or directory): nothing it shows is"
        " proved; run the release's systemd/install.sh again",
        "The kiosk cannot be told the panel's port (No such file or directory)",
    ]


@pytest.mark.parametrize(
    ("given", "patience_s"),
    [("4000000", 4.0), ("", USUAL_PATIENCE_S), ("0", USUAL_PATIENCE_S), ("x", USUAL_PATIENCE_S)],
)
def test_the_watchdogs_patience_is_systemds(given: str, patience_s: float) -> None:
    assert SystemdNotifier({"WATCHDOG_USEC": given}).patience_s == patience_s
