"""Which past play is meant by a word on the command line."""

from __future__ import annotations

from appliance.errors import StoreError
from appliance.store.database import Database
from appliance.store.decisions import DecisionStore
from appliance.store.plays import PlayStore


def play_id_of(database: Database, asked: str) -> str:
    """The one play meant: by its id, the beginning of it, or ``last``.

    Raises StoreError when there is none or more than one.
    """
    if asked == "last":
        last = PlayStore(database).last()
        if last is None:
            raise StoreError("nothing has been played yet")
        return last.id
    found = DecisionStore(database).play_ids(asked.lower(), 3)
    if not found or not asked:
        raise StoreError(
            f"there is no play {asked[:40]!r}; see 'appliance report plays', or ask for 'last'"
        )
    if len(found) > 1 and asked.lower() not in found:
        raise StoreError(
            f"several plays begin with {asked!r}; write more of it, such as {found[0]}"
        )
    return found[0]
