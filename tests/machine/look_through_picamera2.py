"""Runs in the camera's file tree: the unit's adapter on the real picamera2, told as JSON.

What stands in for a Pi: its display bindings (pykms), its dma-heap (a preload; the buffers then
come from libcamera itself) and the raw modes that a sensor has and a virtual camera has not.
"""

from __future__ import annotations

import itertools
import json
import sys
from unittest.mock import MagicMock

sys.modules["pykms"] = MagicMock()

import numpy as np  # noqa: E402
import picamera2  # noqa: E402
from picamera2.allocators import LibcameraAllocator  # noqa: E402

from appliance.camera.camera import open_camera  # noqa: E402
from appliance.camera.picamera import PiCamera, has_picamera  # noqa: E402
from appliance.errors import CameraError  # noqa: E402

WIDTH_PX, HEIGHT_PX = 1280, 960


class VirtualPicamera2(picamera2.Picamera2):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.allocator = LibcameraAllocator(self.camera)

    def _get_raw_modes(self) -> list[dict[str, object]]:
        return [{"format": "NV12", "size": (WIDTH_PX, HEIGHT_PX)}]


def main() -> None:
    picamera2.Picamera2 = VirtualPicamera2
    found: dict[str, object] = {"has_picamera": has_picamera()}
    camera = open_camera("auto", width_px=WIDTH_PX, height_px=HEIGHT_PX, fps=8.0)
    found["adapter"], found["name"] = type(camera).__name__, camera.name
    frames = [camera.read() for _ in range(4)]
    found["shape"] = frames[0].image.shape
    found["numbers"] = [frame.sequence for frame in frames]
    found["times_rise"] = all(
        first.captured_at_s < second.captured_at_s for first, second in itertools.pairwise(frames)
    )
    # The mean colour of each quarter, blue-green-red.
    rows, columns = HEIGHT_PX // 2, WIDTH_PX // 2
    found["quarters"] = [
        np.mean(frames[-1].image[top : top + rows, left : left + columns], (0, 1)).round().tolist()
        for top in (0, rows)
        for left in (0, columns)
    ]
    camera.set_fps(2.0)
    found["after_set_fps"] = camera.read().sequence
    try:
        PiCamera(WIDTH_PX, HEIGHT_PX, 8.0)
        found["second"] = "opened"
    except CameraError as exc:
        found["second"] = str(exc)
    camera.close()
    again = PiCamera(WIDTH_PX, HEIGHT_PX, 8.0)
    found["again"] = again.read().image.shape
    again.close()
    print(json.dumps(found))


main()
