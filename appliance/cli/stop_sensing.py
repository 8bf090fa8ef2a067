"""``appliance stop-sensing`` and ``start-sensing``: the staff's own switch for the camera."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from typing import Any

import click
import requests

from appliance.cli.context import Context
from appliance.cli.parameters import ParamType
from appliance.daemon.clock import Clock
from appliance.daemon.running_unit import TIMEOUT_S, RunningUnit
from appliance.errors import ContentError, DaemonError, StoreError
from appliance.messages import StaffWish
from appliance.store.daemon_lock import DaemonLock
from appliance.store.database import open_database
from appliance.store.sensing_stop import SensingStop, SensingStopStore
from appliance.web.panel.sensing import LONGEST_STOP_S

CLOSED_WITHIN_S = 15.0
POLL_S = 0.2
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d{1,6}[smhd])+", re.ASCII)


class Duration(ParamType):
    """A length of time such as ``30m`` or ``1h30m``; gives seconds."""

    name = "30m"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Raises ContentError for anything else."""
        text = str(value).strip().lower()
        if _DURATION.fullmatch(text) is None:
            raise ContentError(
                f"--for is no length of time: {text[:40]!r}; write 45s, 30m or 1h30m"
            )
        parts = re.findall(r"(\d+)([smhd])", text)
        total_s = float(sum(int(number) * _UNITS_S[unit] for number, unit in parts))
        if not 0 < total_s <= LONGEST_STOP_S:
            raise ContentError(
                "--for lies between 1s and 366d; leave it out to stop without an end"
            )
        return total_s


@click.command("stop-sensing")
@click.option("--for", "for_s", type=Duration(), help="For how long; without it: until started.")
@click.option("--off", is_flag=True, help="The same as start-sensing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def stop_sensing(context: Context, for_s: float | None, off: bool, as_json: bool) -> None:
    """Close the camera until it is started again, or for a while; the panel says so.

    It holds over a restart of the unit, and no touch of a passer-by ends it. Without a running
    unit it is noted, and holds from the next start on.
    """
    if off and for_s is not None:
        raise click.UsageError("--for and --off exclude each other")
    _have(context, StaffWish.START if off else StaffWish.STOP, for_s, as_json)


@click.command("start-sensing")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def start_sensing(context: Context, as_json: bool) -> None:
    """End stop-sensing, and a passer-by's pause; quiet hours stay."""
    _have(context, StaffWish.START, None, as_json)


def _have(context: Context, wish: StaffWish, for_s: float | None, as_json: bool) -> None:
    is_running = DaemonLock.holder(context.database_path) is not None
    if is_running:
        running = RunningUnit.find(context.state_dir)
        _ask(running, wish, for_s)
        status = _settled(running) if wish is StaffWish.STOP else running.status()
    else:
        _note(context, wish, for_s)
        status = {}
    until = None
    if wish is StaffWish.STOP and for_s is not None:
        until = (dt.datetime.now().astimezone() + dt.timedelta(seconds=for_s)).isoformat(
            "T", "seconds"
        )
    if as_json:
        answer = {
            "sensing": "stopped" if wish is StaffWish.STOP else "started",
            "until": until,
            "running": is_running,
            "camera": status.get("camera"),
            "paused_by": status.get("sensing_paused_by"),
        }
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        click.echo(_told(wish, until, status if is_running else None))


def _ask(running: RunningUnit, wish: StaffWish, for_s: float | None) -> None:
    body = {"wish": wish.value, "for_s": for_s}
    try:
        answer = requests.post(
            f"{running.panel_url}/sensing/staff", json=body, timeout=2 * TIMEOUT_S
        )
        answer.raise_for_status()
    except requests.RequestException as exc:
        raise DaemonError(
            f"the unit (process {running.pid}) did not take it ({type(exc).__name__}); nothing is"
            " sure: try again, or stop the unit"
        ) from exc


def _settled(running: RunningUnit) -> dict[str, Any]:
    """The status once the camera is closed. Raises DaemonError when it does not close."""
    until_s = time.monotonic() + CLOSED_WITHIN_S
    while True:
        status = running.status()
        if status.get("camera") == "none" and status.get("sensing") == "paused":
            return status
        if time.monotonic() > until_s:
            raise DaemonError(
                f"the unit has taken it, but its camera is still open after {CLOSED_WITHIN_S:g} s"
                f" ({status.get('camera')}); stop the unit to be sure"
            )
        time.sleep(POLL_S)


def _note(context: Context, wish: StaffWish, for_s: float | None) -> None:
    if not context.database_path.exists():
        raise StoreError(
            f"there is no unit on {context.state_dir} yet; start it with 'appliance run'"
        )
    stop = SensingStop.from_now(for_s, Clock().now().stamp) if wish is StaffWish.STOP else None
    with open_database(context.database_path) as database:
        SensingStopStore(database).write(stop)


def _told(wish: StaffWish, until: str | None, status: dict[str, Any] | None) -> str:
    if wish is StaffWish.STOP:
        how_long = f"until {until}" if until else "until 'appliance start-sensing'"
        if status is None:
            return f"no unit runs; noted: from its next start on it does not sense, {how_long}"
        return f"sensing is stopped {how_long}; the camera is closed"
    if status is None:
        return "no unit runs; noted: it senses from its next start on"
    by = status.get("sensing_paused_by")
    return f"staff no longer stop sensing, but {by} does" if by else "sensing is on again"
