#!/bin/bash
# Questions about a host that change nothing; runs as root.
#   inspect.sh previous RESTORE_DATABASE   which release a rollback leads to, and what it needs
#   inspect.sh report                      how the unit is, for the table
set -euo pipefail
# Sent on standard input for a report, it has the places in front of it.
if [ -z "${BASE:-}" ]; then
    # shellcheck source=systemd/deploy/host/places.sh
    . "$(dirname "${BASH_SOURCE[0]}")/places.sh"
fi

previous() {
    local now target release backup="" has knows
    now=$(current_release)
    [ -n "$now" ] || fail "no release is installed here"
    target=$(proven_releases | grep -vxF -- "$now" | head -n 1 || true)
    [ -n "$target" ] || fail "there is no release before $now here to go back to"
    fact previous "$target"
    if is_enabled "$KIOSK"; then fact kiosk yes; else fact kiosk no; fi
    has=$(database_schema)
    knows=$(known_schema "$target")
    [ "$has" -gt "$knows" ] || return 0
    [ "$1" = yes ] || fail "$target knows schema $knows of the database, which has $has: going" \
        "back would lose what was written since; 'rollback --restore-database' does it"
    # The copy made just before the first release that the target does not understand.
    while read -r release; do
        [ "$release" != "$target" ] || break
        [ ! -f "$RELEASES/$release/.database-before" ] ||
            backup=$(cat "$RELEASES/$release/.database-before")
    done < <(proven_releases)
    [ -n "$backup" ] && [ -f "$backup" ] ||
        fail "the copy of the database from before schema $has is gone; see 'appliance backup list'"
    fact backup "$backup"
}

report() {
    local release status state=running
    release=$(current_release)
    if [ -z "$release" ]; then
        fact state "not there"
        fact text "nothing is installed"
        return
    fi
    is_active "$SERVICE" || state=down
    fact release "$release"
    fact state "$state"
    if [ "$state" = down ]; then
        fact text "$SERVICE is $(systemctl show -P ActiveState "$SERVICE"): $(last_error_line)"
        return
    fi
    if ! status=$(appliance_of "$release" status --json 2>/dev/null); then
        fact text "the daemon runs but does not answer"
        return
    fi
    fact text "$(python3 -c "$SUMMARY" <<<"$status")$(remarks "$release")"
}

remarks() {
    is_proven "$1" || printf '; on trial or unproven'
    is_enabled "$KIOSK" || printf '; no kiosk'
}

# The parts of a status that fit into a line of the table.
readonly SUMMARY='
import json, sys
unit = json.load(sys.stdin)
up_s = int(unit["uptime_s"])
parts = [
    "%s%s" % (unit["screen"], ": " + unit["clip"] if unit.get("clip") else ""),
    "%d page(s)" % unit.get("pages", 0),
    "up %d h %02d min" % (up_s // 3600, up_s // 60 % 60),
    "camera " + unit["sensing"],
    "%.1f GB free" % (unit["disk_free_bytes"] / 1e9) if unit.get("disk_free_bytes") else "",
    "trouble: " + ", ".join(unit["troubles"]) if unit["troubles"] else "",
]
print("; ".join(part for part in parts if part), end="")
'

"$@"
