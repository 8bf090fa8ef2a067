"""Where a QR code leads: a signed link to a play's phone page, the advertiser's own page, or the
clip's page on a static site."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from itsdangerous import BadSignature, TimestampSigner

from appliance.config import Settings
from appliance.domain import Play
from appliance.errors import WebError
from appliance.web.phone.static_site_names import clip_page

MOST_REMEMBERED = 10_000
"""Links whose age is known without the clock on the wall; older ones go by their signed date."""

PURPOSE = "phone-page"
"""Mixed into the signature, so that a link is good for nothing else."""


class LinkForgedError(WebError):
    """Not a link that this unit has made."""


class LinkExpiredError(WebError):
    """A link of this unit, but too old."""


class QrLink:
    """Makes and reads the links; the play's UUID is all that is in one."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        secret: str,
        base_url: Callable[[], str],
        is_exported: Callable[[int], bool] = lambda _: True,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """``base_url`` gives the phone app's address as phones reach it, without a final slash.

        ``is_exported`` tells of a clip's number whether the static site has its page.
        """
        self._settings = settings
        self._signer = TimestampSigner(secret, salt=PURPOSE)
        self._base_url = base_url
        self._is_exported = is_exported
        self._last: tuple[str, str] | None = None
        self._monotonic_s = monotonic_s
        self._made_s: dict[str, float] = {}

    def url_for(self, play: Play) -> str | None:
        """The link for a play; None: there is nothing to lead to.

        Asked again for the same play it gives the same link, so that the code on the panel does
        not change under a phone's camera (each signature carries its time).
        """
        settings = self._settings()
        if settings.qr.target == "advertiser-link":
            return play.clip.link if is_web_link(play.clip.link) else None
        if settings.qr.target == "static-site":
            base = str(settings.phone.public_base_url).rstrip("/")
            return f"{base}/{clip_page(play.clip.id)}" if self._is_exported(play.clip.id) else None
        if not settings.phone.enabled:
            return None
        if self._last is None or self._last[0] != play.id:
            self._last = (play.id, f"{self._base_url()}/c/{self.token_for(play.id)}")
        return self._last[1]

    def token_for(self, play_id: str) -> str:
        """Signed and dated; short, because every character makes the code finer."""
        payload = base64.urlsafe_b64encode(uuid.UUID(play_id).bytes).rstrip(b"=")
        self._made_s[play_id] = self._monotonic_s()
        if len(self._made_s) > MOST_REMEMBERED:
            del self._made_s[next(iter(self._made_s))]
        return self._signer.sign(payload).decode("ascii")

    def play_id_of(self, token: str) -> str:
        """The play that a link was made for.

        Raises:
            LinkForgedError: the signature is not this unit's.
            LinkExpiredError: it was made longer ago than ``phone.link_valid_s``.
        """
        try:
            payload, signed_at = self._signer.unsign(token, return_timestamp=True)
            play_id = str(uuid.UUID(bytes=base64.urlsafe_b64decode(payload + b"==")))
        except (BadSignature, binascii.Error, ValueError) as exc:
            raise LinkForgedError("no link of this unit; scan the code on the panel") from exc
        if not 0 <= self._age_s(play_id, signed_at) <= self._settings().phone.link_valid_s:
            raise LinkExpiredError("this link has expired; scan the code on the panel")
        return play_id

    def _age_s(self, play_id: str, signed_at: dt.datetime) -> float:
        """Of a link made since the start by the clock that nobody sets, else by its date.

        A unit without a clock chip sets the other clock by years while a visitor holds the link.
        """
        made_s = self._made_s.get(play_id)
        if made_s is not None:
            return self._monotonic_s() - made_s
        return time.time() - signed_at.timestamp()


def is_web_link(link: str | None) -> bool:
    """True for an http(s) address: nothing else is put behind a code or a tap."""
    if link is None:
        return False
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
