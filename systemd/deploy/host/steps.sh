#!/bin/bash
# The steps of a deploy up to the switch, one by one, as deploy.sh asks for them. Runs as root.
#   steps.sh STEP [WORDS]
# Nothing here touches what runs; each step may be cut off and done again.
set -euo pipefail
# shellcheck source=systemd/deploy/host/places.sh
. "$(dirname "${BASH_SOURCE[0]}")/places.sh"
# shellcheck source=systemd/deploy/host/pip.sh
. "$(dirname "${BASH_SOURCE[0]}")/pip.sh"
readonly HERE=/opt/appliance/deploy
readonly UNDO_WAIT_S=900 STEP_WAIT_S=1800

is_pi() { grep -qs 'Raspberry Pi' /proc/device-tree/model; }

# Where things stand: what runs, and whether RELEASE is here already. A trial that was cut off
# is undone first.
look() {
    local release=$1 config_sum=$2 kiosk=$3 active=yes kiosk_now=no
    step look
    mkdir -p "$RELEASES"
    settle
    is_active "$SERVICE" || active=no
    is_enabled "$KIOSK" && kiosk_now=yes
    [ "$config_sum" = - ] || sha256sum --status -c <<<"$config_sum  $CONFIG" 2>/dev/null ||
        config_sum=other
    fact current "$(current_release)"
    is_complete "$release" && fact complete yes
    if is_proven "$release" && [ "$(current_release)" = "$release" ] && [ "$active" = yes ] &&
        [ "$config_sum" != other ] && [ "$kiosk_now" = "$kiosk" ]; then
        fact unchanged yes
    fi
}

settle() {
    local waited_s=0
    while systemctl --quiet is-active appliance-deploy.service ||
        [ "$(systemctl show -P ActiveState appliance-deploy.service)" = deactivating ]; do
        [ "$waited_s" -gt 0 ] || say "look: an earlier deploy is being undone; waiting for it"
        [ "$waited_s" -lt "$UNDO_WAIT_S" ] || fail "the earlier deploy does not end"
        sleep 1
        waited_s=$((waited_s + 1))
    done
    if [ -d "$TRIAL" ]; then bash "$TRIAL/undo.sh" | grep -v '^=' || true; fi
}

# Reads a list of checksums and tells the files of FOLDER that are not as listed. What the release
# in force (DONOR) or an earlier attempt has already need not be sent; releases share equal files,
# which are never written to, only replaced.
want() {
    local folder=$1 donor=$2 list=$1/.manifest
    step "want-$3"
    mkdir -p "$folder"
    cat >"$list.part"
    mv "$list.part" "$list"
    if [ "$donor" != - ] && [ -d "$donor" ]; then
        cut -c 67- "$list" | (cd "$donor" && xargs -d '\n' cp --link --parents -t "$folder") \
            2>/dev/null || true
    fi
    (cd "$folder" && sha256sum --check --quiet .manifest 2>/dev/null || true) |
        sed -n 's/: FAILED.*$//; T; s/^/=missing /p'
}

# Unpacks what was missing and reads everything back.
receive() {
    local folder=$1 told packed=(--gzip)
    [ "$2" != wheels ] || packed=()
    step "receive-$2"
    told=$(tar -xf - "${packed[@]}" --no-same-owner --no-same-permissions -C "$folder" 2>&1) ||
        fail "$(tail -n 1 <<<"$told")"
    step "verify-$2"
    (cd "$folder" && sha256sum --check --status .manifest) ||
        fail "what arrived is not what was sent; deploy again"
    chmod -R go-w "$folder"
    sync -f "$folder"
}

# Wheels that this release does not need go.
drop_wheels() {
    local file
    for file in "$WHEELS"/*; do
        grep -qF -- "  $(basename "$file")" "$WHEELS/.manifest" || rm -f "$file"
    done
}

# A line of packages.txt is a package and a remark, in which [kiosk] means that only the kiosk needs
# it and [pi] that only a Raspberry Pi does.
wanted_packages() {
    local kiosk=$2 package remark
    while read -r package remark; do
        case "$package $remark" in
            " "* | "#"*) continue ;;
            *"[kiosk]"*) [ "$kiosk" = yes ] || continue ;;
            *"[pi]"*) is_pi || continue ;;
        esac
        printf '%s\n' "$package"
    done <"$RELEASES/$1/systemd/packages.txt"
}

packages() {
    local missing=() package told
    step packages
    for package in $(wanted_packages "$1" "$2"); do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        say "packages: installing ${missing[*]}"
        apt-get -o DPkg::Lock::Timeout=300 update -qq >/dev/null 2>&1 ||
            say "packages: the package lists could not be refreshed; trying with the old ones"
        told=$(DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
            --no-install-recommends "${missing[@]}" 2>&1 </dev/null) ||
            fail "apt-get could not install ${missing[*]}: $(tail -n 1 <<<"$told")"
    fi
    done_with "${#missing[@]} system packages were missing"
    python3 -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
        2>/dev/null || fail "no Python between 3.11 and 3.13 with venv is here; install python3-venv"
}

# What the virtual environment is made of; releases for which it is the same may share its files.
recipe() {
    python3 - "$@" <<'PYTHON'
import hashlib, json, pathlib, sys, tomllib
release, *words = sys.argv[1:]
project = tomllib.loads(pathlib.Path(release, "pyproject.toml").read_text("utf-8"))["project"]
parts = [project, sys.version, words]
locks = sorted(pathlib.Path(release, "systemd/requirements").glob("*.txt"))
parts += [path.read_text("utf-8") for path in locks if path.name != "test.txt"]
print(hashlib.sha256(json.dumps(parts).encode()).hexdigest())
PYTHON
}

# Files of an environment never change, so an equal one is made of links to the old one's; only
# those that name their release are made anew.
borrow_venv() {
    local donor=$1 venv=$2 site
    cp -al "$donor" "$venv"
    rm "$venv/.recipe"
    site=$(echo "$venv"/lib/python3*/site-packages)
    grep -rlIF --exclude-dir=__pycache__ -- "$(dirname "$donor")" "$venv/bin" "$venv/pyvenv.cfg" \
        "$site"/__editable__* "$site"/maum_signage-* |
        xargs sed -i "s|$(dirname "$donor")|$(dirname "$venv")|g"
}

# Sets EXTRAS, SITE and MADE, the recipe of a release's environment on this host.
think_of_venv() {
    EXTRAS=(learning) SITE=()
    if is_pi; then EXTRAS+=(pi); fi
    # On a Pi picamera2 comes from the system's packages, so they stay visible.
    if python3 -c 'import picamera2' 2>/dev/null; then SITE=(--system-site-packages); fi
    MADE=$(recipe "$RELEASES/$1" "${EXTRAS[*]}" "${SITE[@]}")
}

# The environment without pip, where that is possible; tells whether it is there.
venv() {
    local venv=$RELEASES/$1/.venv donor=$CURRENT/.venv
    step venv
    think_of_venv "$1"
    if [ "$(cat "$venv/.recipe" 2>/dev/null)" != "$MADE" ]; then
        rm -rf "$venv"
        if [ "$(cat "$donor/.recipe" 2>/dev/null)" != "$MADE" ]; then return; fi
        borrow_venv "$(realpath "$donor")" "$venv"
        printf '%s\n' "$MADE" >"$venv/.recipe"
    fi
    fact venv yes
    done_with "the virtual environment stays the same"
}

# What the unit really uses is compiled when it is tried: a tenth of it, and of the time. The locks
# are complete: without a resolver no pip can look for what they do not name.
pip_install() {
    run_pip env -C "$RELEASES/$1" .venv/bin/python -m pip install --quiet --no-input --no-compile \
        --disable-pip-version-check --root-user-action=ignore --no-deps "${INDEX[@]}" "${@:2}" &&
        return
    case "$PIP_SAID" in
        *"DO NOT MATCH THE HASHES"*)
            fail "the packages are not those that the release's locks name; make the wheelhouse anew" ;;
    esac
    fail "pip could not install the packages: $PIP_SAID"
}

# The environment by pip: from the wheels that were sent ("offline") or from a package index.
pip() {
    local venv=$RELEASES/$1/.venv INDEX=() extra
    step pip "installing Python packages (minutes on a Raspberry Pi)"
    think_of_venv "$1"
    [ "$2" = online ] || INDEX=(--no-index --find-links "$WHEELS")
    python3 -m venv --clear "${SITE[@]}" "$venv" || fail "python3 could not make $venv"
    step pip-install
    # The very files that were tested: each is held to its checksum. First what builds packages.
    pip_install "$1" --require-hashes --requirement systemd/requirements/build.txt
    for extra in "${EXTRAS[@]}"; do
        pip_install "$1" --require-hashes --use-pep517 --no-build-isolation \
            --requirement "systemd/requirements/$extra.txt"
    done
    pip_install "$1" --no-build-isolation --editable .
    printf '%s\n' "$MADE" >"$venv/.recipe"
    done_with "the virtual environment is made"
}

# Loads every module of the release, which also leaves them compiled: the unit's own user may not
# write here.
try() {
    local release=$1 told
    step try
    told=$("$RELEASES/$release/.venv/bin/python" - 2>&1 <<'PYTHON'
import importlib, pkgutil, appliance
for found in pkgutil.walk_packages(appliance.__path__, "appliance."):
    importlib.import_module(found.name)
print(appliance.__file__)
PYTHON
    ) || fail "the release cannot be loaded here: $(tail -n 1 <<<"$told")"
    told=$(tail -n 1 <<<"$told")
    [ "$told" = "$RELEASES/$release/appliance/__init__.py" ] || fail "it loads $told instead"
    done_with "the release loads"
}

# The settings, as the new release reads them: those sent along ("sent"), else those in force.
settings() {
    local told file=$CONFIG
    step config
    rm -f "$CANDIDATE"
    if [ "$2" = sent ]; then
        file=$CANDIDATE
        (umask 077 && cat >"$file.part")
        mv "$file.part" "$file"
    fi
    if [ -f "$file" ]; then
        told=$("$RELEASES/$1/.venv/bin/appliance" --config "$file" config check 2>&1) || {
            rm -f "$CANDIDATE"
            fail "$(tr '\n' ' ' <<<"${told//$CANDIDATE/the settings file}")"
        }
    fi
    done_with "the settings are right for $1"
    touch "$RELEASES/$1/.complete"
    sync -f "$BASE"
}

# From here on the rest runs by itself, and goes back by itself.
activate() {
    systemctl reset-failed appliance-deploy.service 2>/dev/null || true
    exec systemd-run --quiet --wait --pipe --collect --unit=appliance-deploy.service \
        --property=IgnoreSIGPIPE=no --property=TimeoutStopSec=900 \
        --property="ExecStopPost=/bin/bash $HERE/undo.sh" \
        --setenv=STOP_AT="${STOP_AT:-}" /bin/bash "$HERE/trial.sh" "$@"
}

# A step whose asker has gone may still run, and hands its hold on to what it has started.
alone() {
    exec 9>/run/appliance-step.lock
    flock -n 9 && return
    say "a step of an earlier deploy still runs; waiting for it"
    flock -w "$STEP_WAIT_S" 9 || fail "the earlier deploy's step does not end"
}

alone
case "$1" in
    look | want | receive | packages | venv | pip | try | settings | activate | drop_wheels) "$@" ;;
    *) fail "unknown step $1" ;;
esac
