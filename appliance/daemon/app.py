"""Build the unit, start its parts in order, wait, stop them in reverse."""

from __future__ import annotations

import contextlib
import logging
import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from appliance.config import Settings
from appliance.daemon.backup_loop import BackupLoop, snapshot_folder
from appliance.daemon.belief_book import Learned
from appliance.daemon.clock import Clock
from appliance.daemon.contacts import Contacts
from appliance.daemon.control_loop import ControlLoop
from appliance.daemon.damaged_database import doubting, lasting_troubles, open_at_start
from appliance.daemon.director import Director
from appliance.daemon.disk_reserve import use_or_make_reserve
from appliance.daemon.drop_folder_loop import DropFolderLoop
from appliance.daemon.film_scrub_loop import FilmScrubLoop
from appliance.daemon.gpio_button import open_staff_button
from appliance.daemon.inbox import Inbox
from appliance.daemon.interest_file import InterestFile, InterestWatch
from appliance.daemon.interest_loop import InterestLoop
from appliance.daemon.live_settings import LiveSettings
from appliance.daemon.log_counter import LogCounter
from appliance.daemon.machine import Machine
from appliance.daemon.metrics import StatusCollector, exposition
from appliance.daemon.networks import Networks
from appliance.daemon.options import UnitOptions
from appliance.daemon.orders import Order, Orders
from appliance.daemon.panel_place import give_key, tell_kiosk
from appliance.daemon.passing_state import with_writable_state
from appliance.daemon.phone_address import can_be_reached
from appliance.daemon.phone_export_loop import PhoneExportLoop
from appliance.daemon.process_guard import keep_memory_private
from appliance.daemon.running_unit import RunningUnit
from appliance.daemon.secret_key import backup_key, chain_key, load_or_create_secret, page_key
from appliance.daemon.seeing import Seeing
from appliance.daemon.sensing_pauses import SensingPauses
from appliance.daemon.sensing_switch import SensingSwitch
from appliance.daemon.starter_library import fill_with_starter_library
from appliance.daemon.status import StatusReport, proof_state
from appliance.daemon.surroundings_loop import SurroundingsLoop, surroundings_at
from appliance.daemon.systemd_notify import SystemdNotifier
from appliance.daemon.tally import Tally
from appliance.daemon.web_servers import WebServers
from appliance.daemon.worker import Worker
from appliance.domain import Play, Question, Surroundings
from appliance.errors import ConfigError, DaemonError
from appliance.messages import SettingsChanged
from appliance.playback.session import Session
from appliance.playback.session_rules import SessionRules
from appliance.store.chain import ProofChain
from appliance.store.daemon_lock import DaemonLock
from appliance.store.database import open_database
from appliance.store.head_witness import HeadWitness
from appliance.store.sensing_stop import SensingStopStore
from appliance.web.panel.page_link import PageLink
from appliance.web.qr_link import QrLink
from appliance.web.screen_feed import ScreenFeed

logger = logging.getLogger(__name__)

WATCHDOG_SHARE = 1 / 6
"""Of the watchdog's patience: how often it is fed, and so how late a stop by it comes at most."""


def run_unit(options: UnitOptions, announce: Callable[[str], None]) -> None:
    """Run until SIGINT or SIGTERM.

    Raises:
        ApplianceError: the unit could not start, or one of its workers died.
    """
    keep_memory_private()
    with with_writable_state(options, os.environ) as usable:
        Unit(usable, announce).run()


class Unit:
    """All parts of one running unit; nothing else wires them together."""

    def __init__(self, options: UnitOptions, announce: Callable[[str], None]) -> None:
        self._options = options
        self._announce = announce
        self._orders = Orders()
        self._dead_worker: str | None = None
        self._notifier = SystemdNotifier()
        self._clock = Clock()
        self._inbox = Inbox()
        self._tally = Tally(self._inbox.post)
        self._feed = ScreenFeed(on_publish=self._tally.screen_shown)
        self._contacts = Contacts()
        self._logged = LogCounter()
        self._machine = Machine(options.state_dir)
        self._switch = SensingSwitch()
        self._pauses = SensingPauses(
            self._switch, lambda local: self._settings.privacy.is_quiet(local)
        )
        self._networks = Networks(options.settings.models, options.state_dir, logger.warning)
        self._interest = InterestWatch(InterestFile(options.state_dir))
        self._live = LiveSettings(options.settings, options.read_settings, options.settings_trouble)

    @property
    def _settings(self) -> Settings:
        return self._live.current()

    def run(self) -> None:
        with contextlib.ExitStack() as parts:
            logging.getLogger().addHandler(self._logged)
            parts.callback(logging.getLogger().removeHandler, self._logged)
            self._orders.reload_on_hangup()
            workers = self._start(parts)
            self._orders.stop_on_signals()
            patience_s = self._notifier.patience_s
            while (order := self._orders.next(patience_s * WATCHDOG_SHARE)) is not Order.STOP:
                if order is Order.RELOAD:
                    self._reload()
                # A worker without progress for as long is stuck, and the watchdog bites.
                if all(worker.pulse.age_s < patience_s for worker in workers):
                    self._notifier.alive()
            self._notifier.stopping()
            logger.info("Stopping")
        if self._dead_worker is not None:
            raise DaemonError(f"the {self._dead_worker} worker died; the log above says why")

    def _reload(self) -> None:
        """Read the settings again; a wrong file changes nothing."""
        self._notifier.reloading()
        try:
            change = self._live.reload()
        except ConfigError as exc:
            logger.error("Settings read again, the old ones stay: %s", exc)
        else:
            logging.getLogger().setLevel(self._settings.log.level.upper())
            level = logging.WARNING if change.waiting else logging.INFO
            logger.log(level, "Settings read again: %s", change)
            if not self._inbox.post(SettingsChanged()):
                logger.error("Too busy to take over rules of a visit or a choice; reload again")
        self._notifier.ready("settings read again")

    # --- start, in order; the exit stack undoes it in reverse -------------------------------

    def _start(self, parts: contextlib.ExitStack) -> list[Worker]:
        secret = self._prepare_state(parts)
        web = WebServers(self._options, self._live.current, self._feed, self._tally.post, parts)
        export = PhoneExportLoop(self._options.state_dir, self._clock.now, self._live.current)
        links = QrLink(self._live.current, secret, web.phone_base_url, export.has_page)
        backups = BackupLoop(
            self._options.state_dir, self._options.config_path, self._clock.now, self._live.current
        )
        scrub = FilmScrubLoop(self._options.state_dir, self._clock.now, self._live.current)
        seeing = Seeing(self._options, self._live.current, self._networks, self._tally)
        perception = seeing.loop(self._switch)
        control = self._control_loop(links, chain_key(secret))
        surroundings = self._surroundings_loop()
        key = page_key(secret)
        link = PageLink(key)
        status = StatusReport(
            self._feed, self._inbox, control, perception, seeing, self._networks,
            lambda: surroundings.weather_trouble, self._interest.current, self._logged,
            self._machine, self._clock, self._contacts, backups.status,
            lambda: self._live.trouble, lambda: scrub.troubles,
            lambda: proof_state(self._options.state_dir, chain_key(secret)), link,
        )  # fmt: skip
        self._tally.registry.register(StatusCollector(status.as_dict, self._logged.total))
        has_kiosk = give_key(key, os.environ)
        phone = web.start_phone(links)
        panel = web.start_panel(status.as_dict, lambda: exposition(self._tally.registry), link)
        workers = [
            self._start_worker(parts, "control", control.run),
            self._start_worker(parts, "perception", perception.run),
            self._start_worker(parts, "surroundings", surroundings.run),
            self._start_worker(parts, "film scrub", scrub.run),
        ]
        if not self._options.is_passing:
            self._start_worker(parts, "drop folder", self._drop_folder_loop().run)
            self._start_worker(parts, "phone export", export.run)
            self._start_worker(parts, "interest", self._interest_loop().run)
            self._start_worker(parts, "backup", backups.run)
        parts.enter_context(open_staff_button(self._settings.privacy.gpio_pin, self._inbox.post))
        page = f"{panel}/#{key}"
        running = RunningUnit(os.getpid(), panel, phone, web.phone_port, page)
        running.write(self._options.state_dir)
        parts.callback(RunningUnit.remove, self._options.state_dir)
        tell_kiosk(panel, self._settings.panel.devtools_port, os.environ)
        self._notifier.ready(f"panel at {panel}")
        # The kiosk has the key already, and the journal gets none.
        self._announce(f"Panel: {panel if has_kiosk else page}   (Ctrl-C ends)")
        if phone is not None:
            self._announce(f"Phone page behind the QR code: {phone}")
        # Converting a film takes its time and the surroundings change seldom: only the first two
        # are watched.
        return workers[:2]

    def _prepare_state(self, parts: contextlib.ExitStack) -> str:
        """Lock, database, starter library, secret; returns the secret."""
        options = self._options
        try:
            options.clips_dir.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise DaemonError(
                f"cannot use the state directory {options.state_dir}: {exc.strerror}; "
                "name a writable one with --state-dir"
            ) from exc
        parts.enter_context(DaemonLock(options.database_path))
        use_or_make_reserve(options.state_dir)
        backup_dir = options.settings.backup.dir
        folders = [snapshot_folder(options.state_dir), *map(Path, filter(None, [backup_dir]))]
        now = self._clock.now()
        key = backup_key(options.state_dir)
        with open_at_start(options.database_path, folders, now.stamp.local, key) as database:
            fill_with_starter_library(database, options.clips_dir)
            secret = load_or_create_secret(options.state_dir)
            # An old unit's events are sealed here, before anybody waits for the control loop.
            ProofChain(database, chain_key(secret)).begin(now.stamp)
            HeadWitness(options.state_dir, chain_key(secret)).begin(database, now.stamp)
            self._pauses.restore(SensingStopStore(database).read(), now)
        return secret

    def _start_worker(
        self, parts: contextlib.ExitStack, name: str, run: Callable[..., None]
    ) -> Worker:
        worker = Worker(name, run, self._worker_died)
        worker.start()
        parts.callback(worker.stop)
        return worker

    def _worker_died(self, name: str) -> None:
        self._dead_worker = name
        self._orders.give(Order.STOP)

    # --- parts ----------------------------------------------------------------------------

    def _control_loop(self, links: QrLink, proof_key: bytes) -> ControlLoop:
        options = self._options

        @contextlib.contextmanager
        def open_director() -> Iterator[Director]:
            with doubting(options.state_dir), open_database(options.database_path) as database:
                yield Director(
                    database,
                    options.clips_dir,
                    self._settings,
                    proof_key,
                    Learned(self._interest.current, lambda: self._networks.confusion),
                )

        def qr_url(play: Play) -> str | None:
            settings = self._settings
            leads_here = settings.qr.target == "phone-page"
            if leads_here and not options.is_demo and not can_be_reached(settings.phone):
                return None
            return links.url_for(play)

        return ControlLoop(
            self._inbox,
            self._feed,
            Session(_session_rules(self._settings), lambda play: qr_url(play) is not None),
            open_director,
            self._switch,
            self._clock,
            self._surroundings_now(),
            qr_url,
            uuid.uuid4().hex[:12],
            self._renew_rules,
            self._pauses,
            lasting_troubles(options.state_dir, self._clock.now, is_passing=options.is_passing),
        )

    def _renew_rules(self, session: Session, director: Director) -> None:
        """In the control loop's thread, after the settings were read again."""
        session.use(_session_rules(self._settings))
        director.use(self._settings)

    def _surroundings_loop(self) -> SurroundingsLoop:
        return SurroundingsLoop(
            self._inbox.post,
            self._clock.now,
            lambda: self._settings.surroundings,
            self._options.state_dir,
            self._surroundings_now(),
        )

    def _drop_folder_loop(self) -> DropFolderLoop:
        return DropFolderLoop(
            self._options.state_dir, self._inbox.post, lambda: self._settings.library
        )

    def _interest_loop(self) -> InterestLoop:
        return InterestLoop(self._options.state_dir, self._clock.now, self._live.current)

    def _surroundings_now(self) -> Surroundings:
        local = self._clock.now().stamp.local
        return surroundings_at(local, self._settings.surroundings.hemisphere)


def _session_rules(settings: Settings) -> SessionRules:
    session = settings.session
    return SessionRules(
        hold_s=settings.audience.hold_s,
        stable_timeout_s=session.stable_timeout_s,
        show_timeout_s=session.show_timeout_s,
        rating_timeout_s=session.rating_timeout_s,
        thanks_s=session.thanks_s,
        qr_timeout_s=session.qr_timeout_s,
        again_after_s=session.again_after_s,
        question=Question(settings.rating.scale),
        asks_seen_before=settings.rating.ask_seen_before,
    )
