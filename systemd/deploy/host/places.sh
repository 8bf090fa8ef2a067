# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that source this use them
# Where a unit's parts lie on its host, and the few verbs that every script here speaks with.
# Sourced by the scripts beside it, which run as root on the host.

readonly BASE=/opt/appliance
readonly RELEASES=$BASE/releases
readonly CURRENT=$BASE/current
# While it is there, the release that runs has not proved itself, and undo.sh goes back.
readonly TRIAL=$BASE/trial
# One line for each release that proved itself: when, and which.
readonly HISTORY=$BASE/history
readonly WHEELS=$BASE/wheels
readonly CANDIDATE=$BASE/config.candidate
readonly CONFIG=/etc/appliance/config.toml
readonly STATE_DIR=/var/lib/appliance
readonly DATABASE=$STATE_DIR/appliance.db
readonly SERVICE=appliance.service
readonly KIOSK=appliance-kiosk.service
# Settings of the kiosk's service; a headless screen is one, too.
readonly KIOSK_SETTINGS=/etc/appliance/kiosk.env
readonly UNDO_UNIT=/etc/systemd/system/appliance-undo.service

STEP=""
STEP_BEGAN=0

# What people read goes out as it is; "=key value" is for the script on the other side.
say() { printf '%s\n' "$*"; }
fact() { printf '=%s %s\n' "$1" "${*:2}"; }
fail() {
    fact error "${STEP:+$STEP: }$*"
    exit 1
}

now_us() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

# Begins a step. STOP_AT names one at which the tests end the script as a power cut would.
step() {
    STEP=$1
    STEP_BEGAN=$(now_us)
    if [ "${STOP_AT:-}" = "$STEP" ]; then
        say "$STEP: stopped here, as STOP_AT asks"
        kill -KILL $$
    fi
    [ $# -eq 1 ] || say "$STEP: ${*:2}"
}

# Ends it with what came of it and how long it took.
done_with() {
    local tenths=$((($(now_us) - STEP_BEGAN) / 100000))
    say "$STEP: $* ($((tenths / 10)).$((tenths % 10)) s)"
}

# The release that the link leads to; nothing before the first one.
current_release() {
    if [ -L "$CURRENT" ]; then basename "$(readlink "$CURRENT")"; fi
}

is_complete() { [ -n "$1" ] && [ -f "$RELEASES/$1/.complete" ]; }
is_proven() { is_complete "$1" && [ -f "$RELEASES/$1/.proven" ]; }

# Releases that proved themselves and are still here, the last one first, each once.
proven_releases() {
    local release
    [ -f "$HISTORY" ] || return 0
    tac "$HISTORY" | while read -r _ release; do
        if is_proven "$release"; then printf '%s\n' "$release"; fi
    done | awk '!seen[$0]++'
}

# The link is exchanged in one go: whoever looks finds the old release or the new one.
switch_to() {
    rm -f "$CURRENT.new"
    ln -s "releases/$1" "$CURRENT.new"
    mv -T "$CURRENT.new" "$CURRENT"
    sync "$BASE"
}

# The number of the newest migration a release brings: its files are numbered without a gap.
known_schema() {
    local last
    last=$(basename -a "$RELEASES/$1"/appliance/store/migrations/*.sql | sort | tail -n 1)
    printf '%d' "$((10#${last%%_*}))"
}

# The number of the newest migration the database has seen; 0 before there is one.
database_schema() {
    if [ ! -f "$DATABASE" ]; then
        printf 0
        return
    fi
    python3 - "$DATABASE" <<'PYTHON'
import sqlite3, sys, urllib.parse
database = sqlite3.connect(f"file:{urllib.parse.quote(sys.argv[1])}?mode=ro", uri=True, timeout=10)
print(database.execute("SELECT max(version) FROM schema_migrations").fetchone()[0] or 0)
PYTHON
}

appliance_of() { "$RELEASES/$1/.venv/bin/appliance" --state-dir "$STATE_DIR" "${@:2}"; }

daemon_pid() { systemctl show -P MainPID "$SERVICE"; }
is_enabled() { systemctl is-enabled --quiet "$1" 2>/dev/null; }
is_active() { systemctl is-active --quiet "$1"; }

# Whether two releases have the same kiosk and page. Only then the browser stays as it is over a
# switch: a report of the old page would prove nothing of the new one.
same_kiosk() {
    local file
    [ -n "$1" ] && [ -n "$2" ] || return 1
    diff -qr "$RELEASES/$1/kiosk_ui/panel" "$RELEASES/$2/kiosk_ui/panel" >/dev/null || return 1
    for file in "$RELEASES/$2"/systemd/*kiosk*; do
        cmp -s "$file" "$RELEASES/$1/systemd/$(basename "$file")" || return 1
    done
}

# Installs a release's users, folders and units, with or without the kiosk's.
install_units() {
    local options=()
    [ "$2" = yes ] || options=(--no-kiosk)
    bash "$RELEASES/$1/systemd/install.sh" "$RELEASES/$1" "${options[@]}"
}

# Whether a browser can show anything here.
has_display() {
    grep -qsx connected /sys/class/drm/card*/status || grep -qs '^WLR_BACKENDS=' "$KIOSK_SETTINGS"
}

last_error_line() {
    journalctl --unit "$SERVICE" --lines 20 --output cat --no-pager 2>/dev/null |
        grep -v -e '^Started' -e '^Stopp' -e 'Consumed' -e 'Scheduled restart' -e '^Starting' \
            -e 'Main process exited' -e 'Failed with result' -e '^Failed to start' |
        tail -n 1 | cut -c 1-300
}
