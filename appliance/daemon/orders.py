"""What the process is told to do, by signals and by its own workers; the main thread obeys."""

from __future__ import annotations

import os
import queue
import signal
from enum import Enum, auto

STDIN = 0


class Order(Enum):
    STOP = auto()
    RELOAD = auto()


class Orders:
    """Given from any thread or signal handler, taken by the main thread one by one."""

    def __init__(self) -> None:
        # Unlike an event it may be put into by a handler that interrupts the one who waits.
        self._given: queue.SimpleQueue[Order] = queue.SimpleQueue()

    def give(self, order: Order) -> None:
        self._given.put(order)

    def next(self, timeout_s: float) -> Order | None:
        """None when none is given within ``timeout_s``."""
        try:
            return self._given.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def stop_on_signals(self) -> None:
        """SIGINT and SIGTERM stop. To be called by the main thread, as the next is."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.give(Order.STOP))

    def reload_on_hangup(self) -> None:
        """SIGHUP reads the settings again; where it means a closed terminal, it stops."""
        has_terminal = os.isatty(STDIN)

        def hung_up(*_: object) -> None:
            is_gone = has_terminal and not os.isatty(STDIN)
            self.give(Order.STOP if is_gone else Order.RELOAD)

        signal.signal(signal.SIGHUP, hung_up)
