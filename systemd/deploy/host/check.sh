#!/bin/bash
# Looks whether a unit can run here and changes nothing; runs as the user who logs in.
#   check.sh WORKSTATION_EPOCH NEEDS_KIOSK
# Prints "=error ..." for each thing that is in the way, "=root" with how to become root, and
# "=python" with the word for its Python in names of wheels.
set -u
readonly MAX_CLOCK_DIFFERENCE_S=300
readonly RELEASE_MB=500 VENV_MB=900 BROWSER_MB=900

error() { printf '=error %s\n' "$*"; }

machine() {
    case "$(uname -m)" in
        x86_64 | aarch64) ;;
        *)
            error "the machine is $(uname -m); a 64-bit one (aarch64 or x86-64) is needed"
            return
            ;;
    esac
    [ "$(getconf LONG_BIT)" = 64 ] ||
        error "a 32-bit system on a 64-bit machine; install the 64-bit image"
}

system() {
    local ID="" VERSION_ID="" PRETTY_NAME=""
    # shellcheck source=/dev/null
    . "${OS_RELEASE:-/etc/os-release}" 2>/dev/null
    case "$ID $VERSION_ID" in
        "debian 12" | "debian 13" | "raspbian 12" | "raspbian 13") ;;
        *) error "the system is ${PRETTY_NAME:-unknown}; Debian 12 or 13 or Raspberry Pi OS" \
            "of these is needed" ;;
    esac
    [ -d /run/systemd/system ] || error "systemd does not run here; the unit needs it"
}

clock() {
    local difference_s=$(($(date +%s) - $1))
    [ "${difference_s#-}" -le "$MAX_CLOCK_DIFFERENCE_S" ] ||
        error "the clock differs from this computer's by ${difference_s#-} s;" \
            "set it ('timedatectl set-ntp true')"
}

disk() {
    local needed_mb=$RELEASE_MB folder=/opt/appliance free_mb
    [ -e /opt/appliance/current ] || needed_mb=$((needed_mb + VENV_MB))
    if [ "$1" = yes ] && ! command -v chromium >/dev/null; then
        needed_mb=$((needed_mb + BROWSER_MB))
    fi
    while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
    free_mb=$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free_mb" -ge "$needed_mb" ] ||
        error "the disk is full: $free_mb MB are free for $folder, $needed_mb MB are needed"
}

tools() {
    local tool missing=()
    for tool in tar gzip sha256sum flock systemd-run apt-get; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [ ${#missing[@]} -eq 0 ] || error "these commands are missing: ${missing[*]}"
    # Without any Python the packages step installs one.
    command -v python3 >/dev/null || return
    python3 -c 'import sys; print("=python cp%d%d" % sys.version_info[:2])'
    python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' ||
        error "$(python3 --version) is not supported; the system's own 3.11 to 3.13 is needed"
}

root() {
    if [ "$(id -u)" -eq 0 ]; then
        echo "=root direct"
    elif ! command -v sudo >/dev/null; then
        error "there is no sudo and $(id -un) is not root; install sudo"
    elif sudo -n true 2>/dev/null; then
        echo "=root sudo"
    else
        error "$(id -un) may not use sudo without a password; as root:" \
            "echo '$(id -un) ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/010-$(id -un)"
    fi
}

PATH=$PATH:/usr/sbin:/sbin
machine
system
clock "$1"
disk "$2"
tools
root
