"""``appliance version``: what is installed, held to what was tested."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import metadata

import pytest

from appliance.cli.version import version as command
from tests.cli.conftest import Type
from tests.lock_files import SBOM


@pytest.fixture
def type_(run_command: Callable[..., Type]) -> Type:
    return run_command(command)


def test_all_packages_here_are_those_that_were_tested(type_: Type) -> None:
    status, printed = type_()
    assert status == 0
    assert printed.startswith(f"appliance {metadata.version('maum-signage')}, Python 3.")
    assert "all as tested" in printed


def test_another_version_is_named_and_is_exit_status_1(
    type_: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = metadata.version
    monkeypatch.setattr(metadata, "version", lambda n: "0.0.1" if n == "waitress" else real(n))
    status, printed = type_()
    assert status == 1
    assert f"waitress is 0.0.1, tested was {real('waitress')}" in printed
    status, printed = type_("--json")
    assert status == 1
    assert json.loads(printed)["not_as_tested"] == ["waitress"]


def test_the_list_of_parts_is_printed_as_it_was_released(type_: Type) -> None:
    assert type_("--sbom") == (0, SBOM.read_text(encoding="utf-8"))


def test_a_release_without_its_list_says_so(
    type_: Type, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setattr("appliance.__file__", f"{tmp_path}/a/__init__.py")
    status, printed = type_("--sbom")
    assert status == 1
    assert "there is no list of parts" in printed
