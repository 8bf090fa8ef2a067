"""``appliance privacy-check`` on a running unit: clean as it is, and each planted thing found."""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from appliance.camera.builtin import ASSETS, BuiltinCamera
from appliance.cli import doctor_unit
from appliance.cli.context import Context
from appliance.cli.devtools import ask_page
from appliance.cli.findings import Verdict
from appliance.cli.privacy_audit import Audit
from appliance.cli.privacy_check import CHECKS
from appliance.daemon.clock import has_right_time
from tests.end_to_end.unit_process import APPLIANCE, UnitProcess

pytestmark = pytest.mark.end_to_end

UNIT_UID = 61_712
"""Nobody's: what it owns in shared folders is the unit's."""

FACE = cv2.imread(str(ASSETS / "astronaut.jpg"))[60:170, 160:260]
JPEG = cv2.imencode(".jpg", FACE)[1].tobytes()
FRAME = BuiltinCamera(640, 480, 8).draw(20.0)

PLANTED_IN_THE_PROCESS = f"""
import base64, os, socket, tempfile, threading, time
deleted = tempfile.TemporaryFile()
deleted.write(base64.b64decode("{base64.b64encode(JPEG).decode()}"))
deleted.flush()
memory = os.memfd_create("crop")
os.write(memory, base64.b64decode("{base64.b64encode(FACE.tobytes()).decode()}"))
extra = socket.create_server(("127.0.0.1", 0))
def ask():
    while True:
        # Of datagrams: nothing is sent.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            try:
                asking.connect(("203.0.113.7", 443))
            except OSError:
                pass
        time.sleep(0.3)
threading.Thread(target=ask, daemon=True).start()
"""


def unit_in(folder: Path, script: str = "") -> UnitProcess:
    folder.chmod(0o755)
    os.chown(folder, UNIT_UID, UNIT_UID)
    return UnitProcess(folder, "builtin", uid=UNIT_UID, script=script)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Not below pytest's own folder, which another user cannot enter."""
    if os.geteuid() != 0:
        pytest.skip("NOT ROOT: the daemon's open files and sockets are hidden from others")
    path = Path(tempfile.mkdtemp(prefix="maum-unit-"))
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def unit(folder: Path) -> Iterator[UnitProcess]:
    with unit_in(folder) as unit:
        unit.wait_for(lambda: unit.status()["sensing"] == "on", "the camera")
        yield unit


def check(unit: UnitProcess, part: str) -> tuple[Verdict, str]:
    return CHECKS[part](Audit(Context(unit.state_dir, unit.config_path)))


def typed(unit: UnitProcess, config: Path) -> tuple[int, dict[str, dict[str, str]]]:
    command = [str(APPLIANCE), "--state-dir", str(unit.state_dir), "--config", str(config)]
    done = subprocess.run(
        [*command, "privacy-check", "--json"], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, {finding["part"]: finding for finding in json.loads(done.stdout)}


def test_a_unit_that_runs_is_clean_and_shows_its_notice(
    unit: UnitProcess, kiosk: Callable[..., int]
) -> None:
    status, found = typed(unit, unit.config_path)
    expected = dict.fromkeys(CHECKS, "ok") | {"notice": "warn"}
    if not has_right_time():
        expected["retention"] = "warn"
    assert {part: each["verdict"] for part, each in found.items()} == expected, found
    assert "no browser" in found["notice"]["message"]
    assert status == 0
    devtools = kiosk(unit.page_url)
    config = unit.config_path.with_name("with-kiosk.toml")
    text = unit.config_path.read_text("utf-8")
    config.write_text(text.replace("[panel]", f"[panel]\ndevtools_port = {devtools}"), "utf-8")

    def seen() -> tuple[Verdict, str]:
        return CHECKS["notice"](Audit(Context(unit.state_dir, config)))

    unit.wait_for(lambda: seen()[0] is Verdict.OK, "the notice on the page")
    assert "1 page(s) open" in doctor_unit.browser(Context(unit.state_dir, config))[1]
    for style, wrong in {
        "opacity: 0": "cannot be seen",
        "transform: translateX(50%)": "is not wholly on the screen",
        "pointer-events: none": "is covered",  # what lies behind is found in its place
        "font-size: 1px": "is too small to read",
    }.items():
        panel = int(unit.panel_url.rpartition(":")[2])
        draw = f"document.getElementById('notice').style.cssText = '{style}'"
        draw += f"; document.getElementById('notice-words').style.cssText = '{style}'"
        ask_page(devtools, panel, "Runtime.evaluate", {"expression": draw}, str)
        # The page's own transitions take a moment.
        unit.wait_for(lambda wrong=wrong: wrong in seen()[1], f"{wrong!r}", 15)
        assert seen()[0] is Verdict.FAIL


PLANTED: dict[str, tuple[str, bytes]] = {
    "a JPEG": ("log.txt", JPEG),
    "a NumPy array": ("clips/x.npy", b"\x93NUMPY\x01\x00v\x00" + FACE.tobytes()),
    "a raw frame": ("cache", FRAME.tobytes()),
    "an embedding": ("models/vectors", np.linspace(-1, 1, 512, dtype=np.float32).tobytes()),
}


@pytest.mark.parametrize("what", PLANTED)
def test_a_file_in_its_folder_is_found(unit: UnitProcess, what: str) -> None:
    name, content = PLANTED[what]
    path = unit.state_dir / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    try:
        verdict, message = check(unit, "files")
    finally:
        path.unlink()
    assert (verdict, name in message) == (Verdict.FAIL, True), message


def test_a_film_waiting_in_the_drop_folder_is_the_operators(unit: UnitProcess) -> None:
    path = unit.state_dir / "drop" / "failed" / "film.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\0\0\0\x18ftypisom" + b"\0" * 100)
    try:
        assert check(unit, "files")[0] is Verdict.WARN
    finally:
        path.unlink()


@pytest.mark.parametrize("place", ["/dev/shm", "/tmp"])
def test_a_file_of_its_user_in_a_shared_folder_is_found(unit: UnitProcess, place: str) -> None:
    path = Path(place) / f"maum-test-{os.getpid()}"
    path.write_bytes(JPEG)
    try:
        # Somebody else's.
        assert check(unit, "shared")[0] is Verdict.OK
        os.chown(path, UNIT_UID, UNIT_UID)
        verdict, message = check(unit, "shared")
    finally:
        path.unlink()
    assert (verdict, str(path) in message) == (Verdict.FAIL, True), message


def test_base64_in_a_table_is_found(unit: UnitProcess) -> None:
    connection = sqlite3.connect(unit.state_dir / "appliance.db", isolation_level=None)
    text = base64.b64encode(JPEG).decode()
    connection.execute("INSERT INTO meta VALUES ('planted', ?)", (f"data:image/jpeg;{text}",))
    try:
        verdict, message = check(unit, "database")
    finally:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("DELETE FROM meta WHERE key = 'planted'")
        connection.close()
    assert (verdict, "table meta, column value" in message) == (Verdict.FAIL, True), message


def test_seconds_older_than_the_settings_keep_are_found(unit: UnitProcess) -> None:
    connection = sqlite3.connect(unit.state_dir / "appliance.db", isolation_level=None)
    connection.execute(
        "INSERT INTO visits (started_at, local_date, tz_offset_minutes, clock_synced)"
        " VALUES ('2019-01-01T00:00:00.000Z', '2019-01-01', 540, 1)"
    )
    connection.close()
    verdict, message = check(unit, "retention")
    expected = Verdict.FAIL if has_right_time() else Verdict.WARN
    assert (verdict, "of visits" in message) == (expected, True), message


def test_what_the_process_holds_opens_and_asks_is_found(folder: Path) -> None:
    place = folder / "planted"
    place.mkdir()
    with unit_in(place, PLANTED_IN_THE_PROCESS) as unit:
        verdict, message = check(unit, "open files")
        assert verdict is Verdict.FAIL
        assert "(deleted): JPEG" in message
        assert "memfd:crop (deleted): rows of pixels" in message
        verdict, message = check(unit, "sockets")
        assert (verdict, "listens on 127.0.0.1:" in message) == (Verdict.FAIL, True), message
        unit.wait_for(lambda: unit.status()["contacted"], "the unit to ask")
        verdict, message = check(unit, "requests")
        assert (verdict, "203.0.113.7:443" in message) == (Verdict.FAIL, True), message
        assert check(unit, "memory")[0] is Verdict.OK
    (unit.state_dir / "running.json.bak").write_bytes(JPEG)
    status, found = typed(unit, unit.config_path)
    assert status == 1
    assert "JPEG; find out what wrote it, then delete it" in found["files"]["message"]
    # Of a unit that does not run nothing else is proved.
    for part in ("open files", "sockets", "requests", "memory"):
        assert found[part]["verdict"] == "fail"
        assert "not proved: no unit runs" in found[part]["message"]


def test_the_port_of_the_panel_is_that_of_the_page(unit: UnitProcess) -> None:
    verdict, message = check(unit, "sockets")
    assert (verdict, f"127.0.0.1:{urlsplit(unit.panel_url).port}" in message) == (Verdict.OK, True)
