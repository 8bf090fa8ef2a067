"""The product on a booted machine, installed as on a real one; its screen is a headless one."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from appliance.domain import Image
from tests.machine.base_tree import RELEASE, copy_release, debian_tree, venv_layer
from tests.machine.container import Container, container

Value = TypeVar("Value")

APPLIANCE = "/usr/local/bin/appliance"
STATE = "/var/lib/appliance"
DATABASE = f"{STATE}/appliance.db"
# What a display and a seat are to a real unit.
HEADLESS = """\
WLR_BACKENDS=headless
WLR_RENDERER=pixman
WLR_LIBINPUT_NO_DEVICES=1
"""


class InstalledUnit:
    """The unit's services on one machine, and what they say."""

    def __init__(self, machine: Container) -> None:
        self.machine = machine
        self.run = machine.run

    # --- asking -----------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """What the daemon says of itself; empty while it does not answer."""
        said = self.run("curl", "-sf", "--max-time", "3", "http://127.0.0.1:8080/status",
                        check=False)  # fmt: skip
        return dict(json.loads(said)) if said.startswith("{") else {}

    def wait_for(
        self,
        condition: Callable[[], Value],
        what: str,
        timeout_s: float = 90,
        while_doing: Callable[[], object] = lambda: time.sleep(0.1),
    ) -> Value:
        end_s = time.monotonic() + timeout_s
        while not (value := condition()):
            assert time.monotonic() < end_s, f"waited in vain for {what}\n{self.log()}"
            while_doing()
        return value

    def property(self, name: str, service: str = "appliance.service") -> str:
        return self.run("systemctl", "show", "--value", f"--property={name}", service).strip()

    def pid(self, service: str = "appliance.service") -> int:
        return int(self.property("MainPID", service) or 0)

    def starts(self) -> int:
        """How often systemd has started the daemon anew by itself."""
        return int(self.property("NRestarts"))

    def log(self, service: str = "appliance*") -> str:
        return self.run("journalctl", "--no-pager", "--output=cat", f"--unit={service}", "-n", "80")

    def rows(self, sql: str) -> list[Any]:
        """What another process sees in the database now."""
        script = (
            "import json, sqlite3, sys; c = sqlite3.connect(sys.argv[1], timeout=20);"
            "print(json.dumps(c.execute(sys.argv[2]).fetchall()))"
        )
        return list(json.loads(self.run("python3", "-c", script, DATABASE, sql, user="appliance")))

    def page(self, expression: str = "document.body.innerText") -> tuple[str, Any]:
        """(address, value of the expression) of the page in the kiosk; empty: none answers."""
        said = self.run_script("ask_browser.py", expression)
        answer = json.loads(said) if said.startswith("{") else {"url": "", "value": None}
        return str(answer["url"]), answer["value"]

    def screenshot(self) -> Image:
        """What the compositor shows, as colours [height, width, 3]."""
        self.run(APPLIANCE, "screenshot", "--output", "/root/screen.png")
        picture = cv2.imread(str(self.machine.path("/root/screen.png")))
        assert picture is not None
        return np.asarray(picture, np.uint8)

    def run_script(self, name: str, *words: str) -> str:
        """Run one of the scripts beside this file on the machine, with the release's Python."""
        place = self.machine.path(f"/opt/{name}")
        place.write_text(Path(__file__).with_name(name).read_text())
        return self.run(f"{RELEASE}/.venv/bin/python", f"/opt/{name}", *words, check=False)

    # --- acting -----------------------------------------------------------------------------

    def systemctl(self, *words: str) -> None:
        said = self.run("systemctl", *words, check=False)
        assert "failed" not in said, f"{said}\n{self.log()}"

    def configure(self, text: str) -> None:
        """The settings file as the operator leaves it."""
        path = self.machine.path("/etc/appliance/config.toml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def amend(self, service: str, text: str) -> None:
        """A drop-in of the operator's."""
        folder = f"/etc/systemd/system/{service}.d"
        self.run("mkdir", "-p", folder)
        self.run("tee", f"{folder}/test.conf", stdin=text)
        self.systemctl("daemon-reload")


@contextmanager
def installed_unit(config: str, *, kiosk: bool) -> Iterator[InstalledUnit]:
    """Booted and installed, its services running; ``kiosk``: the browser too."""
    with container([debian_tree(), venv_layer()]) as machine:
        copy_release(machine.root)
        machine.path("/opt/appliance/current").symlink_to(RELEASE)
        unit = InstalledUnit(machine)
        unit.configure(config)
        machine.path("/etc/appliance/kiosk.env").write_text(HEADLESS)
        machine.boot()
        unit.run(f"{RELEASE}/systemd/install.sh", RELEASE, *([] if kiosk else ["--no-kiosk"]))
        unit.systemctl("start", "appliance.service")
        if kiosk:
            unit.systemctl("start", "appliance-kiosk.service")
        yield unit
