"""A push button on the Raspberry Pi's header, through gpiozero; the only file that knows it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager

from appliance.errors import DaemonError
from appliance.messages import Message, StaffWish, StaffWished

logger = logging.getLogger(__name__)

BOUNCE_S = 0.05


class GpioButton:
    """Between a pin and ground, with the pin's own pull-up resistor."""

    def __init__(self, pin: int, on_press: Callable[[], None]) -> None:
        """``pin``: its BCM number; ``on_press`` is called in a thread of the library's.

        Raises DaemonError when there is no such pin, or none at all.
        """
        try:
            from gpiozero import Button
            from gpiozero.exc import GPIOZeroError
        except ImportError as exc:
            raise DaemonError(
                "privacy.gpio_pin needs gpiozero, which is not installed: apt-get install"
                " python3-gpiozero, or install the product with its extra [pi]"
            ) from exc
        try:
            self._button = Button(pin, pull_up=True, bounce_time=BOUNCE_S)
        except (GPIOZeroError, OSError, ValueError) as exc:
            raise DaemonError(
                f"the button on GPIO {pin} cannot be used ({exc}); see privacy.gpio_pin"
            ) from exc
        self._button.when_pressed = on_press

    def close(self) -> None:
        """Give the pin back."""
        self._button.close()


@contextmanager
def open_staff_button(pin: int | None, post: Callable[[Message], bool]) -> Iterator[None]:
    """While inside, a press stops sensing or starts it again; None: there is no button.

    A unit whose button cannot be used works without it; the log says so.
    """

    def pressed() -> None:
        if not post(StaffWished(StaffWish.TOGGLE, None, Future())):
            logger.error("Too busy for the button on GPIO %s; press it again", pin)

    button = None
    try:
        button = None if pin is None else GpioButton(pin, pressed)
    except DaemonError as exc:
        logger.error("The unit runs without its button: %s", exc)
    if button is None:
        yield
        return
    with closing(button):
        yield
