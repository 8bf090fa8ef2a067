"""The built wheel is the whole unit: installed where nothing of the checkout can be seen."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser

from tests.conftest import ROOT
from tests.end_to_end.unit_process import UnitProcess
from tests.machine.base_tree import RELEASE, copy_release

pytestmark = pytest.mark.end_to_end

BROUGHT = ("appliance", "kiosk_ui", "models/artifacts")
PORTRAIT = ROOT / "appliance" / "camera" / "assets" / "astronaut.jpg"
BUILD = "import setuptools.build_meta as made; print(getattr(made, '{}')({!r}))"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is under version control, where building leaves the checkout alone."""
    folder = tmp_path_factory.mktemp("source")
    copy_release(folder)
    return folder / RELEASE.lstrip("/")


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """Built as README says, without a package index: with the locked setuptools."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"]
    command += ["--no-build-isolation", f"--wheel-dir={source / 'dist'}", str(source)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment with the wheel alone; the packages that it needs are seen
    through a line of their own, which does not make this environment's checkout visible.
    """
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet"]
    subprocess.run([*pip, "--no-index", "--no-deps", wheel], check=True, capture_output=True)
    (site,) = folder.glob("lib/python3*/site-packages")
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "appliance"


def contents(wheel: Path) -> dict[str, int]:
    with zipfile.ZipFile(wheel) as archive:
        return {each.filename: each.CRC for each in archive.infolist()}


def call(command: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([command, *words], capture_output=True, text=True, check=False)


def test_a_wheel_holds_every_file_of_the_unit(source: Path, wheel: Path) -> None:
    held = {name.replace("appliance/shipped/", "") for name in contents(wheel)}
    files = [path for place in BROUGHT for path in (source / place).rglob("*") if path.is_file()]
    assert len(files) > 300
    assert {str(path.relative_to(source)) for path in files} - held == set()


def test_a_source_distribution_builds_the_same_wheel(source: Path, wheel: Path) -> None:
    def build(what: str, folder: Path) -> Path:
        script = BUILD.format(what, str(source / "dist"))
        made = subprocess.run(
            [sys.executable, "-c", script], cwd=folder, check=True, capture_output=True, text=True
        )
        return source / "dist" / made.stdout.splitlines()[-1]

    archive = build("build_sdist", source)
    subprocess.run(["tar", "-xzf", archive], cwd=archive.parent, check=True)
    before = contents(wheel)
    again = build("build_wheel", archive.with_name(archive.name.removesuffix(".tar.gz")))
    assert contents(again) == before


def test_a_file_that_is_gone_is_not_in_the_next_wheel(source: Path, wheel: Path) -> None:
    """pip builds where the sources lie, and setuptools copies onto what an earlier build left."""
    left = source / "build" / "lib" / "appliance" / "gone.py"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.touch()
    script = BUILD.format("build_wheel", str(source / "again"))
    subprocess.run([sys.executable, "-c", script], cwd=source, check=True, capture_output=True)
    assert contents(source / "again" / wheel.name) == contents(wheel)


def test_the_demo_of_an_installed_wheel_plays_in_a_browser(
    installed: Path, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    with UnitProcess(tmp_path, "builtin", demo=True, program=installed) as unit:
        assert unit.process.cwd() == str(empty)
        page = browser.new_page()
        page.goto(unit.page_url)
        unit.wait_for(
            lambda: unit.rows("SELECT * FROM play_events WHERE event = 'playing'"),
            "the page to report a clip that plays",
        )
        status = unit.wait_for(
            lambda: (now := unit.status())["frames_per_s"] and now["networks"][1:] and now,
            "frames that both networks look at",
        )
        assert [name.rpartition(" ")[2] for name in status["networks"]] == ["(shipped)"] * 2
        assert status["network_troubles"] == []
        assert "시청역" in requests.get(f"{unit.phone_url}/", timeout=10).text
        page.close()


def test_commands_of_an_installed_wheel_find_what_they_read(
    installed: Path, tmp_path: Path
) -> None:
    version = call(installed, "version")
    assert (version.returncode, version.stderr) == (0, "")
    assert "all as tested" in version.stdout
    (seen,) = map(json.loads, call(installed, "see", "--json", PORTRAIT).stdout.splitlines())
    assert seen["faces"][0]["expression"] == "happy"
    doctor = call(installed, "--state-dir", tmp_path, "--config", "none", "doctor", "--json")
    verdicts = {each["part"]: each["verdict"] for each in json.loads(doctor.stdout)}
    assert verdicts["networks"] == "ok"


def test_the_wheel_is_what_was_run(installed: Path) -> None:
    """Else all this would prove nothing."""
    script = "import appliance, sys; print(appliance.__file__, *sys.path, sep='\\n')"
    # -P: without the folder that the tests run in, as in a command.
    told = call(installed.with_name("python"), "-P", "-c", script).stdout.splitlines()
    assert told[0].startswith(str(installed.parents[1]))
    assert str(ROOT) not in told
