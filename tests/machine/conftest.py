"""Fixtures of the tests that boot a machine; each module has one of its own, with a clean disk."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.machine.base_tree import debian_tree, skip_where_impossible
from tests.machine.container import Container, container


@pytest.fixture(scope="module")
def blank_machine() -> Iterator[Container]:
    """A freshly installed Debian 13, booted, with sshd and nothing of the product."""
    skip_where_impossible()
    with container([debian_tree()]) as machine:
        machine.boot()
        yield machine
