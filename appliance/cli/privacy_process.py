"""The daemon's process: its memory stays in it, and it talks to nobody the settings do not name."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from appliance.cli.findings import Outcome, Verdict
from appliance.cli.privacy_audit import AS_ROOT, Audit
from appliance.inspection.connections import Allowed, looked_up, open_sockets, unaccounted
from appliance.inspection.process import NotAllowedError, core_limit, swapped_kb
from appliance.surroundings.open_watch import asked_service

CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")
LOOKS = 5
LOOK_PERIOD_S = 0.2


def memory(audit: Audit) -> Outcome:
    """Core dumps are off, of either kind, and nothing of it lies in swap."""
    pid = audit.pid
    try:
        limit = core_limit(pid)
        pattern = CORE_PATTERN.read_text(encoding="utf-8", errors="replace").strip()
        swapped = swapped_kb(pid)
    except OSError as exc:
        return Verdict.FAIL, f"not proved: {exc.strerror or exc}; run the check on the unit itself"
    if limit != "0":
        return Verdict.FAIL, f"process {pid} may write core dumps (limit {limit}); start it anew"
    if audit.status.get("memory_private") is not True:
        return Verdict.FAIL, (
            f"process {pid} does not keep its memory private, so that a core dump may be handed"
            f" to {pattern!r}; start it anew with this version"
        )
    if swapped:
        return Verdict.FAIL, (
            f"{swapped} kB of process {pid} lie in swap, frames of the camera perhaps among them;"
            " switch swap off (dphys-swapfile, zram: systemctl disable; swapoff -a), start it anew"
        )
    return (
        Verdict.OK,
        "no core dumps (limit 0, not dumpable), none of it in swap, closed to other processes",
    )


def sockets(audit: Audit) -> Outcome:
    """Those of the web servers, and nothing else."""
    allowed = _allowed(audit)
    strange: dict[str, None] = {}
    try:
        for _ in range(LOOKS):
            found = open_sockets(_without_command(audit))
            strange |= dict.fromkeys(unaccounted(found, allowed))
            time.sleep(LOOK_PERIOD_S)
    except NotAllowedError:
        return Verdict.FAIL, f"not proved: {AS_ROOT}"
    if strange:
        return Verdict.FAIL, (
            f"the unit {'; '.join(strange)}: nothing in the settings accounts for it;"
            " stop the unit and find out what opened it"
        )
    ports = ", ".join(f"{host}:{port}" for host, port in sorted(allowed.listening))
    return Verdict.OK, f"it listens on {ports} alone and talks to nobody else ({LOOKS} looks)"


def requests_made(audit: Audit) -> Outcome:
    """Everybody the daemon has asked for anything since its start."""
    allowed = {f"{host}:{port}" for host, port in _allowed(audit).asked}
    asked = audit.status.get("contacted")
    if not isinstance(asked, list):
        return Verdict.FAIL, "not proved: the unit keeps no record; start it with this version"
    strange = [str(each) for each in asked if each not in allowed]
    if strange:
        return Verdict.FAIL, (
            f"since its start the unit has asked {', '.join(strange)}; the settings name"
            f" {', '.join(sorted(allowed)) or 'nobody'}"
        )
    whom = ", ".join(sorted(allowed)) or "nobody (surroundings.weather is off)"
    return Verdict.OK, (
        f"it may ask {whom} and has asked {', '.join(asked) or 'nobody'} since its start"
        " (every connection that the program opens is noted)"
    )


def _allowed(audit: Audit) -> Allowed:
    settings = audit.context.settings
    running = audit.running
    panel = urlsplit(running.panel_url)
    listening = {(panel.hostname or "", panel.port or settings.panel.port)}
    if settings.phone.enabled and running.phone_port is not None:
        listening.add((settings.phone.host, running.phone_port))
    service = asked_service(settings.surroundings)
    asked = frozenset({service} if service else ())
    return Allowed(frozenset(listening), asked, looked_up(asked))


def _without_command(audit: Audit) -> list[psutil.Process]:
    """The operator's own command that follows an export may talk to whom it likes."""
    command = list(audit.context.settings.phone.export_command)
    left_out: set[int] = set()
    kept = []
    for process in audit.processes:
        try:
            is_command = bool(command) and process.cmdline() == command
            if is_command or process.ppid() in left_out:
                left_out.add(process.pid)
                continue
        except psutil.Error:
            continue
        kept.append(process)
    return kept
