# shellcheck shell=bash
# Makes a wheelhouse: all Python packages that a host needs, so that it needs no package index; the
# very files that the lock files name. Sourced by deploy.sh.

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

# The pins of the lock files that hold for a processor and a Python, with their checksums. pip
# itself would judge "for aarch64" or "since 3.12" by this computer.
pins_for() {
    "${PIP[0]}" - "$@" <<'PYTHON'
import sys
from pathlib import Path
from pip._vendor.packaging.markers import Marker
arch, python = sys.argv[1:]
place = {"platform_machine": arch, "python_version": python, "python_full_version": f"{python}.0",
         "sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "extra": ""}
found = set()
for name in ("build", "learning", "pi"):
    text = Path(f"systemd/requirements/{name}.txt").read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        pin, *checksums = line.partition("#")[0].split("--hash=")
        package, _, marker = pin.partition(";")
        if package.strip() and (not marker.strip() or Marker(marker.strip()).evaluate(place)):
            found.add(" --hash=".join([package.strip(), *map(str.strip, checksums)]))
print("\n".join(sorted(found)))
PYTHON
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
    for python in "${pythons[@]}"; do
        say "Fetching wheels for Python $python on $arch"
        platform=()
        for glibc in 2_36 2_35 2_34 2_31 2_28 2_27 2_26 2_24 2_17; do
            platform+=(--platform "manylinux_${glibc}_$arch")
        done
        pins_for "$arch" "$python" >"$WORK/pins" || fail "the lock files cannot be read"
        # Every package is in the locks; one that is published as source alone comes as that.
        run_pip "${PIP[@]}" download --quiet --no-deps --prefer-binary --require-hashes --implementation cp \
            --python-version "$python" --abi "cp${python/./}" --abi abi3 --abi none \
            "${platform[@]}" --platform "manylinux2014_$arch" \
            --dest "$folder" --requirement "$WORK/pins" ||
            fail "pip could not fetch the wheels for Python $python on $arch: $PIP_SAID"
    done
    say "$(find "$folder" -type f | wc -l) packages are in $folder" \
        "($(du -sh "$folder" | cut -f 1)); deploy with --wheelhouse $folder"
}
