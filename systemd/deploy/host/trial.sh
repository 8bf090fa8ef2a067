#!/bin/bash
# Puts a release in force, on trial until it really plays. Runs as root in a unit of its own
# (appliance-deploy.service), whose end makes systemd start undo.sh: without the last step's mark
# everything goes back, whether this failed, was killed, or nobody listens any more.
#   trial.sh TARGET KIOSK WAIT_S KEEP RESTORE
# KIOSK: yes or no; RESTORE: a backup to go back to with an older release, or "-".
set -euo pipefail
# shellcheck source=systemd/deploy/host/places.sh
. "$(dirname "${BASH_SOURCE[0]}")/places.sh"
readonly HERE=/opt/appliance/deploy
readonly TARGET=$1 WITH_KIOSK=$2 WAIT_S=$3 KEEP=$4 RESTORE=$5

previous=$(current_release)
is_proven "$previous" || previous=$(proven_releases | head -n 1)
backup=""
migrates=no
pid_before=$(daemon_pid)
kiosk_before=no
if is_enabled "$KIOSK"; then kiosk_before=yes; fi

write_facts() {
    printf 'previous=%q\ntarget=%q\nbackup=%q\npid_before=%q\nkiosk_before=%q\n' \
        "$previous" "$TARGET" "$backup" "$pid_before" "$kiosk_before" >"$1/facts.part"
    sync "$1/facts.part"
    mv "$1/facts.part" "$1/facts"
    sync "$1"
}

begin_trial() {
    step trial
    rm -rf "$TRIAL.part"
    mkdir -m 700 "$TRIAL.part"
    cp "$HERE/undo.sh" "$HERE/places.sh" "$TRIAL.part"
    if [ -f "$CONFIG" ]; then
        cp -p "$CONFIG" "$TRIAL.part/config.before"
    elif [ -f "$CANDIDATE" ]; then
        touch "$TRIAL.part/config.none"
    fi
    install -m 644 "$HERE/appliance-undo.service" "$UNDO_UNIT"
    systemctl daemon-reload
    systemctl enable --quiet appliance-undo.service
    write_facts "$TRIAL.part"
    sync "$TRIAL.part"/*
    mv -T "$TRIAL.part" "$TRIAL"
    sync "$BASE"
}

# The database is copied while nothing writes to it, so going back loses no acknowledged row.
copy_database() {
    step backup "the database goes from schema $1 to $2; copying it"
    local told
    told=$(appliance_of "$previous" backup --database-only --to "$STATE_DIR/backups" 2>&1) ||
        fail "$(tail -n 1 <<<"$told")"
    backup=${told%%: *}
    [ -f "$backup" ] || fail "no backup was made: $told"
    chown --reference="$STATE_DIR" "$backup"
    write_facts "$TRIAL"
    done_with "$(basename "$backup")"
}

prepare_database() {
    local has knows
    has=$(database_schema)
    knows=$(known_schema "$TARGET")
    if [ "$has" = 0 ] || [ "$has" = "$knows" ] || [ -z "$previous" ]; then return; fi
    if [ "$has" -lt "$knows" ]; then migrates=yes; fi
    step stop
    systemctl stop "$SERVICE"
    copy_database "$has" "$knows"
    if [ "$has" -gt "$knows" ]; then
        step restore "putting $(basename "$RESTORE") in the database's place"
        local told
        told=$(appliance_of "$TARGET" restore --database-only "$RESTORE" 2>&1) ||
            fail "$(tail -n 1 <<<"$told")"
        done_with "the database of today is kept aside in $STATE_DIR"
    fi
}

put_in_force() {
    step install
    local told
    told=$(install_units "$TARGET" "$WITH_KIOSK" 2>&1) ||
        fail "the units could not be installed: $(tail -n 1 <<<"$told")"
    if [ -f "$CANDIDATE" ]; then
        install -D -m 640 -o root -g appliance "$CANDIDATE" "$CONFIG.new"
        mv "$CONFIG.new" "$CONFIG"
    fi
    done_with "users, folders and units"
    step switch
    mkdir -p /usr/local/bin
    ln -sfn "$CURRENT/.venv/bin/appliance" /usr/local/bin/appliance
    switch_to "$TARGET"
    done_with "$CURRENT leads to $TARGET"
}

start() {
    local awaits=$WITH_KIOSK patience_s=$WAIT_S
    # Bringing a large database up to date takes its time; systemd's own limit holds.
    [ "$migrates" = no ] || patience_s=3600
    step start
    systemctl reset-failed "$SERVICE" "$KIOSK" 2>/dev/null || true
    if [ "$WITH_KIOSK" = no ] || ! same_kiosk "$previous" "$TARGET"; then
        ! is_active "$KIOSK" || systemctl stop "$KIOSK"
    fi
    timeout "$patience_s" systemctl restart "$SERVICE" ||
        fail "$TARGET does not start: $(last_error_line)"
    [ "$WITH_KIOSK" = no ] || systemctl start "$KIOSK"
    done_with "the daemon is ready"
    step playing "waiting until the unit plays, $WAIT_S s at most"
    if [ "$WITH_KIOSK" = yes ] && ! has_display; then
        awaits=no
        fact remark "no display is connected, so only the daemon was waited for"
    fi
    python3 "$HERE/await_playing.py" "$STATE_DIR" "$awaits" "$WAIT_S"
    # Where nobody reads this any more the trial ends here and is undone.
    done_with "$TARGET plays"
}

# The mark that makes it good is one rename; what comes after is tidying up.
confirm() {
    step confirm
    touch "$RELEASES/$TARGET/.proven"
    printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$TARGET" >>"$HISTORY"
    [ "$migrates" = no ] || printf '%s\n' "$backup" >"$RELEASES/$TARGET/.database-before"
    sync "$HISTORY" "$RELEASES/$TARGET"
    rm -rf "$BASE/trial.done"
    mv -T "$TRIAL" "$BASE/trial.done"
    sync "$BASE"
    rm -rf "$BASE/trial.done" "$CANDIDATE"
    fact result deployed
    drop_old_releases
}

drop_old_releases() {
    local keep folder
    keep=$(proven_releases | head -n "$KEEP")
    for folder in "$RELEASES"/*/; do
        folder=$(basename "$folder")
        if [ "$folder" = "$TARGET" ] || grep -qxF -- "$folder" <<<"$keep"; then continue; fi
        rm -rf "${RELEASES:?}/$folder"
        say "confirm: $folder is taken away"
    done
}

begin_trial
prepare_database
put_in_force
start
confirm
