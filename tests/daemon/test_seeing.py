"""seeing.py: the camera is opened as the settings say, and a frozen one is refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from appliance.camera.frozen import RECORDING_S
from appliance.config.load import parse_settings
from appliance.daemon.inbox import Inbox
from appliance.daemon.networks import Networks
from appliance.daemon.options import UnitOptions
from appliance.daemon.seeing import Seeing
from appliance.daemon.tally import Tally
from appliance.errors import CameraError


def test_the_camera_is_turned_and_never_frozen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = np.random.default_rng(0).integers(60, 200, (40, 60, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    settings = parse_settings("[camera]\nrotate = 90\nfps = 30\n", where="test")
    options = UnitOptions(tmp_path / "state", settings, str(tmp_path))
    networks = Networks(settings.models, options.state_dir)
    seeing = Seeing(options, lambda: settings, networks, Tally(Inbox().post))
    monkeypatch.setattr("appliance.camera.camera.RECORDING_S", RECORDING_S / 100)

    camera = seeing._open_camera()

    assert camera.read().image.shape == (60, 40, 3)
    with pytest.raises(CameraError, match="repeats one picture"):
        _ = [camera.read() for _ in range(60)]
