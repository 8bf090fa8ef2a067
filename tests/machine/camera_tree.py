"""Debian 13 with the real picamera2 on libcamera's virtual camera, as a layer on the base tree.

The two parts that no registry has (a dma-heap for machines without one, the virtual camera's
description) lie with the test data, beside the checkout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.lock_files import pinned
from tests.machine.base_tree import PYTHON, debian_tree, kept, overlay

PARTS = Path(os.environ.get("APPLIANCE_LIBCAMERA_VIRTUAL") or ROOT.parent / "shared" / "testing")
PACKAGES = (
    "gcc", "libc6-dev", "python3-av", "python3-dev", "python3-jsonschema", "python3-libarchive-c",
    "python3-libcamera", "python3-numpy", "python3-piexif", "python3-pil", "python3-prctl",
    "python3-setuptools", "python3-tqdm",
)  # fmt: skip
# The newest version that takes the frames of Debian 13's libcamera 0.4: later ones ask each frame
# whether it succeeded, which its virtual camera does not say.
WHEELS = ("picamera2==0.3.27", "pidng", "simplejpeg", "v4l2-python3", "videodev2")
FRAMES = "opt/frames"
SITE = "opt/camera/lib/python3.13/site-packages"


def parts() -> Path:
    """The folder of those two parts; skips loudly without it."""
    folder = PARTS / "libcamera-virtual"
    if not (folder / "dma_heap_preload.c").is_file():
        pytest.skip(f"NO VIRTUAL CAMERA at {folder}: set APPLIANCE_LIBCAMERA_VIRTUAL")
    return folder


def camera_layer() -> Path:
    """What the camera adds to the Debian tree; made once and kept."""
    folder, debian = parts(), debian_tree()
    preload = (folder / "dma_heap_preload.c").read_text(encoding="utf-8")
    description = (folder / "virtual.yaml").read_text(encoding="utf-8")

    def make(made: Path) -> None:
        with overlay([debian], made / "files", made / "root") as root:
            _install_packages(root)
            _install_wheels(root)
            (root / "opt/preload.c").write_text(preload, encoding="utf-8")
            build = ("gcc", "-shared", "-fPIC", "-o", "/opt/preload.so", "/opt/preload.c", "-ldl")
            _run("chroot", root, *build)
            place = root / "usr/share/libcamera/pipeline/virtual"
            place.mkdir(parents=True, exist_ok=True)
            (place / "virtual.yaml").write_text(description, encoding="utf-8")
            (root / FRAMES).mkdir()

    ingredients = [debian.name, *PACKAGES, *WHEELS, _opencv(), preload, description]
    return kept("camera", ingredients, make) / "files"


def _opencv() -> str:
    """The unit's own, as it is locked: Debian's brings a desktop with it."""
    return next(str(pin) for pin, _ in pinned("runtime") if pin.name == "opencv-python-headless")


def _install_packages(root: Path) -> None:
    resolver = root / "etc/resolv.conf"
    shutil.copy("/etc/resolv.conf", resolver)
    quiet = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq")
    try:
        for words in (("update",), ("install", "--yes", "--no-install-recommends", *PACKAGES)):
            _run("chroot", root, *quiet, *words)
    except subprocess.CalledProcessError as exc:
        pytest.skip(f"NO VIRTUAL CAMERA: Debian's packages could not be fetched: {exc}")
    finally:
        resolver.unlink()


def _install_wheels(root: Path) -> None:
    wheels = root / "opt/wheels"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download"]
    platforms = [f"--platform=manylinux_2_{minor}_{os.uname().machine}" for minor in (17, 28, 34)]
    done = subprocess.run(
        [*pip, "--no-deps", f"--dest={wheels}", f"--python-version={PYTHON}", *platforms,
         f"--platform=manylinux2014_{os.uname().machine}", *WHEELS, _opencv()],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.skip(f"NO VIRTUAL CAMERA: wheels could not be fetched: {done.stderr[-300:]}")
    _run("chroot", root, "python3", "-m", "venv", "--system-site-packages", "/opt/camera")
    install = ("/opt/camera/bin/pip", "install", "--quiet", "--no-index", "--no-deps")
    files = [f"/opt/wheels/{path.name}" for path in wheels.iterdir()]
    # pidng exists as source alone; Debian's setuptools builds it.
    _run("chroot", root, *install, "--no-build-isolation", *files)
    shutil.rmtree(wheels)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
