"""What the workbench changes in a process is put back after each of its tests."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _torch_as_it_was() -> Iterator[None]:
    """One thread, for the same sums every time; subnormal numbers, which training flushes to zero
    and other tests need, come back afterwards."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    torch.set_flush_denormal(False)
