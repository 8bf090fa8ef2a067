#!/usr/bin/env bash
# The demo and tests on a freshly installed Debian, 12 and 13 or the one named: what is committed is
# cloned into a file tree that holds nothing but apt, run, and run once more without any network.
#   blank.sh [--all] [bookworm|trixie]
# With --all: with a network all tests in place of some. The bare trees lie in the cache folder and are used again; what is installed is not. Needs root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly ROOT=$PWD
readonly CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/maum-signage
# Where any user may look into it.
readonly CHECKOUT=/srv/checkout
readonly CERTIFICATES=/etc/ssl/certs/ca-certificates.crt
readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf 'blank.sh: %s\n' "$*" >&2; exit 1; }

# Where this computer gets Debian's own packages from.
mirror() {
    # shellcheck disable=SC2016 # apt's own placeholder
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' \
        'Label: Debian' | head -n 1
}

# How this computer fetches packages (a proxy, say) holds there as well.
how_apt_fetches() { apt-config dump | grep '^Acquire::' || true; }

make_tree() {
    local suite=$1 tree=$CACHE/blank-$1
    [ -e "$tree" ] && return
    say "Making a bare Debian $suite (half a minute, once)"
    rm -rf "$tree.unfinished"
    how_apt_fetches >"$CACHE/blank.apt"
    mmdebstrap --variant=minbase --include=ca-certificates --keyring="$KEYRING" \
        --aptopt="$CACHE/blank.apt" --dpkgopt=force-unsafe-io \
        "$suite" "$tree.unfinished" "$(mirror)" >"$CACHE/blank.log" 2>&1 ||
        fail "it could not be made: $(tail -n 3 "$CACHE/blank.log")"
    mv "$tree.unfinished" "$tree"
}

# Lays a disk of its own over the bare tree, with a clone of what is committed on it.
fresh_disk() {
    rm -rf "$DISK"
    mkdir -p "$DISK/written" "$DISK/work" "$DISK/root"
    mount -t overlay overlay "$DISK/root" \
        -o "lowerdir=$CACHE/blank-$1,upperdir=$DISK/written,workdir=$DISK/work"
    git clone --quiet "$ROOT" "$DISK/root$CHECKOUT"
    [ -z "$(git status --porcelain)" ] || say "What is not committed is not tested"
}

# pip's settings of this computer, its certificates, and the local folders that they name (NSPAWN).
give_package_sources() {
    local file folder name settings=()
    cp "$CERTIFICATES" "$DISK/root$CERTIFICATES"
    for file in /etc/pip.conf /etc/xdg/pip/* "$HOME/.config/pip/pip.conf" "$HOME/.pip/pip.conf"; do
        [ -f "$file" ] || continue
        settings+=("$file")
        install -D -m 0644 "$file" "$DISK/root${file/#$HOME//root}"
    done
    for name in $(compgen -e | grep -E '^(PIP_.*|SSL_CERT_FILE|https?_proxy|HTTPS?_PROXY)$'); do
        NSPAWN+=("--setenv=$name=${!name}")
    done
    for folder in $({ cat /dev/null "${settings[@]}"; env | grep '^PIP_'; } |
        grep -oE '(^|[ =]|file://)/[^ ]+' | sed 's#^[ =]*##; s#^file://##; s#/simple/*$##' | sort -u); do
        [ ! -d "$folder" ] || NSPAWN+=("--bind-ro=$folder")
    done
}

# inside SOME_OR_ALL NSPAWN_OPTIONS...
inside() {
    systemd-nspawn "${NSPAWN[@]}" "${@:2}" -- /bin/bash "$CHECKOUT/tests/blank/inside.sh" "$1"
}

try_suite() {
    NSPAWN=(--quiet --directory="$DISK/root" --register=no --keep-unit --as-pid2 --console=pipe
        --timezone=off --link-journal=no --chdir="$CHECKOUT" --setenv=LANG=C.UTF-8)
    make_tree "$1"
    fresh_disk "$1"
    give_package_sources
    say "Debian $1, with a network"
    inside "$TESTS" --resolv-conf=copy-host
    say "Debian $1, without one"
    inside some --private-network --resolv-conf=off
    tidy
}

tidy() {
    ! mountpoint --quiet "$DISK/root" || umount --lazy "$DISK/root"
    rm -rf "$DISK"
}

TESTS=some
if [ "${1:-}" = --all ]; then
    TESTS=all
    shift
fi
suites=("$@")
[ $# -gt 0 ] || suites=(bookworm trixie)
[ "$(id -u)" -eq 0 ] || fail "run it as root, it makes file trees and mounts them"
for tool in mmdebstrap systemd-nspawn git; do
    command -v "$tool" >/dev/null ||
        fail "$tool is missing: apt-get install mmdebstrap systemd-container git"
done
mkdir -p "$CACHE"
DISK=$(mktemp -d "$CACHE/blank-disk-XXXXXX")
readonly DISK
trap tidy EXIT
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
for suite in "${suites[@]}"; do
    case "$suite" in
        bookworm | trixie) try_suite "$suite" ;;
        *) fail "the suites are bookworm (Debian 12) and trixie (13), not '$suite'" ;;
    esac
done
