"""The part of picamera2 that the adapter uses, for computers without a Pi's camera."""

from __future__ import annotations

import sys
import types
from typing import Any, ClassVar

import numpy as np
import pytest


class FakePicamera2:
    """One camera whose frames are flat colours: blue 10, green 20, red 30 (as BGR in memory)."""

    cameras: ClassVar[list[dict[str, Any]]] = [{"Model": "imx708", "Num": 0}]
    instances: ClassVar[list[FakePicamera2]] = []
    stream_format = "RGB888"
    row_padding = 64

    def __init__(self) -> None:
        self.camera_properties = {"Model": "imx708"}
        self.controls: list[dict[str, Any]] = []
        self.is_started = False
        self.is_closed = False
        self.is_lost = False
        type(self).instances.append(self)

    @classmethod
    def global_camera_info(cls) -> list[dict[str, Any]]:
        return cls.cameras

    def create_video_configuration(self, **wishes: Any) -> dict[str, Any]:
        return wishes

    def align_configuration(self, configuration: dict[str, Any]) -> None:
        width, height = configuration["main"]["size"]
        configuration["main"]["size"] = (width // 32 * 32, height // 2 * 2)

    def configure(self, configuration: dict[str, Any]) -> None:
        width, height = configuration["main"]["size"]
        if width < 64:
            raise RuntimeError("Configuration is invalid")
        bytes_per_pixel = 3 if self.stream_format == "RGB888" else 1
        self._stream = {
            "format": self.stream_format,
            "size": (width, height),
            "stride": width * bytes_per_pixel + self.row_padding,
        }
        self.set_controls(configuration["controls"])

    def camera_configuration(self) -> dict[str, Any]:
        return {"main": self._stream}

    def start(self) -> None:
        self.is_started = True

    def stop(self) -> None:
        self.is_started = False

    def close(self) -> None:
        self.is_closed = True

    def set_controls(self, controls: dict[str, Any]) -> None:
        self.controls.append(controls)

    def capture_buffer(self, name: str, wait: float) -> np.ndarray:
        if self.is_lost:
            raise TimeoutError
        width, height = self._stream["size"]
        stride = self._stream["stride"]
        if self.stream_format == "RGB888":
            rows = np.full((height, stride), 99, np.uint8)
            rows[:, : width * 3] = np.tile(np.array([10, 20, 30], np.uint8), width)
            return rows.ravel()
        # Luminance 150, chrominance neutral: grey.
        luma = np.full((height, stride), 150, np.uint8)
        chroma = np.full((height // 2, stride), 128, np.uint8)
        return np.concatenate([luma, chroma]).ravel()


def install(monkeypatch: pytest.MonkeyPatch) -> type[FakePicamera2]:
    """Make ``from picamera2 import Picamera2`` give a fresh fake."""
    fake = type("Picamera2", (FakePicamera2,), {"instances": []})
    module = types.ModuleType("picamera2")
    module.Picamera2 = fake  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)
    return fake
