"""Every package that is installed is pinned, by version and checksum, for each Pi there is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import cyclonedx.schema
import jsonschema_rs
import pytest
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from tests.lock_files import (
    BIN,
    FOLDER,
    LEFT_OUT,
    LOCKS,
    REQUIRES,
    ROOT,
    SBOM,
    UNITS,
    name_of,
    pinned,
    pins,
    unmet,
    version_of,
    wanted,
)

SOURCE_ONLY = frozenset({"sdnotify"})
"""Published as source alone; plain Python, so that it needs no compiler."""
GLIBC = 36
"""Of Debian 12, the oldest system that units run."""


# --- the locks ----------------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize(("machine", "minor"), UNITS)
def test_a_lock_is_complete(lock: str, machine: str, minor: int) -> None:
    """What pyproject.toml asks for, and each locked package in turn, extras included.

    The locks are installed without a resolver: pip 23.0.1 of Debian 12 takes ``coverage[toml]``,
    which pytest-cov asks for, as a requirement of its own and resolves it past the lock.
    """
    missing = unmet(wanted(lock), pins(lock, machine, minor), machine, minor)
    assert missing == [], "run python -m tests.lock_files"


def test_a_lock_without_any_one_of_its_packages_is_not_complete() -> None:
    found = pins("learning", "x86_64", 13)
    for name in found:
        others = {other: pin for other, pin in found.items() if other != name}
        missing = unmet(wanted("learning"), others, "x86_64", 13)
        assert any(name_of(Requirement(text.partition(" needs ")[2])) == name for text in missing)


def test_what_an_extra_asks_for_is_missed_too() -> None:
    """coverage asks for tomli in its extra ``toml`` alone, up to Python 3.11.0a6."""
    found = pins("test", "x86_64", 11)
    asked = ["pytest-cov", "packaging[missing]", "requests[socks]"]
    assert unmet(asked, found, "x86_64", 11) == [
        'requests needs PySocks!=1.5.7,>=1.5.6; extra == "socks"'
    ]


def test_a_pin_of_another_version_than_is_asked_for_is_missed() -> None:
    found = pins("runtime", "aarch64", 12)
    assert unmet(["flask<3"], found, "aarch64", 12) == ["pyproject.toml needs flask<3"]


def test_what_is_noted_of_packages_is_what_they_say_themselves() -> None:
    """As far as they are installed here, in the locked version."""
    noted, compared = json.loads(REQUIRES.read_text(encoding="utf-8")), 0
    for name in {name_of(pin) for lock in LOCKS for pin, _ in pinned(lock)}:
        try:
            pin = f"{name}=={metadata.version(name)}"
        except metadata.PackageNotFoundError:
            continue
        if pin in noted:
            assert noted[pin] == (metadata.requires(name) or []), "run python -m tests.lock_files"
            compared += 1
    assert compared > 100


@pytest.mark.parametrize("lock", LOCKS)
def test_each_pin_is_one_version_with_checksums(lock: str) -> None:
    for pin, checksums in pinned(lock):
        assert version_of(pin)
        assert checksums > 0, pin


@pytest.mark.parametrize("lock", ["runtime", "learning", "test"])
def test_what_is_installed_here_is_what_is_locked(lock: str) -> None:
    """The tests of a release that installs other packages would prove nothing."""
    here = {pin.name: pin for pin, _ in pinned(lock) if not pin.marker or pin.marker.evaluate()}
    others = {
        name: metadata.version(name)
        for name, pin in here.items()
        if metadata.version(name) != version_of(pin)
    }
    assert others == {}


def test_an_extra_pins_nothing_to_another_version_than_the_unit_without_it() -> None:
    for lock in ("pi", "learning", "studio", "test"):
        for machine, minor in UNITS:
            alone, more = pins("runtime", machine, minor), pins(lock, machine, minor)
            assert alone == {name: more[name] for name in alone}


def test_no_lock_names_a_package_registry() -> None:
    for path in FOLDER.iterdir():
        assert not re.search(r"\w+://(?!cyclonedx\.org)", path.read_text(encoding="utf-8")), path


# --- wheels for each unit -----------------------------------------------------------------


def tags(machine: str, minor: int) -> set[Tag]:
    """What a Python of Debian takes there (PEP 425, PEP 600)."""
    platforms = [f"manylinux_2_{glibc}_{machine}" for glibc in range(GLIBC, 16, -1)]
    platforms += [f"manylinux2014_{machine}", f"linux_{machine}"]
    version = (3, minor)
    return {
        *cpython_tags(version, platforms=platforms),
        *compatible_tags(version, f"cp3{minor}", platforms),
    }


def parts() -> dict[tuple[str, str], dict[str, Any]]:
    """Name and version -> component of the list of parts."""
    components = json.loads(SBOM.read_text(encoding="utf-8"))["components"]
    return {(each["name"], each["version"]): each for each in components}


@pytest.mark.parametrize(("machine", "minor"), UNITS)
def test_there_is_a_wheel_of_each_package_for_each_unit(machine: str, minor: int) -> None:
    """By the files that belong to the pinned versions; needs no network."""
    taken, listed = tags(machine, minor), parts()
    without = set()
    for name, pin in {**pins("pi", machine, minor), **pins("learning", machine, minor)}.items():
        files = listed[name, version_of(pin)]["externalReferences"]
        wheels = [file["url"] for file in files if file["url"].endswith(".whl")]
        if not any(parse_wheel_filename(wheel)[3] & taken for wheel in wheels):
            without.add(name)
    assert without == SOURCE_ONLY


@pytest.mark.parametrize("minor", [11, 13])
def test_the_locked_wheels_resolve_for_a_raspberry_pi(minor: int, tmp_path: object) -> None:
    """Asks the package registry, but fetches no more than it must to know."""
    found = subprocess.run(
        [
            BIN / "uv", "pip", "install", "--dry-run", "--no-config", f"--python-version=3.{minor}",
            "--python-platform=aarch64-manylinux_2_28", "--require-hashes", "--no-deps",
            "--only-binary=:all:",
            *(f"--no-binary={name}" for name in SOURCE_ONLY), f"--target={tmp_path}/nowhere",
            "--requirement", FOLDER / "pi.txt", "--requirement", FOLDER / "learning.txt",
        ],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if found.returncode != 0 and re.search("connect|dns|timed out|offline", found.stderr, re.I):
        pytest.skip(f"NO PACKAGE REGISTRY: {found.stderr.strip()[-200:]}")
    assert found.returncode == 0, found.stderr
    would = dict(re.findall(r"^ \+ (\S+)==(\S+)", found.stderr, re.MULTILINE))
    wanted_there = {**pins("pi", "aarch64", minor), **pins("learning", "aarch64", minor)}
    assert would == {name: version_of(pin) for name, pin in wanted_there.items()}


# --- the list of parts --------------------------------------------------------------------


def test_the_list_of_parts_is_valid_cyclonedx() -> None:
    """CycloneDX' own schema, with a validator that takes no half a minute for it."""
    folder = Path(cyclonedx.schema.__path__[0]) / "_res"
    bom, *others = (
        json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text(encoding="utf-8"))
        for name in ("bom-1.5", "spdx", "jsf-0.82")
    )
    # By the names that the first refers to the others with.
    names = [urljoin(bom["$id"], f"{name}.SNAPSHOT.schema.json") for name in ("spdx", "jsf-0.82")]
    registry = jsonschema_rs.Registry(list(zip(names, others, strict=True)))
    schema = jsonschema_rs.validator_for(bom, registry=registry, validate_formats=True)
    document = json.loads(SBOM.read_text(encoding="utf-8"))
    assert [str(error) for error in schema.iter_errors(document)] == []
    assert not schema.is_valid({**document, "specVersion": 5})


def test_the_list_of_parts_is_what_the_locks_say() -> None:
    locked = {
        (name_of(pin), version_of(pin)): checksums
        for lock in ("pi", "learning")
        for pin, checksums in pinned(lock)
    }
    # uv lists the locks of Linux alone.
    listed = parts()
    assert set(locked) - set(listed) <= {key for key in locked if key[0] == "colorama"}
    assert set(listed) <= set(locked)
    assert not LEFT_OUT & {name for name, _ in listed}


def test_the_list_of_parts_says_what_needs_what() -> None:
    needs = json.loads(SBOM.read_text(encoding="utf-8"))["dependencies"]
    (flask,) = (each for each in needs if each["ref"].startswith("flask-"))
    assert any(ref.startswith("werkzeug-") for ref in flask["dependsOn"])


def test_each_file_in_the_list_has_a_checksum_of_the_lock() -> None:
    locked = (FOLDER / "pi.txt").read_text() + (FOLDER / "learning.txt").read_text()
    files = [file for each in parts().values() for file in each["externalReferences"]]
    assert len(files) > 100
    for file in files:
        (checksum,) = file["hashes"]
        assert f"sha256:{checksum['content']}" in locked, file["url"]


# --- deploy.sh ----------------------------------------------------------------------------


@pytest.fixture
def noting_checkout(tmp_path: Path) -> Path:
    """What deploy.sh needs; in the environment's place stands a Python that notes in ``asked`` what
    it is asked, and fails where that holds the word in ``refused``.
    """
    for name in ("deploy.sh", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "systemd", tmp_path / "systemd")
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    note = f"""echo "$*" >>{tmp_path}/asked
case "$*" in *$(cat {tmp_path}/refused 2>/dev/null || echo nothing)*)
    echo "WARNING: Location 'nowhere' is ignored"; echo "ERROR: as pip says it"; exit 1 ;;
esac"""
    for path, script in ((folder / "python", note), (folder / "appliance", "exit 0"),
                         (tmp_path / "dpkg-query", "echo installed")):  # fmt: skip
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    return tmp_path


def deploy(checkout: Path, command: str) -> subprocess.CompletedProcess[str]:
    """All system packages are there, as far as deploy.sh can see."""
    return subprocess.run(
        [checkout / "deploy.sh", command], capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": f"{checkout}:{os.environ['PATH']}"},
    )  # fmt: skip


def installs_of(checkout: Path) -> list[str]:
    return [line for line in (checkout / "asked").read_text().splitlines() if " install " in line]


def test_deploy_installs_nothing_that_is_not_held_to_a_checksum(noting_checkout: Path) -> None:
    assert deploy(noting_checkout, "demo").returncode == 0
    installs = installs_of(noting_checkout)
    assert len(installs) == 3
    for line in installs:
        assert "--no-deps" in line
        assert "--require-hashes" in line or line.endswith("--editable ."), line
        # Else pip would fetch what builds a package on its own, unchecked.
        assert "--no-build-isolation" in line or line.endswith("build.txt"), line


@pytest.mark.parametrize("script", ["host/steps.sh", "wheelhouse.sh"])
def test_nothing_that_is_locked_is_resolved_for_hosts_either(script: str) -> None:
    text = (ROOT / "systemd" / "deploy" / script).read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = re.findall(r"(?:-m pip install|download --quiet).*", text)
    assert "--no-deps" in line


def test_the_workbench_leaves_what_is_locked_as_it_is(noting_checkout: Path) -> None:
    assert deploy(noting_checkout, "test").returncode == 0
    (line,) = (line for line in installs_of(noting_checkout) if "[test,train]" in line)
    assert "--no-build-isolation" in line
    words = line.split()
    held = noting_checkout / words[words.index("--constraint") + 1]
    assert [Requirement(text) for text in held.read_text().splitlines()] == [
        pin for pin, _ in pinned("test")
    ]


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        ("build.txt", "pip could not install the packages: as pip says it"),
        ("--editable .", "pip could not install the packages: as pip says it"),
        ("[test,train]", "pip could not install the workbench: as pip says it"),
    ],
)
def test_deploy_says_what_pip_said(noting_checkout: Path, refused: str, said: str) -> None:
    (noting_checkout / "refused").write_text(refused.replace("[", "\\[").replace("]", "\\]"))
    done = deploy(noting_checkout, "test")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"deploy.sh: {said}"
    assert "is ignored" not in done.stderr


def test_a_wheelhouse_that_cannot_be_fetched_says_what_pip_said(noting_checkout: Path) -> None:
    (noting_checkout / "refused").write_text("download")
    done = subprocess.run(
        [noting_checkout / "deploy.sh", "wheelhouse", noting_checkout / "wheels"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert re.search("could not fetch the wheels for .*: as pip says it", done.stderr)
