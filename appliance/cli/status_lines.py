"""What the running unit says of itself, as one screen of lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

Status = Mapping[str, Any]
NOT_MEASURED = "not measured"


def status_table(status: Status) -> Table:
    """Names left, values right; a value is shown as it is, whatever brackets it holds."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in status_lines(status):
        table.add_row(Text(name), Text(value))
    return table


def status_lines(status: Status) -> Iterator[tuple[str, str]]:
    """(name, value) pairs; what is missing in ``status`` is said to be missing."""
    yield "screen", _screen(status)
    yield "why", _text(status, "why")
    yield "camera", _camera(status)
    yield "faces now", _faces(status)
    yield "surroundings", _surroundings(status)
    yield "clips", _text(status, "clips")
    yield "networks", _joined(status, "networks")
    yield "interest", _text(status, "interest")
    kinds = ("troubles", "network_troubles", "film_troubles")
    troubles = [each for kind in kinds for each in _items(status, kind)]
    if status.get("settings_trouble"):
        troubles.append(f"settings: {status['settings_trouble']}")
    yield "troubles", ", ".join(troubles) or "none"
    yield "proof", _proof(status)
    yield "page", _page(status)
    yield "log", _log(status)
    yield "messages waiting", _text(status, "queue")
    yield "temperature", _measured(status, "temperature_c", "{:.1f} °C")
    yield "throttling", _throttling(status)
    yield "disk", _disk(status)
    yield "memory", _measured(status, "memory_mb", "{:.0f} MB")
    is_right = status.get("clock_synchronised")
    yield "clock", "synchronised" if is_right else "not synchronised: rows are marked"
    version, process = _text(status, "version"), _text(status, "pid")
    yield "unit", f"version {version}, process {process}, up {_duration(status.get('uptime_s'))}"


def _screen(status: Status) -> str:
    clip = status.get("clip")
    return f"{_text(status, 'screen')}: {clip}" if clip else _text(status, "screen")


def _camera(status: Status) -> str:
    rate = status.get("frames_per_s")
    speed = f" at {rate:.1f} frames/s" if isinstance(rate, int | float) else ""
    by = status.get("sensing_paused_by")
    sensing = _text(status, "sensing") + (f" by {by}" if by else "")
    turned = (
        "; heads are not upright: see 'appliance doctor'" if status.get("camera_turned") else ""
    )
    return f"{_text(status, 'camera')}{speed} (sensing {sensing}){turned}"


def _faces(status: Status) -> str:
    fixtures = status.get("fixtures")
    still = f" (left out as pictures that never move: {fixtures})" if fixtures else ""
    return _text(status, "faces") + still


def _surroundings(status: Status) -> str:
    weather = status.get("weather") or "weather not known"
    parts = [_text(status, "season"), _text(status, "day_time"), str(weather)]
    trouble = status.get("weather_trouble")
    return ", ".join(parts) + (f" ({trouble})" if trouble else "")


def _log(status: Status) -> str:
    counts = (
        f"{_text(status, 'errors_last_hour')} errors, "
        f"{_text(status, 'warnings_last_hour')} warnings in the last hour"
    )
    last = status.get("last_error")
    return f"{counts}; last: {last}" if last else counts


def _throttling(status: Status) -> str:
    words = status.get("throttled")
    if words is None:
        return NOT_MEASURED
    return ", ".join(str(word) for word in words) or "none since the machine was started"


def _disk(status: Status) -> str:
    free = status.get("disk_free_bytes")
    return f"{free / 1e9:.1f} GB free" if isinstance(free, int | float) else NOT_MEASURED


def _proof(status: Status) -> str:
    proof = status.get("proof")
    if not isinstance(proof, Mapping):
        return "–"
    return _text(proof, "trouble") if proof.get("trouble") else f"event {_text(proof, 'event')}"


def _page(status: Status) -> str:
    silent_s, refused = status.get("page_silent_s"), status.get("reports_refused")
    heard = f"heard {silent_s:.0f} s ago" if isinstance(silent_s, int | float) else "–"
    return f"{heard}; {refused} reports refused" if refused else heard


def _measured(status: Status, key: str, pattern: str) -> str:
    value = status.get(key)
    return pattern.format(value) if isinstance(value, int | float) else NOT_MEASURED


def _text(status: Status, key: str) -> str:
    value = status.get(key)
    return "–" if value in (None, "") else str(value)


def _items(status: Status, key: str) -> list[str]:
    value = status.get(key)
    return [str(item) for item in value] if isinstance(value, list) else []


def _joined(status: Status, key: str) -> str:
    return ", ".join(_items(status, key)) or "–"


def _duration(seconds: Any) -> str:
    if not isinstance(seconds, int | float):
        return "–"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
