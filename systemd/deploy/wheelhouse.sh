# shellcheck shell=bash
# Makes a wheelhouse: all Python packages that a host needs, so that it needs no package index.
# Sourced by deploy.sh.

readonly PYTHONS=(3.11 3.13)

# A pip of this computer: the checkout's, else one in a passing environment.
find_pip() {
    if "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        PIP=("$ROOT/$VENV/bin/python" -m pip)
    else
        "$(find_python)" -m venv "$WORK/pip"
        PIP=("$WORK/pip/bin/python" -m pip)
    fi
    PIP+=(--disable-pip-version-check)
}

# The requirements for a processor, one a line: the product's own, its extras', and what builds it
# there. pip would judge those "for aarch64" by this computer's processor.
wheelhouse_requirements() {
    "${PIP[0]}" - "$1" <<'PYTHON'
import sys, tomllib
from pathlib import Path
arch = sys.argv[1]
document = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
project = document["project"]
lines = [*project["dependencies"], *document["build-system"]["requires"], "wheel"]
for extra in ("learning", "pi"):
    lines += project["optional-dependencies"][extra]
for line in lines:
    name, _, marker = line.partition(";")
    # What speaks with the Pi's own parts belongs to its system; there are no wheels of it.
    if not name.startswith(("picamera2", "lgpio")) and (not marker or f"'{arch}'" in marker):
        print(name)
PYTHON
}

# Runs pip, which is only listened to where it fails.
quiet_pip() {
    "${PIP[@]}" "$@" --quiet >"$WORK/pip.log" 2>&1 || {
        grep -m 1 ERROR "$WORK/pip.log" >&2
        return 1
    }
}

# Packages that exist as source only are built here; they hold no machine code.
build_sources() {
    local name
    while read -r name; do
        quiet_pip wheel --no-deps --wheel-dir "$WORK/built" "$name" ||
            fail "the package $name could not be built"
    done <<<"sdnotify"
    ! find "$WORK/built" -name '*.whl' ! -name '*-none-any.whl' | grep -q . ||
        fail "a package without wheels holds machine code"
}

make_wheelhouse() {
    local folder="" arch="" pythons=("${PYTHONS[@]}") python platform
    while [ $# -gt 0 ]; do
        case "$1" in
            --arch) need_value "$@"; arch=$2; shift ;;
            --python) need_value "$@"; pythons=("$2"); shift ;;
            -*) fail "wheelhouse has no option $1 (see './deploy.sh help')" ;;
            *) [ -z "$folder" ] || fail "one folder is enough: $1"; folder=$1 ;;
        esac
        shift
    done
    [ -n "$folder" ] || fail "name the folder: ./deploy.sh wheelhouse DIR"
    case "${arch:=$(uname -m)}" in
        aarch64 | x86_64) ;;
        *) fail "--arch is aarch64 or x86_64, not '$arch'" ;;
    esac
    folder=$(from_caller "$folder")
    mkdir -p "$folder"
    find_pip
    wheelhouse_requirements "$arch" >"$WORK/requirements"
    say "Building what exists as source only"
    build_sources
    for python in "${pythons[@]}"; do
        say "Fetching wheels for Python $python on $arch"
        platform=()
        for glibc in 2_36 2_35 2_34 2_31 2_28 2_27 2_26 2_24 2_17; do
            platform+=(--platform "manylinux_${glibc}_$arch")
        done
        quiet_pip download --only-binary=:all: --implementation cp \
            --python-version "$python" --abi "cp${python/./}" --abi abi3 --abi none \
            "${platform[@]}" --platform "manylinux2014_$arch" --find-links "$WORK/built" \
            --dest "$folder" --requirement "$WORK/requirements" ||
            fail "pip could not fetch the wheels for Python $python on $arch"
    done
    say "$(find "$folder" -name '*.whl' | wc -l) wheels are in $folder" \
        "($(du -sh "$folder" | cut -f 1)); deploy with --wheelhouse $folder"
}
