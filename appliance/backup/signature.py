"""Whose an archive is: its list of checksums is signed with the secret of the unit that made it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Trust(StrEnum):
    OWN = "own"
    """This unit's secret signed it."""
    FOREIGN = "foreign"
    """Another secret did, or it was changed since."""
    UNSIGNED = "unsigned"
    """Nobody did: it is older than signatures, or was made without a secret."""
    DAMAGED = "damaged"


def signature(kept: Mapping[str, Any], key: bytes) -> str:
    """Of a manifest's content; a ``mac`` in it does not count. Raises ValueError, TypeError."""
    text = json.dumps({name: kept[name] for name in kept if name != "mac"}, sort_keys=True)
    return hmac.digest(key, b"backup 1\n" + text.encode("ascii"), "sha256").hex()


def trust_of(kept: Mapping[str, Any], key: bytes | None) -> Trust:
    """``key``: of this unit's secret; None: it has none, so that nothing is its own."""
    mac = kept.get("mac")
    if not isinstance(mac, str):
        return Trust.UNSIGNED
    if key is None or not mac.isascii():
        return Trust.FOREIGN
    return Trust.OWN if hmac.compare_digest(mac, signature(kept, key)) else Trust.FOREIGN
