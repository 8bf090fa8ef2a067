#!/bin/bash
# Goes back to the release before a trial: link, settings, database, units. Runs as root.
#   undo.sh [--at-boot]
# systemd starts it when the trial's process has ended, however it ended, and at boot after a
# power cut. It does nothing without a trial, and may itself be cut off and begun again.
set -u
# Whoever asked for the deploy may be gone: their end of the line must not stop the way back.
trap '' PIPE HUP INT TERM
# shellcheck source=systemd/deploy/host/places.sh
. "$(dirname "${BASH_SOURCE[0]}")/places.sh"

at_boot=no
[ "${1:-}" = --at-boot ] && at_boot=yes
[ -d "$TRIAL" ] || exit 0

tell() {
    say "$@" 2>/dev/null
    logger --tag appliance-deploy -- "$*"
}

previous="" target="" backup="" pid_before=0 kiosk_before=no
# shellcheck source=/dev/null
. "$TRIAL/facts"

end_trial() {
    rm -rf "$BASE/trial.undone"
    mv -T "$TRIAL" "$BASE/trial.undone"
    sync "$BASE"
}

if [ -z "$previous" ]; then
    tell "undo: $target is the first release here, so there is none to go back to"
    end_trial
    fact result failed 2>/dev/null
    exit 0
fi

STEP=undo
STEP_BEGAN=$(now_us)
tell "undo: going back to $previous"
# Where the trial was cut off early, the daemon has not been touched and need not be.
untouched=no
if [ "$at_boot" = no ] && [ "$pid_before" != 0 ] && [ "$(daemon_pid)" = "$pid_before" ] &&
    [ "$(current_release)" = "$previous" ]; then
    untouched=yes
fi
[ "$at_boot" = yes ] || [ "$untouched" = yes ] || systemctl stop "$SERVICE"
switch_to "$previous"

if [ -f "$TRIAL/config.before" ]; then
    cp --preserve=mode,ownership "$TRIAL/config.before" "$CONFIG.undo" && mv "$CONFIG.undo" "$CONFIG"
elif [ -f "$TRIAL/config.none" ]; then
    rm -f "$CONFIG"
fi

# What the unit wrote under the newer schema is kept aside by 'appliance restore'.
if [ -n "$backup" ] && [ "$(database_schema)" != "$(known_schema "$previous")" ]; then
    if told=$(appliance_of "$previous" restore --database-only "$backup" 2>&1); then
        tell "undo: the database of before is back ($(basename "$backup"))"
    else
        tell "undo: the database could not be restored: $(tail -n 1 <<<"$told")"
    fi
fi

# A copy that nobody needs would only push older ones off their shelf.
if [ -n "$backup" ] && [ "$(database_schema)" = "$(known_schema "$previous")" ]; then
    rm -f "$backup"
fi

install_units "$previous" "$kiosk_before" >/dev/null 2>&1 ||
    tell "undo: the units of $previous could not be installed again"
if [ "$at_boot" = no ]; then
    systemctl reset-failed "$SERVICE" "$KIOSK" 2>/dev/null
    keeps_kiosk=no
    if [ "$kiosk_before" = yes ] &&
        { [ "$untouched" = yes ] || same_kiosk "$target" "$previous"; }; then
        keeps_kiosk=yes
    fi
    [ "$keeps_kiosk" = yes ] || systemctl stop "$KIOSK" 2>/dev/null
    if systemctl start "$SERVICE"; then
        tell "undo: $previous runs again"
    else
        tell "undo: $previous does not start either: $(last_error_line)"
    fi
    [ "$kiosk_before" = no ] || systemctl start "$KIOSK"
fi
end_trial
fact result rolled-back 2>/dev/null
exit 0
