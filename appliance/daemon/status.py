"""What the unit says of itself: for ``appliance status``, doctor and monitoring."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from appliance.daemon.clock import Clock
from appliance.daemon.contacts import Contacts
from appliance.daemon.control_loop import ControlLoop
from appliance.daemon.inbox import Inbox
from appliance.daemon.log_counter import LogCounter
from appliance.daemon.machine import Machine
from appliance.daemon.networks import Networks
from appliance.daemon.perception_loop import PerceptionLoop
from appliance.daemon.process_guard import is_memory_private
from appliance.daemon.seeing import Seeing
from appliance.errors import WebError
from appliance.feedback.interest import InterestModel
from appliance.store.head_witness import NAME, read_record
from appliance.web.panel.page_link import PageLink
from appliance.web.screen_feed import ScreenFeed


class StatusReport:
    """Reads the parts from any thread; changes nothing."""

    def __init__(
        self,
        feed: ScreenFeed,
        inbox: Inbox,
        control: ControlLoop,
        perception: PerceptionLoop,
        seeing: Seeing,
        networks: Networks,
        weather_trouble: Callable[[], str | None],
        interest: Callable[[], InterestModel],
        logged: LogCounter,
        machine: Machine,
        clock: Clock,
        contacts: Contacts,
        backups: Callable[[], dict[str, str | None]],
        settings_trouble: Callable[[], str | None],
        film_troubles: Callable[[], list[str]],
        proof: Callable[[], dict[str, Any]],
        link: PageLink,
    ) -> None:
        self._feed = feed
        self._inbox = inbox
        self._control = control
        self._perception = perception
        self._seeing = seeing
        self._networks = networks
        self._weather_trouble = weather_trouble
        self._interest = interest
        self._logged = logged
        self._machine = machine
        self._clock = clock
        self._contacts = contacts
        self._backups = backups
        self._settings_trouble = settings_trouble
        self._film_troubles = film_troubles
        self._proof = proof
        self._link = link
        self._started_s = time.monotonic()
        self._process = psutil.Process(os.getpid())

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; holds the number of faces, nothing about any of them."""
        moment = self._control.moment
        networks = self._networks.in_use
        logged = self._logged.last_hour()
        return {
            "version": version("maum-signage"),
            "pid": os.getpid(),
            "uptime_s": round(time.monotonic() - self._started_s, 1),
            **self._screen(),
            "camera": self._perception.camera_name,
            "camera_turned": self._seeing.camera_turn,
            "frames_per_s": round(self._perception.frames_per_s, 2),
            "networks": [network.title for network in networks],
            "network_troubles": [trouble for each in networks for trouble in each.troubles],
            "interest": self._interest().summary,
            "faces": moment.watchers if moment else 0,
            "fixtures": moment.fixtures if moment else 0,
            "clips": self._control.clip_count,
            "queue": len(self._inbox),
            "memory_mb": round(self._process.memory_info().rss / 1e6),
            "clock_synchronised": self._clock.now().stamp.is_synced,
            **asdict(self._machine.read()),
            "errors_last_hour": logged["error"],
            "warnings_last_hour": logged["warning"],
            "last_error": self._logged.last_error,
            "backup": self._backups(),
            "settings_trouble": self._settings_trouble(),
            "film_troubles": self._film_troubles(),
            "proof": self._proof(),
            "page_silent_s": round(self._link.silent_s, 1),
            "reports_refused": self._control.refused_reports + self._link.refused,
            "contacted": list(self._contacts.asked()),
            "memory_private": is_memory_private(),
        }

    def _screen(self) -> dict[str, Any]:
        try:
            state = self._feed.latest()
        except WebError:
            return {
                "screen": "starting",
                "sensing": "unavailable",
                "troubles": list(self._link.troubles),
            }
        return {
            "screen": state.screen.value,
            "clip": state.play.clip.title if state.play else None,
            "why": self._control.reason,
            "sensing": state.sensing.value,
            "sensing_paused_by": state.sensing_paused_by,
            "troubles": [*state.troubles, *self._link.troubles],
            "season": state.surroundings.season.value,
            "day_time": state.surroundings.day_time.value,
            "weather": state.surroundings.weather.value if state.surroundings.weather else None,
            "weather_trouble": self._weather_trouble(),
        }


def proof_state(state_dir: Path, chain_key: bytes) -> dict[str, Any]:
    """The number of the event recorded last outside of the database, and what is wrong with it."""
    record = read_record(state_dir, chain_key)
    if record is None:
        return {"event": None, "trouble": f"there is no {NAME} to hold the proof's end to"}
    last = record.setbacks[-1] if record.setbacks else None
    trouble = f"the database was set back; {last}" if last else None
    return {"event": record.head.event_id, "trouble": trouble}
