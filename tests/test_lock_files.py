"""Every package that is installed is pinned, by version and checksum, for each Pi there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import cyclonedx.schema
import jsonschema_rs
import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from tests.lock_files import BIN, FOLDER, LEFT_OUT, LOCKS, ROOT, SBOM, name_of, pinned, wanted

SOURCE_ONLY = frozenset({"sdnotify"})
"""Published as source alone; plain Python, so that it needs no compiler."""
NOT_ON_INDEX = frozenset({"pip"})
"""sqlite-utils names it, and an environment has its own."""
UNITS = [(machine, minor) for machine in ("x86_64", "aarch64") for minor in (11, 12, 13)]
GLIBC = 36
"""Of Debian 12, the oldest system that units run."""


def environment(machine: str, minor: int) -> dict[str, str]:
    return {
        **{name: str(value) for name, value in default_environment().items()},
        "platform_machine": machine,
        "python_version": f"3.{minor}",
        "python_full_version": f"3.{minor}.0",
        "extra": "",
    }


def pins(lock: str, machine: str, minor: int) -> dict[str, Requirement]:
    """What is installed there: name -> pin."""
    place = environment(machine, minor)
    fitting = [pin for pin, _ in pinned(lock) if pin.marker is None or pin.marker.evaluate(place)]
    found = {name_of(pin): pin for pin in fitting}
    assert len(found) == len(fitting), "a package is pinned twice"
    return found


def version_of(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    assert specifier.operator == "=="
    return specifier.version


# --- the locks ----------------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize(("machine", "minor"), UNITS)
def test_a_lock_has_what_pyproject_asks_for(lock: str, machine: str, minor: int) -> None:
    found, place = pins(lock, machine, minor), environment(machine, minor)
    for requirement in map(Requirement, wanted(lock)):
        if requirement.marker is None or requirement.marker.evaluate(place):
            assert version_of(found[name_of(requirement)]) in requirement.specifier, (
                f"{requirement}: run python -m tests.lock_files"
            )


@pytest.mark.parametrize("lock", LOCKS)
def test_each_pin_is_one_version_with_checksums(lock: str) -> None:
    for pin, checksums in pinned(lock):
        assert version_of(pin)
        assert checksums > 0, pin


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_what_its_packages_ask_for_in_turn(lock: str) -> None:
    """Else pip would fetch the missing one unchecked, or refuse the whole lock."""
    found = {name_of(pin): pin for pin, _ in pinned(lock)}
    for pin in found.values():
        for needed in needs_of(pin):
            assert name_of(needed) in found, f"{pin.name} needs {needed}"


def needs_of(pin: Requirement) -> Iterator[Requirement]:
    """As far as the package is installed here."""
    try:
        texts = metadata.requires(pin.name) or []
    except metadata.PackageNotFoundError:
        return
    for requirement in map(Requirement, texts):
        is_here = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if is_here and name_of(requirement) not in NOT_ON_INDEX:
            yield requirement


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


def test_deploy_installs_nothing_that_is_not_held_to_a_checksum(tmp_path: Path) -> None:
    """A Python that only notes what it is asked stands in the environment's place."""
    for name in ("deploy.sh", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "systemd", tmp_path / "systemd")
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    asked = tmp_path / "asked"
    for name, script in (("python", f'echo "$*" >>{asked}'), ("appliance", "exit 0")):
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    subprocess.run([tmp_path / "deploy.sh", "demo"], check=True, capture_output=True)
    installs = [line for line in asked.read_text().splitlines() if " install " in line]
    assert len(installs) == 3
    for line in installs:
        is_held = "--require-hashes" in line
        assert is_held or "--no-deps" in line, line
        # Else pip would fetch what builds a package on its own, unchecked.
        assert "--no-build-isolation" in line or line.endswith("build.txt"), line
