#!/usr/bin/env bash
# Makes this machine a unit: users, directories, units, timers, limits. Run as root on the unit
# itself, as often as you like; it switches no release and restarts no service of the unit's.
#   install.sh RELEASE_DIR [--no-kiosk]
set -euo pipefail

readonly ETC=/etc BIN=/usr/local/bin
readonly BEFORE=$ETC/appliance/default-target.before
readonly TIMERS=(appliance-backup.timer appliance-purge.timer appliance-learn.timer)

fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

# Puts a file of the release in its place; true: it was not there like this.
put() {
    local source=$RELEASE/systemd/$1 target=$2
    cmp -s "$source" "$target" && return 1
    install -D -m 0644 -o root -g root "$source" "$target"
}

install_users_and_directories() {
    put sysusers.conf $ETC/sysusers.d/appliance.conf || true
    systemd-sysusers $ETC/sysusers.d/appliance.conf
    put tmpfiles.conf $ETC/tmpfiles.d/appliance.conf || true
    systemd-tmpfiles --create $ETC/tmpfiles.d/appliance.conf
    if [ -e $ETC/appliance/config.toml ]; then
        chown root:appliance $ETC/appliance/config.toml
        chmod 0640 $ETC/appliance/config.toml
    fi
    ln -sfn /opt/appliance/current/.venv/bin/appliance $BIN/appliance
}

# The unit's user may not write into a release: without this every start would compile it anew.
compile_release() {
    "$RELEASE/.venv/bin/python" -m compileall -q "$RELEASE/appliance" || true
}

install_limits() {
    if put journald.conf $ETC/systemd/journald.conf.d/50-appliance.conf; then
        systemctl restart systemd-journald
    fi
    if put watchdog.conf $ETC/systemd/system.conf.d/50-appliance.conf; then
        systemctl daemon-reexec
    fi
    if put 60-appliance.rules $ETC/udev/rules.d/60-appliance.rules && command -v udevadm >/dev/null; then
        udevadm control --reload || true
        udevadm trigger --subsystem-match=video4linux --subsystem-match=dma_heap \
            --subsystem-match=gpio || true
    fi
}

install_units() {
    local unit
    for unit in "$RELEASE"/systemd/appliance*.service "$RELEASE"/systemd/appliance*.timer; do
        put "${unit##*/}" "$ETC/systemd/system/${unit##*/}" || true
    done
    systemctl daemon-reload
    systemctl --quiet enable appliance.service "${TIMERS[@]}"
    systemctl start "${TIMERS[@]}"
}

# The screen is the kiosk's: neither a login nor a desktop comes up on it any more.
install_kiosk() {
    put seatd.conf $ETC/systemd/system/seatd.service.d/appliance.conf && systemctl daemon-reload
    put chromium-policy.json $ETC/chromium/policies/managed/appliance.json || true
    systemctl --quiet enable appliance-kiosk.service
    systemctl --quiet disable getty@tty1.service
    if [ ! -e $BEFORE ]; then
        systemctl get-default >$BEFORE
    fi
    [ "$(systemctl get-default)" = multi-user.target ] || systemctl --quiet set-default multi-user.target
}

main() {
    local kiosk=yes
    [ $# -ge 1 ] || fail "needs the release's folder: install.sh RELEASE_DIR [--no-kiosk]"
    readonly RELEASE=${1%/}
    shift
    while [ $# -gt 0 ]; do
        case "$1" in
            --no-kiosk) kiosk=no ;;
            *) fail "unknown option '$1'" ;;
        esac
        shift
    done
    [ "$(id -u)" -eq 0 ] || fail "must be run as root"
    [ -f "$RELEASE/systemd/appliance.service" ] || fail "$RELEASE holds no release"
    install_users_and_directories
    compile_release
    install_limits
    install_units
    if [ "$kiosk" = yes ]; then
        install_kiosk
    else
        systemctl --quiet disable appliance-kiosk.service
    fi
}

main "$@"
