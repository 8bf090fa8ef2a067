"""What the workbench changes in a process is put back after each of its tests."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _subnormal_numbers_again() -> Iterator[None]:
    """Training flushes subnormal numbers to zero for speed; other tests need them."""
    yield
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_flush_denormal(False)
