"""``appliance bench``: what it reports, not how fast this computer is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from appliance.cli.bench import bench
from appliance.cli.context import Context
from tests.inference.tiny_networks import save_detector, save_emotion


@pytest.fixture
def context(tmp_path: Path) -> Context:
    config = tmp_path / "config.toml"
    config.write_text(
        f'[models]\ndetector = "{save_detector(tmp_path)}"\nemotion = "{save_emotion(tmp_path)}"\n'
        "face_confidence = 0.3\n",
        "utf-8",
    )
    return Context(state_dir=tmp_path, config_path=config)


def test_json_reports_times_rate_memory_and_networks(context: Context) -> None:
    result = CliRunner().invoke(bench, ["--json", "--frames", "6", "--threads", "1"], obj=context)

    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["models"] == {"detector": "tiny-faces 1", "emotion": "tiny-emotion 1"}
    assert (report["frames"], report["threads"]) == (6, 1)
    for name in ("detect_ms", "emotion_ms", "frame_ms"):
        assert 0 < report[name]["median"] <= report[name]["p95"]
    assert report["frame_ms"]["median"] > report["detect_ms"]["median"]
    assert report["frames_per_s"] > 0
    assert report["peak_rss_mb"] > 20


def test_table_is_for_people(context: Context) -> None:
    result = CliRunner().invoke(bench, ["--frames", "2"], obj=context)

    assert result.exit_code == 0, result.output
    assert "tiny-faces 1, tiny-emotion 1" in result.stdout
    assert "median ms" in result.stdout
    assert "frames/s at most" in result.stdout


@pytest.mark.parametrize("campaigns", [0, 7])
def test_choices_are_measured_in_a_made_up_library(context: Context, campaigns: int) -> None:
    words = ["--decision", "--clips", "60", "--campaigns", str(campaigns), "--frames", "4"]
    result = CliRunner().invoke(bench, [*words, "--json"], obj=context)

    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["clips"], report["campaigns"], report["choices"]) == (60, campaigns, 4)
    assert 0 < report["decision_ms"]["median"] <= report["decision_ms"]["p95"]
    assert min(report["change_ms"], report["change_cpu_ms"], report["first_read_ms"]) > 0
    table = CliRunner().invoke(bench, words, obj=context)
    assert "after a change of one clip the screen waits" in table.stdout
    assert f"a choice among 60 clips of {campaigns} campaigns: median" in table.stdout
