"""The file trees containers start from, made once and kept: Debian 13, on it the product's venv.

They lie outside the repository in ``$XDG_CACHE_HOME/maum-signage`` (``~/.cache``), each named by a
digest of what went into it, so that a change makes a new one. Packages come from where this
machine gets its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import inspect
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

SUITE = "trixie"
PYTHON = "3.13"
RELEASE = "/opt/appliance/releases/under-test"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
OPERATOR = "pi"
"""Who logs in by SSH; may use sudo, as on a Raspberry Pi."""

# What a freshly installed Raspberry Pi OS has, and a clock that can be set by a test.
_PACKAGES = (
    "ca-certificates", "dbus", "iproute2", "libfaketime", "libpam-systemd", "openssh-server",
    "procps", "python3-venv", "rsync", "sudo", "systemd", "systemd-sysv",
)  # fmt: skip
# What deploying installs, so that tests need no package source while they run.
_UNIT_PACKAGES = ("cage", "chromium", "chromium-sandbox", "ffmpeg", "fonts-nanum", "grim")
_NOT_INSTALLED = ("doc", "man", "locale", "info")
_TOOLS = ("mmdebstrap", "systemd-nspawn", "ip", "ssh", "ssh-keygen", "nsenter", "mount")
_UNUSED_FOR_S = 14 * 86_400


def skip_where_impossible() -> None:
    """Loudly: a machine on which nothing can be booted proves nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("NO CONTAINER: only root can boot one")
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(
            f"NO CONTAINER without {', '.join(missing)}: apt-get install mmdebstrap"
            " systemd-container iproute2 openssh-client"
        )
    if obstacle := _obstacle():
        pytest.skip(f"NO CONTAINER: {obstacle}")


@cache
def _obstacle() -> str | None:
    """What root may not do here, as inside of another container."""
    with tempfile.TemporaryDirectory(prefix="probe-", dir=cache_dir()) as name:
        folder = Path(name)
        (folder / "below").mkdir()
        try:
            with overlay([folder / "below"], folder / "upper", folder / "root"):
                pass
        except subprocess.CalledProcessError:
            return "no file tree can be laid over another here (mount -t overlay)"
    cable = f"probe{os.getpid()}"
    try:
        _run("ip", "link", "add", cable, "type", "veth", "peer", "name", f"{cable}b")
        _run("ip", "link", "del", cable)
    except subprocess.CalledProcessError:
        return "no network can be made here (ip link add type veth)"
    return None


def cache_dir() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maum-signage"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def debian_tree() -> Path:
    """Debian 13 with sshd, the operator's account and all system packages of a unit."""
    packages = sorted({*_PACKAGES, *_UNIT_PACKAGES, *_wanted_by_unit()})
    return kept("debian", [SUITE, *packages, inspect.getsource(_make_debian)], _make_debian)


def wheelhouse() -> Path:
    """What ``deploy.sh wheelhouse`` makes for the container's Python, for these locks."""
    files = [*(ROOT / "systemd/requirements").glob("*.txt"), ROOT / "systemd/deploy/wheelhouse.sh"]
    ingredients = [PYTHON, *(path.read_text() for path in sorted(files))]

    def make(folder: Path) -> None:
        words = [ROOT / "deploy.sh", "wheelhouse", folder, "--python", PYTHON]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"NO WHEELS: {done.stderr[-300:]}")

    return kept("wheelhouse", ingredients, make)


def ssh_key() -> Path:
    """The operator's private key."""
    return kept("ssh", [], _make_ssh_key) / "id_ed25519"


def venv_layer() -> Path:
    """What an installed release adds to the Debian tree, above all its virtual environment.

    The release's own files are as they were when the layer was made: copy them anew.
    """
    debian, wheels = debian_tree(), wheelhouse()

    def make(folder: Path) -> None:
        with overlay([debian], folder / "files", folder / "root") as root:
            copy_release(root)
            (root / "wheels").mkdir()
            subprocess.run(["mount", "--bind", wheels, root / "wheels"], check=True)
            try:
                _run("chroot", root, "python3", "-m", "venv", f"{RELEASE}/.venv")
                pip = (f"{RELEASE}/.venv/bin/pip", "install", "--quiet", "--no-deps")
                for words in (
                    ("--requirement", f"{RELEASE}/systemd/requirements/build.txt"),
                    ("--requirement", f"{RELEASE}/systemd/requirements/runtime.txt"),
                    ("--editable", RELEASE),
                ):
                    _run(
                        "chroot", root, *pip, "--no-index", "--find-links=/wheels",
                        "--no-build-isolation", *words,
                    )  # fmt: skip
                _run("chroot", root, f"{RELEASE}/.venv/bin/python", "-m", "compileall", "-q",
                     f"{RELEASE}/appliance")  # fmt: skip
            finally:
                subprocess.run(["umount", root / "wheels"], check=True)
            (root / "wheels").rmdir()

    return kept("venv", [debian.name, wheels.name, inspect.getsource(venv_layer)], make) / "files"


def copy_release(root: Path) -> None:
    """The checkout's own files, as they are now, to where a release lies on its host."""
    folder = root / RELEASE.lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    options = ("-z", "--cached", "--others", "--exclude-standard", "--", ".", ":!tests")
    tracked = _output_of("git", "-C", str(ROOT), "ls-files", *options).split("\0")
    for name in filter(None, tracked):
        # A file may be deleted and not committed yet.
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            # With its time, so that what was compiled of it still holds.
            shutil.copy2(ROOT / name, folder / name)


@contextmanager
def overlay(below: list[Path], upper: Path, root: Path) -> Iterator[Path]:
    """``below`` (the lowest first) seen at ``root``; what is written there goes to ``upper``."""
    work = upper.with_name(upper.name + ".work")
    for folder in (upper, work, root):
        folder.mkdir(parents=True, exist_ok=True)
    lower = ":".join(str(each) for each in reversed(below))
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    _run("mount", "-t", "overlay", "overlay", "-o", options, root)
    try:
        yield root
    finally:
        subprocess.run(["umount", "--lazy", root], check=True)
        shutil.rmtree(work, ignore_errors=True)


def kept(name: str, ingredients: list[str], make: Callable[[Path], None]) -> Path:
    """The folder that ``make`` has filled for these ingredients, now or at an earlier time."""
    digest = hashlib.sha256("\0".join(ingredients).encode()).hexdigest()[:12]
    folder = cache_dir() / f"{name}-{digest}"
    # Tests run in several processes: one makes it, the others wait.
    with (cache_dir() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _forget_unused(name)
            unfinished = folder.with_name(f"unfinished-{folder.name}")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
        os.utime(folder)
    return folder


def _forget_unused(name: str) -> None:
    for old in cache_dir().glob(f"{name}-*"):
        if time.time() - old.stat().st_mtime > _UNUSED_FOR_S:
            shutil.rmtree(old, ignore_errors=True)


def _make_debian(folder: Path) -> None:
    packages = ",".join(sorted({*_PACKAGES, *_UNIT_PACKAGES, *_wanted_by_unit()}))
    options = [f"--dpkgopt=path-exclude=/usr/share/{each}/*" for each in _NOT_INSTALLED]
    options += ["--dpkgopt=force-unsafe-io", '--aptopt=Apt::Install-Recommends "false"']
    proxy = _output_of("apt-config", "shell", "PROXY", "Acquire::http::Proxy").partition("=")[2]
    if proxy:
        options.append(f"--aptopt=Acquire::http::Proxy {proxy.strip()}")
    mirrors = _mirrors()
    if not mirrors or not KEYRING.exists():
        pytest.skip("NO CONTAINER: apt knows no source of Debian's packages here")
    made = subprocess.run(
        ["mmdebstrap", "--variant=minbase", f"--keyring={KEYRING}", f"--include={packages}",
         *options, SUITE, folder, mirrors[0]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"NO CONTAINER: Debian could not be fetched: {made.stderr[-300:]}")
    _run("chroot", folder, "useradd", "--create-home", "--shell=/bin/bash", OPERATOR)
    (folder / f"etc/sudoers.d/{OPERATOR}").write_text(f"{OPERATOR} ALL=(ALL) NOPASSWD: ALL\n")
    (folder / "etc/hostname").write_text("maum-test\n")
    (folder / "etc/hosts").write_text("127.0.0.1 localhost\n127.0.1.1 maum-test\n")
    # Each boot has an identity of its own, as a card that was freshly written.
    (folder / "etc/machine-id").write_text("")
    (folder / "etc/resolv.conf").unlink(missing_ok=True)


def _mirrors() -> list[str]:
    """Where this machine gets Debian's own packages from."""
    found = _output_of(
        "apt-get", "indextargets", "--format", "$(REPO_URI)",
        "Created-By: Packages", "Origin: Debian", "Label: Debian",
    )  # fmt: skip
    return list(dict.fromkeys(found.split()))


def _make_ssh_key(folder: Path) -> None:
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "id_ed25519")


def _wanted_by_unit() -> list[str]:
    """Of systemd/packages.txt those that Debian has for every machine."""
    path = ROOT / "systemd" / "packages.txt"
    lines = path.read_text().splitlines() if path.exists() else []
    return [
        name for line in lines if (name := line.partition("#")[0].strip()) and "[pi]" not in line
    ]


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _output_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
