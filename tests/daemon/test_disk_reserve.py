"""The room set aside for a start on a full disk."""

from __future__ import annotations

from collections import namedtuple
from pathlib import Path

import pytest

from appliance.daemon import disk_reserve
from appliance.daemon.disk_reserve import (
    LITTLE_BYTES,
    NAME,
    PLENTY_BYTES,
    RESERVE_BYTES,
    use_or_make_reserve,
)

Usage = namedtuple("Usage", "free")


def test_made_where_there_is_plenty_and_given_up_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for free in (PLENTY_BYTES, PLENTY_BYTES + 1, LITTLE_BYTES, LITTLE_BYTES - 1, PLENTY_BYTES):
        monkeypatch.setattr(disk_reserve.shutil, "disk_usage", lambda _, free=free: Usage(free))
        use_or_make_reserve(tmp_path)
        path = tmp_path / NAME
        seen.append(path.stat().st_blocks * 512 if path.exists() else 0)
    assert seen == [0, RESERVE_BYTES, RESERVE_BYTES, 0, 0]


def test_a_folder_that_cannot_be_used_is_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    use_or_make_reserve(tmp_path / "none")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
