"""Lock files and the list of parts: ``python -m tests.lock_files`` renews them from pyproject.toml.

What a unit installs is pinned to a version and to the checksums of its files, for x86-64 and
aarch64, for Python 3.11 and 3.13 (both made by uv).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "systemd" / "requirements"
SBOM = FOLDER / "sbom.cdx.json"
BIN = Path(sys.executable).parent
COMMAND = "python -m tests.lock_files"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

LOCKS = ("build", "runtime", "pi", "learning", "studio", "test")
"""``build`` makes the package itself; the others are the unit, each with one extra more."""

LEFT_OUT = frozenset({"picamera2", "lgpio"})
"""On a Raspberry Pi they come from the system's packages, with the parts they speak to."""


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


def name_of(requirement: Requirement) -> str:
    return str(canonicalize_name(requirement.name))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for lock in LOCKS:
        resolve(lock, upgrade="--upgrade" in sys.argv)
    SBOM.write_text(sbom(), encoding="utf-8")


if __name__ == "__main__":
    main()
