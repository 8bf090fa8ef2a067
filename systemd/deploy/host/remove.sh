#!/bin/bash
# Takes the unit off the host; its data only with --purge. Runs as root.
#   remove.sh [--purge]
set -euo pipefail
readonly HERE=/opt/appliance/deploy
# shellcheck source=systemd/deploy/host/places.sh
. "$HERE/places.sh"

step uninstall
release=$(current_release)
# The release's own script knows what it installed; without one (a deploy that was cut off, a unit
# that is gone already) that of the checkout does.
script=$HERE/uninstall.sh
[ -z "$release" ] || script=$RELEASES/$release/systemd/uninstall.sh
[ -n "$release" ] || [ -d "$RELEASES" ] || [ -d "$STATE_DIR" ] || fail "nothing is installed here"
told=$(bash "$script" "$@" 2>&1) || fail "$(tail -n 1 <<<"$told")"
systemctl disable --quiet appliance-undo.service 2>/dev/null || true
rm -f "$UNDO_UNIT" /usr/local/bin/appliance
systemctl daemon-reload
rm -rf "$BASE"
done_with "${release:-what there was} and its units are gone"
