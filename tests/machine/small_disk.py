"""A small ext4 disk of its own below a folder of the machine: it can be filled, and can break."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.machine.container import Container

SIZE_MB = 64


class SmallDisk:
    """The kernel treats it as a memory card: after an error it is read-only until it is checked."""

    def __init__(self, machine: Container, image: Path, device: str, folder: str) -> None:
        self._machine = machine
        self._image = image
        self._device = device
        self._folder = folder

    def mount(self) -> None:
        node = f"rm -f {self._device}; mknod {self._device} b 7 {self._number}"
        mount = f"mount -o errors=remount-ro {self._device} {self._folder}"
        _in_file_tree(self._machine, f"{node}; {mount}")

    def unmount(self) -> None:
        _in_file_tree(self._machine, f"umount {self._folder}")

    def fail(self) -> None:
        """As when the card reports an error."""
        name = self._device.rpartition("/")[2]
        Path(f"/sys/fs/ext4/{name}/trigger_fs_error").write_text("1")

    def check(self) -> None:
        """As at the next start of a machine; it must not be mounted."""
        # 1: errors were corrected.
        done = subprocess.run(["e2fsck", "-fp", self._image], capture_output=True, check=False)
        assert done.returncode in (0, 1), done.stdout

    @property
    def _number(self) -> str:
        return self._device.removeprefix("/dev/loop")


@contextmanager
def small_disk(machine: Container, image: Path, folder: str) -> Iterator[SmallDisk]:
    """Made and mounted over ``folder``, empty; ``image``: the file it is made in."""
    with image.open("wb") as file:
        file.truncate(SIZE_MB * 1_000_000)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
    made = subprocess.run(
        ["losetup", "--find", "--show", image], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        pytest.skip(f"NO LOOP DEVICE here: {made.stderr.strip()}")
    device = made.stdout.strip()
    disk = SmallDisk(machine, image, device, folder)
    try:
        disk.mount()
        yield disk
        disk.unmount()
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


def _in_file_tree(machine: Container, script: str) -> None:
    """With this machine's rights to devices, in the machine's file tree."""
    entering = ["nsenter", f"--target={machine.leader}", "--mount", "--root", "--wdns=/"]
    done = subprocess.run([*entering, "sh", "-c", script], capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
