"""The unit's two web servers: the panel's on loopback, the phones' in the unit's network."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from appliance.config import Settings
from appliance.daemon.options import UnitOptions
from appliance.daemon.phone_address import LOOPBACK, lan_address, phone_base_url
from appliance.daemon.timed_channel import ConnectionRules
from appliance.daemon.web_server import WebServer
from appliance.errors import WebError
from appliance.messages import Message
from appliance.shipped import ui_dir
from appliance.web.panel.page_link import PageLink
from appliance.web.panel_app import PANEL_THREADS, create_panel_app
from appliance.web.phone_app import create_phone_app
from appliance.web.qr_link import QrLink
from appliance.web.screen_feed import ScreenFeed

PHONE_THREADS = 4
PHONE_CONNECTIONS_PER_CLIENT = 32
"""A phone opens six; also many behind one address or proxy have room."""
PHONE_PLACES = 100


class WebServers:
    """Starts them; `parts` stops them again."""

    def __init__(
        self,
        options: UnitOptions,
        settings: Callable[[], Settings],
        feed: ScreenFeed,
        post: Callable[[Message], bool],
        parts: ExitStack,
    ) -> None:
        self._options = options
        self._settings = settings
        self._feed = feed
        self._post = post
        self._parts = parts
        self.phone_port: int | None = None
        """None: no phone page is served."""

    def start_panel(
        self,
        status: Callable[[], dict[str, Any]],
        metrics: Callable[[], bytes],
        link: PageLink,
    ) -> str:
        """Returns the panel's address."""
        app = create_panel_app(
            feed=self._feed,
            post=self._post,
            media_dir=self._options.clips_dir,
            ui_dir=ui_dir(),
            settings=self._settings,
            status=status,
            metrics=metrics,
            link=link,
            address=_own_address,
        )
        server = self._serve(
            lambda port: WebServer(app, LOOPBACK, port, PANEL_THREADS, "panel"),
            self._options.settings.panel.port,
        )
        return f"http://{LOOPBACK}:{server.port}"

    def start_phone(self, links: QrLink) -> str | None:
        """Returns the phone page's address; None where the settings switch it off."""
        phone = self._options.settings.phone
        if not phone.enabled:
            return None
        app = create_phone_app(
            database_path=self._options.database_path,
            post=self._post,
            media_dir=self._options.clips_dir,
            ui_dir=ui_dir(),
            settings=self._settings,
            links=links,
        )
        rules = ConnectionRules(PHONE_CONNECTIONS_PER_CLIENT, PHONE_PLACES)
        server = self._serve(
            lambda port: WebServer(app, phone.host, port, PHONE_THREADS, "phone", rules),
            phone.port,
        )
        self.phone_port = server.port
        return self.phone_base_url()

    def phone_base_url(self) -> str:
        """Where phones reach the phone page."""
        return phone_base_url(self._settings().phone, self.phone_port or 0)

    def _serve(self, make: Callable[[int], WebServer], port: int) -> WebServer:
        """Start a server; a demo takes a free port when the wanted one is in use."""
        try:
            server = make(port)
        except WebError:
            if not self._options.is_demo:
                raise
            server = make(0)
        server.start()
        self._parts.callback(server.stop)
        return server


def _own_address() -> str | None:
    address = lan_address()
    return None if address == LOOPBACK else address
