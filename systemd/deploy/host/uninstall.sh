#!/bin/bash
# Takes the unit off the host; its data only with --purge. Runs as root.
#   uninstall.sh [--purge]
set -euo pipefail
# shellcheck source=systemd/deploy/host/places.sh
. "$(dirname "${BASH_SOURCE[0]}")/places.sh"

step uninstall
release=$(current_release)
# Without a release in force the units may still be there, from one that was cut off.
[ -n "$release" ] || release=$(find "$RELEASES" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null |
    head -n 1)
if [ -n "$release" ] && [ -f "$RELEASES/$release/systemd/uninstall.sh" ]; then
    told=$(bash "$RELEASES/$release/systemd/uninstall.sh" "$@" 2>&1) ||
        fail "$(tail -n 1 <<<"$told")"
elif [ -z "$release" ]; then
    fail "nothing is installed here"
fi
systemctl disable --quiet appliance-undo.service 2>/dev/null || true
rm -f "$UNDO_UNIT" /usr/local/bin/appliance
systemctl daemon-reload
rm -rf "$BASE"
done_with "$release and its units are gone"
