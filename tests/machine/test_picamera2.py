"""The adapter on the real picamera2 and libcamera, which deliver frames of a virtual camera."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.conftest import ROOT
from tests.machine.base_tree import debian_tree, overlay, skip_where_impossible
from tests.machine.camera_tree import FRAMES, camera_layer

pytestmark = pytest.mark.machine

# Blue-green-red of the four quarters that the virtual camera shows.
QUARTERS = ((40, 60, 200), (200, 180, 30), (60, 200, 60), (128, 128, 128))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the adapter saw."""
    skip_where_impossible()
    layer, debian = camera_layer(), debian_tree()
    folder = tmp_path_factory.mktemp("camera")
    with overlay([debian, layer], folder / "files", folder / "root") as root:
        write_frames(root / FRAMES)
        checkout = root / "checkout"
        shutil.copytree(ROOT / "appliance", checkout / "appliance")
        shutil.copy(Path(__file__).with_name("look_through_picamera2.py"), checkout / "look.py")
        # In a mount namespace of its own, so that /dev and /proc go away with it.
        script = (
            "mount -t proc proc $0/proc; mount --rbind /dev $0/dev;"
            " exec chroot $0 env PYTHONPATH=/checkout LD_PRELOAD=/opt/preload.so"
            " timeout 120 /opt/camera/bin/python /checkout/look.py"
        )
        done = subprocess.run(
            ["unshare", "--mount", "--propagation=private", "sh", "-ec", script, root],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        yield json.loads(done.stdout.splitlines()[-1])


def write_frames(folder: Path) -> None:
    picture = np.zeros((960, 1280, 3), np.uint8)
    for number, colour in enumerate(QUARTERS):
        top, left = number // 2 * 480, number % 2 * 640
        picture[top : top + 480, left : left + 640] = colour
    for number in range(3):
        assert cv2.imwrite(str(folder / f"{number}.jpg"), picture)


def test_auto_finds_the_camera_and_names_it(seen: dict[str, Any]) -> None:
    assert seen["has_picamera"] is True
    assert seen["adapter"] == "PiCamera"
    assert seen["name"] == "Raspberry Pi camera Virtual Video Device"


def test_frames_come_in_order_and_in_the_size_asked_for(seen: dict[str, Any]) -> None:
    assert seen["shape"] == [960, 1280, 3]
    assert seen["numbers"] == [0, 1, 2, 3]
    assert seen["times_rise"] is True
    assert seen["after_set_fps"] == 4


def test_the_colours_are_those_before_the_camera(seen: dict[str, Any]) -> None:
    """Through NV12 and back; red and blue are not exchanged."""
    for found, shown in zip(seen["quarters"], QUARTERS, strict=True):
        assert found == pytest.approx(shown, abs=16)


def test_a_camera_in_use_is_refused_and_a_closed_one_opens_again(seen: dict[str, Any]) -> None:
    assert "cannot be opened" in seen["second"] or "another program" in seen["second"]
    assert seen["again"] == [960, 1280, 3]
