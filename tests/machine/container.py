"""A fake unit: Debian 13 with a real systemd and a real sshd, booted by systemd-nspawn.

The network is a cable of its own (10.99.N.0/30) to this machine and leads nowhere else. Powering
off is pulling the plug: every process is killed at once, and what is on the disk stays.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import psutil

from tests.machine.base_tree import OPERATOR, cache_dir, overlay, ssh_key

NETWORKS = 64
BOOT_S = 60
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Container:
    """One file tree and the cable to it; ``boot`` and ``pull_the_plug`` as often as you like."""

    def __init__(self, root: Path, number: int, scratch: Path) -> None:
        self.root = root
        """The container's file tree as this machine sees it; also good while it runs."""
        self.address = f"10.99.{number}.2"
        self.host_address = f"10.99.{number}.1"
        """This machine, as the container sees it."""
        self.user = OPERATOR
        self.key = ssh_key()
        self.known_hosts = scratch / "known_hosts"
        self.console = scratch / "console"
        self._namespace = f"maum-{number}"
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._leader = 0
        self._prepare()

    # --- power ------------------------------------------------------------------------------

    def boot(self, *, wait: bool = True) -> None:
        """Switch it on; ``wait``: until systemd has started everything that is enabled."""
        assert self._nspawn is None, "it is on already"
        group = _cgroup_root() / self._namespace
        group.mkdir(exist_ok=True)
        # systemd inside takes over the control group it finds itself in, so it gets one of its own.
        script = 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"'
        # systemd's filters of addresses and devices are BPF programs.
        nspawn = [
            "systemd-nspawn", "--quiet", f"--directory={self.root}", "--boot", "--register=no",
            "--keep-unit", f"--network-namespace-path=/run/netns/{self._namespace}",
            "--capability=CAP_BPF,CAP_NET_ADMIN,CAP_PERFMON", "--system-call-filter=bpf",
            "--console=pipe", "--resolv-conf=off", "--timezone=off", "--link-journal=no",
            f"--machine={self._namespace}", "--", "systemd.journald.forward_to_console=no",
        ]  # fmt: skip
        with self.console.open("ab") as console:
            self._nspawn = subprocess.Popen(
                ["sh", "-c", script, "sh", group, *nspawn],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                start_new_session=True,
            )
        self._leader = self._wait_for_init()
        if wait:
            self.wait_until_up()

    def wait_until_up(self) -> str:
        """``running``, or ``degraded`` where a unit has failed."""
        end_s = time.monotonic() + BOOT_S
        while True:
            state = self.run("systemctl", "is-system-running", "--wait", check=False).strip()
            if state in ("running", "degraded"):
                return state
            assert time.monotonic() < end_s, f"not up ({state}): {self.console.read_text()[-800:]}"
            time.sleep(0.05)

    def pull_the_plug(self) -> None:
        """Kill everything in it at once, as when the power fails."""
        if self._nspawn is None:
            return
        for pid in (self._leader, self._nspawn.pid):
            if pid and psutil.pid_exists(pid):
                os.kill(pid, signal.SIGKILL)
        self._nspawn.wait(timeout=30)
        self._nspawn, self._leader = None, 0

    def reboot(self) -> None:
        """The plug out and in again."""
        self.pull_the_plug()
        self.boot()

    @property
    def is_on(self) -> bool:
        return self._nspawn is not None and self._nspawn.poll() is None

    @property
    def leader(self) -> int:
        """Process number of its init, as this machine counts."""
        return self._leader

    # --- commands ---------------------------------------------------------------------------

    def run(
        self,
        *command: str | Path,
        user: str = "",
        check: bool = True,
        timeout_s: float = 60,
        stdin: str | None = None,
        env: dict[str, str] | None = None,
    ) -> str:
        """Run a command in it, past sshd; returns what it printed (both streams)."""
        done = subprocess.run(
            self._entering(user, env) + [str(word) for word in command],
            input=stdin, stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=timeout_s, check=False,
        )  # fmt: skip
        if check:
            words = " ".join(map(str, command))
            assert done.returncode == 0, f"{words} ended with {done.returncode}: {done.stdout}"
        return done.stdout

    def start(
        self, *command: str | Path, user: str = "", stdout: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        """Start a command in it and do not wait."""
        return subprocess.Popen(
            self._entering(user, None) + [str(word) for word in command],
            stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ssh_options(self) -> list[str]:
        """For ssh and rsync: this container's key, and its host key as the only one known."""
        return [
            "-F", "/dev/null", "-i", str(self.key), "-o", f"UserKnownHostsFile={self.known_hosts}",
            "-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            "-o", "ConnectTimeout=10",
        ]  # fmt: skip

    def ssh(self, command: str, *, check: bool = True, timeout_s: float = 60) -> str:
        """As the operator, from this machine over the cable."""
        done = subprocess.run(
            ["ssh", *self.ssh_options(), f"{self.user}@{self.address}", command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=timeout_s, check=False,
        )  # fmt: skip
        if check:
            assert done.returncode == 0, f"ssh {command}: {done.returncode}: {done.stdout}"
        return done.stdout

    def path(self, inside: str) -> Path:
        """Where a path of the container's file tree lies on this machine (its disk, no tmpfs)."""
        return self.root / inside.lstrip("/")

    # --- the cable --------------------------------------------------------------------------

    def unplug_network(self) -> None:
        _ip("-n", self._namespace, "link", "set", "host0", "down")

    def plug_network(self) -> None:
        _ip("-n", self._namespace, "link", "set", "host0", "up")
        _ip("-n", self._namespace, "route", "replace", "default", "via", self.host_address)

    # --- how it is made ---------------------------------------------------------------------

    def _prepare(self) -> None:
        """The operator's key goes in, the host's key comes out."""
        home = self.path(f"/home/{OPERATOR}")
        folder = home / ".ssh"
        folder.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(self.key.with_suffix(".pub"), folder / "authorized_keys")
        owner = home.stat()
        for path in (folder, folder / "authorized_keys"):
            os.chown(path, owner.st_uid, owner.st_gid)
        host_key = self.path("/etc/ssh/ssh_host_ed25519_key.pub").read_text()
        self.known_hosts.write_text(f"{self.address} {host_key}")

    def _wait_for_init(self) -> int:
        assert self._nspawn is not None
        end_s = time.monotonic() + BOOT_S
        while time.monotonic() < end_s:
            assert self._nspawn.poll() is None, f"did not boot: {self.console.read_text()[-800:]}"
            for child in psutil.Process(self._nspawn.pid).children(recursive=True):
                if _is_init(child.pid):
                    return child.pid
            time.sleep(0.02)
        raise AssertionError("no init came up")

    def _entering(self, user: str, env: dict[str, str] | None) -> list[str]:
        given = {"PATH": _PATH, "LANG": "C.UTF-8", **(env or {})}
        entering = ["nsenter", f"--target={self._leader}", "--mount", "--uts", "--ipc", "--net",
                    "--pid", "--cgroup", "--root", "--wdns=/", "env", "-i"]  # fmt: skip
        entering += [f"{name}={value}" for name, value in given.items()]
        return entering + (["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
                           if user else [])  # fmt: skip


@contextmanager
def container(below: list[Path], *, in_memory: bool = False) -> Iterator[Container]:
    """A container on these trees (the lowest first), switched off, with a clean disk of its own.

    ``in_memory``: the disk is a RAM disk, for whoever writes much and reads no times off it.
    """
    with ExitStack() as parts:
        number = parts.enter_context(_network())
        scratch = Path(tempfile.mkdtemp(prefix="container-", dir=cache_dir()))
        parts.callback(shutil.rmtree, scratch, ignore_errors=True)
        if in_memory:
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", scratch], check=True)
            parts.callback(subprocess.run, ["umount", "--lazy", scratch], check=True)
        root = parts.enter_context(overlay(below, scratch / "disk", scratch / "root"))
        made = Container(root, number, scratch)
        parts.callback(made.pull_the_plug)
        yield made


@contextmanager
def _network() -> Iterator[int]:
    """The number of a cable that nobody else uses, with a namespace ``maum-N`` at its far end."""
    with _free_number() as number:
        name, near = f"maum-{number}", f"maum{number}"
        # What a killed run has left.
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
        subprocess.run(["ip", "link", "del", near], capture_output=True, check=False)
        _ip("netns", "add", name)
        try:
            _ip("link", "add", near, "type", "veth", "peer", "name", "host0", "netns", name)
            _ip("address", "add", f"10.99.{number}.1/30", "dev", near)
            _ip("link", "set", near, "up")
            inside = ("-n", name)
            _ip(*inside, "address", "add", f"10.99.{number}.2/30", "dev", "host0")
            for device in ("lo", "host0"):
                _ip(*inside, "link", "set", device, "up")
            _ip(*inside, "route", "add", "default", "via", f"10.99.{number}.1")
            yield number
        finally:
            subprocess.run(["ip", "link", "del", near], capture_output=True, check=False)
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


@contextmanager
def _free_number() -> Iterator[int]:
    for number in range(NETWORKS):
        lock: IO[str] = (cache_dir() / f"network-{number}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        with lock:
            yield number
        return
    raise AssertionError(f"all {NETWORKS} networks are in use")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _is_init(pid: int) -> bool:
    """Whether the process is the first of a process namespace that is not ours."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return False
    numbers = next((line.split()[1:] for line in lines if line.startswith("NSpid:")), [])
    return len(numbers) > 1 and numbers[-1] == "1" and name == "systemd"


def _cgroup_root() -> Path:
    unified = Path("/sys/fs/cgroup/unified")
    return unified if unified.is_dir() else Path("/sys/fs/cgroup")
