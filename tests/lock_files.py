"""Lock files and the list of parts: ``python -m tests.lock_files`` renews them from pyproject.toml.

What a unit installs is pinned to a version and to the checksums of its files, for x86-64 and
aarch64, for Python 3.11 and 3.13 (both made by uv). What each of the pinned packages asks for in
turn is noted beside (``lock_requires.json``), so that the tests know it of those that are not
installed here, and without a network.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "systemd" / "requirements"
SBOM = FOLDER / "sbom.cdx.json"
REQUIRES = Path(__file__).with_name("lock_requires.json")
BIN = Path(sys.executable).parent
COMMAND = "python -m tests.lock_files"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

LOCKS = ("build", "runtime", "pi", "learning", "studio", "test")
"""``build`` makes the package itself; the others are the unit, each with one extra more."""

LEFT_OUT = frozenset({"picamera2", "lgpio"})
"""On a Raspberry Pi they come from the system's packages, with the parts they speak to."""

NOT_ON_INDEX = frozenset({"pip"})
"""sqlite-utils names it, and an environment has its own."""

UNITS = [(machine, minor) for machine in ("x86_64", "aarch64") for minor in (11, 12, 13)]
"""Processor and minor version of Python."""


def wanted(lock: str) -> list[str]:
    """What pyproject.toml asks for, extras of its own resolved."""
    if lock == "build":
        return list(PROJECT["build-system"]["requires"])
    found = list(PROJECT["project"]["dependencies"])
    extras = [] if lock == "runtime" else [lock]
    while extras:
        for text in PROJECT["project"]["optional-dependencies"][extras.pop()]:
            requirement = Requirement(text)
            if requirement.name == PROJECT["project"]["name"]:
                extras.extend(requirement.extras)
            elif requirement.name not in LEFT_OUT:
                found.append(text)
    return found


def pinned(lock: str) -> list[tuple[Requirement, int]]:
    """Each line of a lock file and how many checksums it has."""
    text = (FOLDER / f"{lock}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.partition("#")[0].split("--hash=") for line in text.splitlines()]
    return [(Requirement(first), len(hashes)) for first, *hashes in lines if first.strip()]


def environment(machine: str, minor: int, extra: str = "") -> dict[str, str]:
    """What markers are judged by on such a unit."""
    return {
        **{name: str(value) for name, value in default_environment().items()},
        "platform_machine": machine,
        "python_version": f"3.{minor}",
        "python_full_version": f"3.{minor}.0",
        "extra": extra,
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


def unmet(asked: list[str], found: dict[str, Requirement], machine: str, minor: int) -> list[str]:
    """What is asked for there, by ``asked`` or by a pinned package, extras included, and that no
    pin meets.
    """
    requires: dict[str, list[str]] = json.loads(REQUIRES.read_text(encoding="utf-8"))

    def needs(name: str, extra: str) -> Iterator[Requirement]:
        place = environment(machine, minor, extra)
        texts = requires[f"{name}=={version_of(found[name])}"] if name else asked
        for each in map(Requirement, texts):
            if each.marker is None or each.marker.evaluate(place):
                yield each

    missing, seen = [], set()
    todo = [("", ""), *((name, "") for name in found)]
    while todo:
        asking = todo.pop()
        if asking in seen:
            continue
        seen.add(asking)
        for each in needs(*asking):
            name = name_of(each)
            if name in found and each.specifier.contains(version_of(found[name]), prereleases=True):
                todo += [(name, extra) for extra in each.extras]
            elif name not in NOT_ON_INDEX:
                missing.append(f"{asking[0] or 'pyproject.toml'} needs {each}")
    return missing


def resolve(lock: str, *, upgrade: bool) -> None:
    """Pins that still fit stay, unless ``upgrade``; needs the package registry."""
    # pip is what installs; only sqlite-utils names it, and any version is good for that.
    command = [BIN / "uv", "pip", "compile", "-", "--universal", "--python-version=3.11"]
    command += ["--generate-hashes", "--no-emit-package=pip", "--no-config", "--quiet"]
    command += [f"--custom-compile-command={COMMAND}", f"--output-file={FOLDER / lock}.txt"]
    subprocess.run(
        [*command, *(["--upgrade"] if upgrade else [])],
        input="\n".join(wanted(lock)), text=True, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def sbom() -> str:
    """CycloneDX list of all that a unit may have installed, with what needs what.

    uv lists a project, so it is given one with the unit's requirements, held to the locks. Needs
    the package registry.
    """
    project = {"name": PROJECT["project"]["name"], "version": PROJECT["project"]["version"]}
    project |= {"requires-python": PROJECT["project"]["requires-python"]}
    needed = [*wanted("pi"), *wanted("learning")]
    held = sorted({str(pin) for lock in ("pi", "learning") for pin, _ in pinned(lock)})
    with tempfile.TemporaryDirectory() as folder:
        lines = ["[project]", *(f"{name} = {json.dumps(text)}" for name, text in project.items())]
        lines += [f"dependencies = {json.dumps(needed)}", "[tool.uv]"]
        lines += [f"constraint-dependencies = {json.dumps(held)}"]
        lines += ["environments = [\"sys_platform == 'linux'\"]"]
        Path(folder, "pyproject.toml").write_text("\n".join(lines), encoding="utf-8")
        command = [BIN / "uv", "export", "--format=cyclonedx1.5", "--no-dev", "--quiet"]
        command += ["--no-emit-package=pip", f"--project={folder}", f"--python={sys.executable}"]
        made = subprocess.run(command, capture_output=True, text=True, check=True)
    parts = json.loads(made.stdout)
    # The same locks give the same file, and it names no registry: which one is asked, the operator
    # decides. A file's name says for which Python and machine it is.
    del parts["serialNumber"], parts["metadata"]["timestamp"]
    for component in parts["components"]:
        for reference in component.get("externalReferences", []):
            reference["url"] = reference["url"].rpartition("/")[2]
    return json.dumps(parts, indent=1) + "\n"


def requires() -> str:
    """JSON: each pin -> what the package's own metadata ask for. Needs the package registry."""
    found: dict[str, list[str]] = {}
    for machine, minor in UNITS:
        there = {
            f"{name}{pin.specifier}"
            for lock in LOCKS
            for name, pin in pins(lock, machine, minor).items()
        }
        if new := sorted(there - set(found)):
            found |= _requires_of(new, machine, minor)
    return json.dumps(dict(sorted(found.items())), indent=1) + "\n"


def _requires_of(new: list[str], machine: str, minor: int) -> dict[str, list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--report=-"]
        command += [
            "-qq",
            "--ignore-requires-python",
            f"--target={folder}",
            f"--python-version=3.{minor}",
        ]
        command += [f"--platform=manylinux_2_{glibc}_{machine}" for glibc in (17, 27, 28, 34)]
        command += [f"--platform=manylinux2014_{machine}", "--prefer-binary", *new]
        made = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    facts = [each["metadata"] for each in json.loads(made.stdout)["install"]]
    return {
        f"{canonicalize_name(each['name'])}=={each['version']}": each.get("requires_dist", [])
        for each in facts
    }


def name_of(requirement: Requirement) -> str:
    return str(canonicalize_name(requirement.name))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for lock in LOCKS:
        resolve(lock, upgrade="--upgrade" in sys.argv)
    SBOM.write_text(sbom(), encoding="utf-8")
    REQUIRES.write_text(requires(), encoding="utf-8")


if __name__ == "__main__":
    main()
