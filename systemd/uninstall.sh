#!/usr/bin/env bash
# Takes the unit off this machine; clips, database and settings stay unless told. Run as root.
#   uninstall.sh [--purge]      --purge: those too, and the releases
set -euo pipefail

readonly ETC=/etc
readonly BEFORE=$ETC/appliance/default-target.before
readonly UNITS=(
    appliance-kiosk.service appliance-backup.timer appliance-purge.timer appliance-learn.timer
    appliance-backup.service appliance-purge.service appliance-learn.service appliance.service
)

fail() { printf 'uninstall.sh: %s\n' "$*" >&2; exit 1; }

give_the_screen_back() {
    systemctl --quiet enable getty@tty1.service 2>/dev/null || true
    if [ -s $BEFORE ]; then
        systemctl --quiet set-default "$(cat $BEFORE)" || true
    fi
    rm -f $BEFORE
}

main() {
    local purge=no unit
    case "${1:-}" in
        "") ;;
        --purge) purge=yes ;;
        *) fail "unknown option '$1'" ;;
    esac
    [ "$(id -u)" -eq 0 ] || fail "must be run as root"
    systemctl --quiet disable --now "${UNITS[@]}" 2>/dev/null || true
    for unit in "${UNITS[@]}"; do
        rm -f "$ETC/systemd/system/$unit"
    done
    [ ! -e $BEFORE ] || give_the_screen_back
    rm -f $ETC/systemd/journald.conf.d/50-appliance.conf \
        $ETC/systemd/system.conf.d/50-appliance.conf \
        $ETC/systemd/system/seatd.service.d/appliance.conf \
        $ETC/udev/rules.d/60-appliance.rules \
        $ETC/chromium/policies/managed/appliance.json \
        $ETC/tmpfiles.d/appliance.conf $ETC/sysusers.d/appliance.conf \
        /usr/local/bin/appliance
    rmdir --ignore-fail-on-non-empty $ETC/systemd/system/seatd.service.d 2>/dev/null || true
    systemctl daemon-reload
    systemctl daemon-reexec
    systemctl restart systemd-journald
    if [ "$purge" = yes ]; then
        rm -rf /var/lib/appliance $ETC/appliance /opt/appliance /run/appliance /run/appliance-page
        for user in appliance appliance-kiosk; do
            ! id "$user" >/dev/null 2>&1 || userdel "$user"
        done
        ! getent group appliance-page >/dev/null || groupdel appliance-page
    fi
}

main "$@"
