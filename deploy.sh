#!/usr/bin/env bash
# Maum Signage: from a fresh Debian 12/13 or Raspberry Pi OS (64-bit) to a running unit.
#   ./deploy.sh demo [--camera FILE]   run the unit on this computer
#   ./deploy.sh test [PYTEST OPTIONS]  run all tests
#   ./deploy.sh USER@HOST              bring a unit on another computer to this release
set -euo pipefail
readonly CALLED_FROM=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
readonly ROOT=$PWD

readonly VENV=.venv
readonly DEMO_DIR=.demo
# PyTorch without a GPU's libraries, 0.2 GB instead of 3: what the workbench's tests run on.
readonly CPU_TORCH='torch==2.13.0+cpu'

# shellcheck source=systemd/deploy/host/pip.sh
. "$ROOT/systemd/deploy/host/pip.sh"

usage() {
    cat <<'TEXT'
Usage: ./deploy.sh COMMAND [OPTIONS]

  demo [--camera FILE] [--language ko|en|both]
        Install what is missing, run the unit on this computer and print the address of
        its panel. The camera is a webcam if there is one, else a built-in feed;
        FILE replays a video, a GIF or a folder of pictures. Ctrl-C ends it.
  test [PYTEST OPTIONS]
        Install what the tests need (Chromium included) and run all of them.
        With --arm64: the few named "smoke" on an emulated 64-bit Arm processor (minutes).
        With --cpu MODEL: the same on an emulated x86-64 processor, such as Haswell (no VNNI).
        With --blank [--all] [bookworm|trixie]: demo and some tests, or all, on a freshly installed
        Debian, with and without a network (minutes).

On other computers, over SSH; no root login is needed, but sudo without a password:

  USER@HOST [USER@HOST...] [--config FILE] [--wheelhouse DIR] [--no-kiosk]
            [--wait SECONDS] [--keep NUMBER]
        Bring units to this release: check the host, send the release, build its environment
        there, install system packages and units, back the database up where it changes, switch,
        restart, and wait until the unit really plays. If it does not within --wait (120 s), or
        this is interrupted, the release before runs on, with its settings and database. Where
        nothing differs nothing is touched. 'deploy HOST' does the same for a host without USER@.
        --config FILE      settings for the unit, checked there before anything is switched
        --wheelhouse DIR   install Python packages from here; the host needs no package index
        --no-kiosk         without a screen: only the daemon is waited for
        --keep NUMBER      releases that stay on the host (3)
  rollback HOST... [--restore-database] [--wait SECONDS]
        Put the release before in force again, in the same way; twice is back again.
        --restore-database: also where that release needs the database of before.
  status HOST...
        Release, screen, page, disk and troubles of each unit, in a table.
  logs HOST [--lines NUMBER] [--follow]
        The unit's log.
  uninstall HOST... [--purge]
        Take the unit off; its settings and data stay, unless --purge.
  wheelhouse DIR [--arch aarch64|x86_64] [--python 3.11|3.13]
        Fetch all Python packages that a host needs, for Debian 12 and 13 or one of them.
  help  This text.

All commands for hosts take --ssh-config FILE (see 'man ssh_config'). Several hosts are served at
once. Exit status 1 if one of them failed. demo and test work offline once they have run.
TEXT
}

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf 'deploy.sh: %s\n' "$*" >&2; exit 1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "needs root to run '$*'; run as root or install sudo"
    fi
}

check_machine() {
    case "$(uname -m)" in
        x86_64 | aarch64) ;;
        *) fail "$(uname -m) is not supported: a 64-bit system (x86-64 or aarch64) is needed" ;;
    esac
}

# Debian packages named as arguments, of which only the missing ones are fetched.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || fail "please install: ${missing[*]} (no apt-get here)"
    say "Installing system packages: ${missing[*]}"
    as_root apt-get update -qq || say "The package lists could not be refreshed; trying with the old ones"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null || fail "apt-get could not install: ${missing[*]}"
}

# Prints an interpreter between 3.11 and 3.13; the system's own first.
find_python() {
    local python
    for python in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
            2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    fail "no Python between 3.11 and 3.13 found; install python3"
}

# The virtual environment with the extras given (comma-separated); nothing to do when unchanged.
prepare_venv() {
    local extras=$1 stamp=$VENV/.installed-$1 wanted
    local lock=systemd/requirements/${extras:-runtime}.txt
    wanted=$(cat pyproject.toml systemd/requirements/*.txt | sha256sum | cut -d' ' -f1):$PWD
    # What the tests need includes what the demo needs.
    if [ -x "$VENV/bin/appliance" ] &&
        grep -qsxF -- "$wanted" "$stamp" "$VENV/.installed-test"; then
        return
    fi
    # An environment whose making was cut short has a Python, but no pip.
    if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        say "Making the virtual environment $VENV"
        local python options=(--clear)
        python=$(find_python)
        # On a Pi picamera2 comes from the system's packages, so they stay visible.
        "$python" -c 'import picamera2' 2>/dev/null && options+=(--system-site-packages)
        "$python" -m venv "${options[@]}" "$VENV"
    fi
    say "Installing Python packages (a minute or two the first time)"
    # The very files that were tested: each is held to its checksum. First what builds packages.
    # The locks are complete: without a resolver no pip can look for what they do not name. Python
    # compiles what is really used: a part of it, and of the time.
    local install=("$VENV/bin/python" -m pip install --quiet --disable-pip-version-check
        --no-deps --no-compile)
    { run_pip "${install[@]}" --require-hashes --requirement systemd/requirements/build.txt &&
        run_pip "${install[@]}" --require-hashes --use-pep517 --no-build-isolation \
            --requirement "$lock" &&
        run_pip "${install[@]}" --no-build-isolation --editable .; } ||
        fail "pip could not install the packages: $PIP_SAID"
    printf '%s\n' "$wanted" >"$stamp"
}

# What the tests of the workbench in models/ need, where pip can get PyTorch's CPU build; else
# they are skipped, each saying so. Asked once for what is wanted, so that it is quick offline.
prepare_workbench() {
    local stamp=$VENV/.workbench lock=systemd/requirements/test.txt wanted torch=()
    wanted=$(cat pyproject.toml $lock | sha256sum | cut -d' ' -f1)
    if grep -qsxF -- "$wanted" "$stamp"; then
        return
    fi
    if ! "$VENV/bin/python" -c 'import torch' 2>/dev/null; then
        torch=("$CPU_TORCH")
        if ! "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --dry-run \
            --no-deps "${torch[@]}" >/dev/null 2>&1; then
            say "No CPU build of PyTorch at hand: the workbench's tests will be skipped." \
                "To run them: $VENV/bin/pip install -e '.[train]' (3 GB), then ./deploy.sh test"
            printf '%s\n' "$wanted" >"$stamp"
            return
        fi
    fi
    say "Installing what the workbench's tests need"
    # The workbench itself is not locked. What is locked stays as it is: it may only be added to.
    sed -n '/^[^ #]/ s/ *\\$//p' $lock >"$VENV/.locked"
    run_pip "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile \
        --use-pep517 --no-build-isolation --constraint "$VENV/.locked" --editable '.[test,train]' \
        "${torch[@]}" || fail "pip could not install the workbench: $PIP_SAID"
    printf '%s\n' "$wanted" >"$stamp"
}

# The Pi's own camera library exists as a system package only.
install_pi_packages() {
    if grep -qs 'Raspberry Pi' /proc/device-tree/model; then
        install_packages python3-picamera2
    fi
}

demo() {
    install_packages python3 python3-venv ffmpeg fonts-nanum fonts-noto-color-emoji
    install_pi_packages
    prepare_venv ""
    mkdir -p "$DEMO_DIR"
    # Back to where the user stands, so that --camera FILE means what they see.
    cd "$CALLED_FROM"
    exec "$ROOT/$VENV/bin/appliance" --state-dir "$ROOT/$DEMO_DIR" --config none run --demo "$@"
}

run_tests() {
    if [ "${1:-}" = --arm64 ]; then
        install_packages python3 python3-venv debootstrap qemu-user-static
        prepare_venv test
        as_root tests/smoke/arm64.sh "${@:2}"
        return
    fi
    if [ "${1:-}" = --blank ]; then
        install_packages mmdebstrap systemd-container git
        as_root tests/blank/blank.sh "${@:2}"
        return
    fi
    if [ "${1:-}" = --cpu ]; then
        [ $# -ge 2 ] || fail "--cpu needs a processor's name, such as Haswell (qemu-x86_64 -cpu help)"
        install_packages python3 python3-venv qemu-user
        prepare_venv test
        exec qemu-x86_64 -cpu "$2" "$VENV/bin/python" -m pytest -m smoke -p no:cacheprovider \
            --timeout 1800 tests/smoke "${@:3}"
    fi
    # fonts-nanum-extra: the tests paint starter clips anew, in its heavier faces.
    # libatomic1: Playwright's own Node is linked to it, and nothing of Debian's that is named here.
    # The last line: what boots Debian 13 in a container (tests/machine).
    install_packages python3 python3-venv ffmpeg fonts-nanum fonts-nanum-extra \
        fonts-noto-color-emoji chromium libatomic1 git \
        mmdebstrap systemd-container openssh-client iproute2 qemu-user
    prepare_venv test
    prepare_workbench
    say "Running the tests"
    # Statement coverage is asked of all tests together, not of those that somebody picks. Tests of
    # one file share what they prepare, so a file stays with one process.
    [ $# -eq 0 ] && set -- --cov --cov-report=term \
        --numprocesses "$(nproc)" --maxprocesses 4 --dist loadfile
    exec "$VENV/bin/python" -m pytest "$@"
}

# What is done on other computers is kept beside the units that it installs there.
load_deploy() {
    local part
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/maum-XXXXXX")
    trap 'rm -rf "$WORK"' EXIT
    for part in hosts ssh release wheelhouse; do
        # shellcheck source=/dev/null
        . "$ROOT/systemd/deploy/$part.sh"
    done
}

main() {
    local command=${1:-help}
    [ $# -gt 0 ] && shift
    case "$command" in
        demo) check_machine; demo "$@"; return ;;
        test) check_machine; run_tests "$@"; return ;;
        help | -h | --help) usage; return ;;
        *@*) set -- "$command" "$@"; command=deploy ;;
    esac
    case "$command" in
        deploy | rollback | status | logs | uninstall | wheelhouse) load_deploy ;;
        *) usage >&2; fail "unknown command '$command'" ;;
    esac
    case "$command" in
        deploy)
            read_words deploy "--config --wheelhouse --no-kiosk --wait --keep --ssh-config" "$@"
            name_release
            say "Release $RELEASE"
            ;;
        rollback) read_words rollback "--restore-database --wait --keep --ssh-config" "$@" ;;
        status) read_words status "--ssh-config" "$@" ;;
        logs) read_words logs "--lines --follow --ssh-config" "$@" ;;
        uninstall) read_words uninstall "--purge --ssh-config" "$@" ;;
        wheelhouse) make_wheelhouse "$@"; return ;;
    esac
    on_hosts "$command"
}

main "$@"
