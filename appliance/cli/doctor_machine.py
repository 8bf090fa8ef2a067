"""What ``appliance doctor`` asks of the machine: card, power, heat, clock, display, network."""

from __future__ import annotations

from pathlib import Path

import requests

from appliance.cli.context import Context
from appliance.cli.findings import Outcome, Verdict
from appliance.daemon.clock import has_right_time
from appliance.daemon.machine import Machine
from appliance.daemon.phone_address import LOOPBACK, in_url, lan_address, phone_host
from appliance.daemon.running_unit import RunningUnit
from appliance.errors import DaemonError
from appliance.inspection.kernel_reports import (
    PRE_END,
    WORN_OUT,
    card_health,
    displays,
    has_memory_limits,
    has_under_voltage,
)

HOT_C = 80.0
"""The Raspberry Pi slows down from here (its documentation, "Frequency management")."""
WARM_C = 70.0
TIMEOUT_S = 3.0


def card(context: Context) -> Outcome:
    """The disk of the state directory, as far as the kernel tells of its health."""
    health = card_health(_existing(context.state_dir))
    name = health.device or "the disk"
    if health.is_read_only:
        return Verdict.FAIL, (
            f"{name} is mounted read-only, which the kernel does after errors: back it up if you"
            " can, replace the card, 'appliance restore'"
        )
    if health.pre_end in PRE_END:
        verdict = Verdict.FAIL if health.pre_end == 3 else Verdict.WARN
        return verdict, f"{name}: {PRE_END[health.pre_end]}; replace the card soon"
    if health.life_used is not None and health.life_used >= WORN_OUT:
        return Verdict.FAIL, f"{name} has used up its life time; back up and replace the card"
    if health.errors:
        return Verdict.WARN, (
            f"{name}: the file system has met {health.errors} errors; back up, check it"
            " (fsck), and replace the card if more come"
        )
    known = []
    if health.errors is not None:
        known.append("no file system errors")
    if health.life_used is not None:
        known.append(f"at most {10 * health.life_used} % of its life time used")
    return Verdict.OK, f"{name} can be written; {', '.join(known) or 'it does not tell more'}"


def power(context: Context) -> Outcome:
    """Under-voltage and throttling, now and since the machine was started."""
    throttled = Machine(context.state_dir).read().throttled
    is_low = has_under_voltage()
    if throttled is None and is_low is None:
        return Verdict.OK, "this machine does not measure its supply"
    words = throttled or ()
    if is_low or "under-voltage" in words:
        return (
            Verdict.FAIL,
            "under-voltage now: use the Raspberry Pi's own supply and a short cable",
        )
    if words:
        return Verdict.WARN, (
            f"{', '.join(words)} since the machine was started: see to its supply and cooling"
        )
    return Verdict.OK, "no under-voltage and no throttling since the machine was started"


def heat(context: Context) -> Outcome:
    celsius = Machine(context.state_dir).read().temperature_c
    if celsius is None:
        return Verdict.OK, "this machine does not measure its temperature"
    if celsius >= HOT_C:
        return Verdict.FAIL, f"{celsius:.0f} °C: the processor slows down; give it air or a fan"
    if celsius >= WARM_C:
        return Verdict.WARN, f"{celsius:.0f} °C: near the limit of {HOT_C:.0f} °C; give it air"
    return Verdict.OK, f"{celsius:.0f} °C"


def memory(context: Context) -> Outcome:
    """Whether the kernel holds services to their memory limits."""
    if has_memory_limits():
        return Verdict.OK, "the kernel holds services to their limits (MemoryMax)"
    return Verdict.WARN, (
        "the kernel has its memory cgroup switched off, so MemoryMax does nothing (Raspberry Pi OS"
        " does so): add 'cgroup_enable=memory cgroup_memory=1' to the one line of"
        " /boot/firmware/cmdline.txt and restart"
    )


def clock(context: Context) -> Outcome:
    if has_right_time():
        return Verdict.OK, "synchronised, or kept by a clock chip"
    return Verdict.WARN, (
        "not synchronised: campaigns with dates do not play and nothing is purged; connect a"
        " network (timedatectl set-ntp true) or fit a clock chip"
    )


def display(context: Context) -> Outcome:
    outputs = list(displays())
    connected = [name for name, is_connected in outputs if is_connected]
    if connected:
        return Verdict.OK, f"connected: {', '.join(connected)}"
    if not outputs:
        return Verdict.WARN, "this machine has no video output that the kernel knows"
    names = ", ".join(name for name, _ in outputs)
    return Verdict.FAIL, f"nothing is connected to {names}; check cable and power of the display"


def network(context: Context) -> Outcome:
    """The address, and whether the phone page answers there."""
    address = lan_address()
    if address == LOOPBACK:
        return Verdict.WARN, "no network: the panel plays on, phones and weather have none"
    settings = context.settings.phone
    try:
        port = RunningUnit.find(context.state_dir).phone_port
    except DaemonError:
        return Verdict.OK, f"address {address}"
    if not settings.enabled or port is None:
        return Verdict.OK, f"address {address}; the phone page is switched off"
    host = in_url(phone_host(settings))
    try:
        with requests.Session() as session:
            session.trust_env = False
            session.get(f"http://{host}:{port}/", timeout=TIMEOUT_S, allow_redirects=False)
    except requests.RequestException:
        return Verdict.WARN, (
            f"address {address}, but the phone page does not answer at {host}:{port}; see"
            " phone.host and the firewall"
        )
    return Verdict.OK, f"address {address}; the phone page answers at {host}:{port}"


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
