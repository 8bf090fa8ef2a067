"""Signals become orders; a hangup means what its sender meant."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from appliance.daemon.orders import STDIN, Order, Orders

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def orders() -> Iterator[Orders]:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield Orders()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def stdin() -> Iterator[None]:
    kept = os.dup(STDIN)
    yield
    os.dup2(kept, STDIN)
    os.close(kept)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_of_the_end_stop(orders, number):
    orders.stop_on_signals()
    os.kill(os.getpid(), number)
    assert orders.next(5) is Order.STOP


def test_a_hangup_reloads_where_there_is_no_terminal(orders, stdin):
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, STDIN)
    os.close(nothing)
    orders.reload_on_hangup()
    os.kill(os.getpid(), signal.SIGHUP)
    assert orders.next(5) is Order.RELOAD


def test_a_hangup_reloads_while_the_terminal_is_there_and_stops_when_it_is_gone(orders, stdin):
    master, slave = os.openpty()
    os.dup2(slave, STDIN)
    os.close(slave)
    orders.reload_on_hangup()
    os.kill(os.getpid(), signal.SIGHUP)
    assert orders.next(5) is Order.RELOAD
    os.close(master)
    os.kill(os.getpid(), signal.SIGHUP)
    assert orders.next(5) is Order.STOP


def test_orders_are_taken_in_turn(orders):
    assert orders.next(0) is None
    orders.give(Order.RELOAD)
    orders.give(Order.STOP)
    assert [orders.next(0), orders.next(0)] == [Order.RELOAD, Order.STOP]
