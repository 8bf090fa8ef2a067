"""What ``appliance doctor`` asks of the unit's work: playback, the page, backups, the log."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from appliance.backup.recovery import last_recovery
from appliance.backup.shelf import FULL, SNAPSHOT, backups_in
from appliance.cli.context import Context
from appliance.cli.findings import Outcome, Verdict
from appliance.content.media import probe
from appliance.daemon.backup_loop import snapshot_folder
from appliance.daemon.running_unit import RunningUnit
from appliance.daemon.secret_key import backup_key
from appliance.errors import ContentError, DaemonError
from appliance.store.clips import ClipStore
from appliance.store.database import Database, open_database
from appliance.web.panel.page_link import SILENT_S

MOST_PROBED = 40
"""Headers are read of so many clips, the newest first; each takes a moment."""
LOOK_BACK = dt.timedelta(days=7)
SILENT = dt.timedelta(minutes=10)
OLD = dt.timedelta(hours=50)
SHOWN = 3


def playable(context: Context) -> Outcome:
    """Clips whose headers can be read, and what the panel itself has complained of."""
    if not context.database_path.exists():
        return Verdict.WARN, "there is no library yet"
    with open_database(context.database_path, read_only=True) as database:
        clips = ClipStore(database).enabled()
        failed = _failed(database)
    broken = []
    for clip in clips[::-1][:MOST_PROBED]:
        path = context.clips_dir / clip.file
        try:
            if path.is_file():
                probe(path)
        except ContentError:
            broken.append(f"{clip.id} {clip.title}")
    if broken:
        return Verdict.FAIL, (
            f"damaged: {'; '.join(broken[:SHOWN])}; take them in again ('appliance clip remove',"
            " then 'clip add')"
        )
    if failed:
        return Verdict.WARN, (
            f"the panel could not play {'; '.join(failed[:SHOWN])} in the last 7 days; look at"
            " 'appliance report plays'"
        )
    looked = min(len(clips), MOST_PROBED)
    return Verdict.OK, f"headers of {looked} clips read; the panel has reported no error in 7 days"


def browser(context: Context) -> Outcome:
    """Whether a page is open, and when it last said that something plays."""
    try:
        running = RunningUnit.find(context.state_dir)
    except DaemonError:
        return Verdict.WARN, "the unit does not run, so no page is connected to it"
    status = running.status()
    pages = status.get("pages", 0)
    if not pages:
        return Verdict.FAIL, (
            f"no browser shows the panel; open {running.panel_url} on the unit's screen or"
            " restart the kiosk"
        )
    silent_s = status.get("page_silent_s", 0.0)
    if silent_s > SILENT_S:
        return Verdict.FAIL, (
            f"the unit's own page shows no new frame for {silent_s:.0f} s: it hangs, or was opened"
            " without its key; restart the kiosk, or open the address that 'appliance run' prints"
        )
    with open_database(context.database_path, read_only=True) as database:
        row = database.row("SELECT max(at) AS at FROM play_events")
    last = dt.datetime.fromisoformat(row["at"]) if row and row["at"] else None
    silent = dt.datetime.now(dt.UTC) - last if last else None
    if silent is None or silent > SILENT:
        since = "yet" if silent is None else f"for {silent.total_seconds() / 60:.0f} minutes"
        return Verdict.WARN, (
            f"{pages} page(s) open, but none has reported a play {since}; look at the screen"
            " ('appliance screenshot')"
        )
    return Verdict.OK, f"{pages} page(s) open, the last play reported {_ago(silent)}"


def backups(context: Context) -> Outcome:
    """When the last ones were made, and whether one had to be used."""
    recovery = last_recovery(context.state_dir)
    now = dt.datetime.now().astimezone()
    if recovery is not None and recovery.is_recent(now):
        source = recovery.restored_from or "nothing, for there was no backup"
        return Verdict.WARN, (
            f"the database was found damaged on {recovery.at} and restored from {source}; the old"
            f" one is in {context.state_dir / recovery.aside}: check the card"
        )
    named = context.settings.backup.dir
    shelves = {SNAPSHOT: snapshot_folder(context.state_dir)}
    if named:
        shelves[FULL] = Path(named)
    told = []
    for scope, folder in shelves.items():
        key = backup_key(context.state_dir)
        newest = [each for each in backups_in(folder, scope, key) if each.is_own]
        what = "the database" if scope == SNAPSHOT else "everything"
        if not newest:
            return (
                Verdict.WARN,
                f"no backup of {what} by this unit in {folder} yet; 'appliance backup' makes one",
            )
        age = now - newest[0].made_at
        if age > OLD:
            return Verdict.WARN, (
                f"the last backup of {what} is {age.days} days old ({newest[0].path}); see the log"
                " for what keeps the next one from it"
            )
        told.append(f"{what} {_ago(age)}")
    if not named:
        told.append("on this card only: set backup.dir to another disk")
    return Verdict.OK, "; ".join(told)


def log(context: Context) -> Outcome:
    """Errors of the last hour."""
    try:
        status = RunningUnit.find(context.state_dir).status()
    except DaemonError:
        return Verdict.OK, "the unit does not run; see 'journalctl -u appliance'"
    errors, last = status.get("errors_last_hour", 0), status.get("last_error")
    if errors:
        return Verdict.WARN, f"{errors} error(s) in the last hour, the last: {last}"
    return Verdict.OK, "no error in the last hour"


def _failed(database: Database) -> list[str]:
    since = (dt.datetime.now(dt.UTC) - LOOK_BACK).isoformat()
    rows = database.rows(
        "SELECT clip_id, clip_title, count(*) AS n FROM play_events"
        " WHERE event = 'error' AND at >= :since GROUP BY clip_id ORDER BY n DESC",
        {"since": since},
    )
    return [f"{row['clip_id']} {row['clip_title']} ({row['n']} times)" for row in rows]


def _ago(age: dt.timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"
