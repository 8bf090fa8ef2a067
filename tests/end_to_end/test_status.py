"""What the running unit says of itself, to people, to programs and to Prometheus."""

from __future__ import annotations

import json
import subprocess

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.end_to_end.unit_process import APPLIANCE, UnitProcess
from tests.surroundings.weather_service import weather_service

pytestmark = pytest.mark.end_to_end


def ask(unit: UnitProcess, *options: str) -> str:
    return subprocess.run(
        [APPLIANCE, "--state-dir", unit.state_dir, *options],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip


def samples(unit: UnitProcess) -> dict[tuple[str, str], float]:
    """By name and the values of the labels."""
    answer = requests.get(f"{unit.panel_url}/metrics", timeout=5)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_a_unit_that_looks_says_so_in_status_and_metrics(tmp_path):
    with weather_service() as service:
        service.says({"current": {"weather_code": 71}})
        place = {"weather": "open-meteo", "latitude": 37.5, "longitude": 127.0,
                 "weather_url": service.url}  # fmt: skip
        with UnitProcess(tmp_path, "builtin", {"surroundings": place}) as unit:
            unit.wait_for(lambda: unit.status().get("weather") == "snow", "the weather")
            assert unit.snapshot()["surroundings"]["weather"] == "snow"
            unit.wait_for(lambda: unit.status()["frames_per_s"] > 0.5, "frames")
            shown = ask(unit, "status")
            assert "snow" in shown
            assert "built-in" in shown or "builtin" in shown
            assert f"process {unit.process.pid}" in shown
            report = json.loads(ask(unit, "status", "--json"))
            assert report["errors_last_hour"] == 0
            assert report["disk_free_bytes"] > 0
            assert len(service.asked) == 1

            first = samples(unit)
            assert first[("maum_moments_total", "")] > 0
            assert first[("maum_inference_seconds_count", "face_detector")] > 0
            assert first[("maum_screens_total", "healing")] == 1
            unit.wait_for(
                lambda: (
                    samples(unit)[("maum_moments_total", "")] > first[("maum_moments_total", "")]
                ),
                "a further frame",
            )


def test_weather_that_cannot_be_had_is_a_line_in_doctor_and_stops_nothing(tmp_path):
    place = {"weather": "open-meteo", "latitude": 37.5, "longitude": 127.0,
             "weather_url": "http://127.0.0.1:9/"}  # fmt: skip
    with UnitProcess(tmp_path, "/dev/video99", {"surroundings": place}) as unit:
        unit.wait_for(lambda: unit.status().get("weather_trouble"), "the trouble")
        assert unit.status()["screen"] == "healing"
        (line,) = [
            line
            for line in ask(unit, "--config", str(unit.config_path), "doctor").splitlines()
            if " weather " in line
        ]
        assert line.startswith("warn")
        assert "cannot be reached" in line
