#!/usr/bin/env bash
# The smoke tests on an emulated 64-bit Arm processor: in Debian 13 for arm64, with the wheels that
# a Raspberry Pi gets. What it makes lies in the cache folder and is used again. Needs root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly ROOT=$PWD
readonly VENV=.venv
readonly SUITE=trixie PYTHON=3.13 PLATFORM=aarch64-manylinux_2_28
readonly CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/maum-signage
readonly TREE=$CACHE/arm64-$SUITE
readonly BINFMT=/proc/sys/fs/binfmt_misc

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf 'arm64.sh: %s\n' "$*" >&2; exit 1; }

# The kernel hands Arm programs to QEMU; what was not there before is taken away at the end.
register_emulator() {
    [ "$(uname -m)" = aarch64 ] && return
    if [ ! -e "$BINFMT/register" ]; then
        mount -t binfmt_misc binfmt_misc "$BINFMT" ||
            fail "the kernel does not offer binfmt_misc here, so no Arm program can be run"
        MOUNTED=yes
    fi
    [ -e "$BINFMT/qemu-aarch64" ] && return
    # Flag F: the kernel opens QEMU now, so that it need not lie in the Arm file tree.
    sed '/:[A-Z]*F[A-Z]*$/!s/$/F/' /usr/lib/binfmt.d/qemu-aarch64.conf >"$BINFMT/register" ||
        fail "QEMU could not be registered with the kernel"
    REGISTERED=yes
}

undo() {
    local place
    for place in "$TREE/proc" "$TREE/checkout"; do
        ! mountpoint --quiet "$place" || umount "$place"
    done
    [ -z "$REGISTERED" ] || echo -1 >"$BINFMT/qemu-aarch64"
    [ -z "$MOUNTED" ] || umount "$BINFMT"
}

make_tree() {
    [ -e "$TREE" ] && return
    say "Making a Debian $SUITE for arm64 (some minutes, once)"
    rm -rf "$TREE.unfinished"
    mkdir -p "$TREE.unfinished"
    debootstrap --arch=arm64 --variant=minbase --include=python3 "$SUITE" "$TREE.unfinished" \
        >"$CACHE/arm64.log" 2>&1 || fail "it could not be made: $(tail -n 3 "$CACHE/arm64.log")"
    mv "$TREE.unfinished" "$TREE"
}

# The locked wheels for a Raspberry Pi, and of the tests' packages pytest alone.
install_packages() {
    local wanted
    wanted=$(cat systemd/requirements/*.txt | sha256sum)
    [ "$(cat "$TREE/opt/packages.stamp" 2>/dev/null)" = "$wanted" ] && return
    say "Installing the wheels for Python $PYTHON on aarch64"
    rm -rf "$TREE/opt/packages"
    awk '/^(pytest|iniconfig|pytest-timeout)==/ { on = 1 } on; !/\\$/ { on = 0 }' \
        systemd/requirements/test.txt >"$CACHE/arm64-pytest.txt"
    "$VENV/bin/uv" pip install --quiet --no-config --target "$TREE/opt/packages" \
        --python-version "$PYTHON" --python-platform "$PLATFORM" --no-deps --require-hashes \
        --build-constraints systemd/requirements/build.txt \
        --requirement systemd/requirements/runtime.txt --requirement "$CACHE/arm64-pytest.txt" ||
        fail "the wheels could not be installed"
    printf '%s' "$wanted" >"$TREE/opt/packages.stamp"
}

run_smoke() {
    mkdir -p "$TREE/checkout"
    mount --bind "$ROOT" "$TREE/checkout"
    mount -o remount,bind,ro "$TREE/checkout"
    mount -t proc proc "$TREE/proc"
    say "Running the smoke tests on $(chroot "$TREE" uname -m)"
    chroot "$TREE" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/tmp LANG=C.UTF-8 \
        PYTHONPATH=/opt/packages:/checkout PYTHONDONTWRITEBYTECODE=1 \
        python3 -m pytest -m smoke --noconftest -p no:cacheprovider --rootdir=/checkout \
        --override-ini timeout=3000 --durations=0 "$@" /checkout/tests/smoke
}

REGISTERED="" MOUNTED=""
trap undo EXIT
[ "$(id -u)" -eq 0 ] || fail "run it as root, it makes a file tree and mounts it"
for tool in debootstrap chroot; do
    command -v "$tool" >/dev/null || fail "$tool is missing: apt-get install debootstrap"
done
mkdir -p "$CACHE"
register_emulator
make_tree
install_packages
run_smoke "$@"
