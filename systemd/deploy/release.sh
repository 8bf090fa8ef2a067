# shellcheck shell=bash
# shellcheck disable=SC2034 # RELEASE is for the files beside this one
# What a release is made of, its name, and how its files get to a host. Sourced by deploy.sh.

# What the unit needs to run; tests and the workbench stay here.
readonly SHIPPED=(appliance kiosk_ui models/artifacts systemd pyproject.toml README.md LICENSE)

# The shipped files, one a line: those under version control, or all where there is none.
shipped_files() {
    if [ -e .git ] && command -v git >/dev/null; then
        git ls-files -- "${SHIPPED[@]}"
    else
        find "${SHIPPED[@]}" -type f ! -path '*/__pycache__/*' ! -path '*.egg-info/*'
    fi | LC_ALL=C sort
}

warn_of_strangers() {
    local strangers
    [ -e .git ] && command -v git >/dev/null || return 0
    strangers=$(git ls-files --others --exclude-standard -- "${SHIPPED[@]}" | head -n 3)
    [ -z "$strangers" ] || say "Not sent, as git does not know them: ${strangers//$'\n'/, }"
}

# Sets RELEASE, version and a checksum over names, contents and what is executable, and writes the
# list of checksums to WORK/release.
name_release() {
    local version sum
    shipped_files >"$WORK/files"
    xargs -d '\n' sha256sum -- <"$WORK/files" >"$WORK/release"
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml | head -n 1)
    sum=$({ cat "$WORK/release"; xargs -d '\n' sh -c 'find "$@" -perm -u=x' _ <"$WORK/files"; } |
        sha256sum | cut -c 1-10)
    RELEASE=$version-$sum
    warn_of_strangers
}

# Brings a folder of the host to what a list of checksums says, sending only what is missing.
#   send_files WHAT LIST FROM TO DONOR
# Wheels are compressed already.
send_files() {
    local what=$1 list=$2 from=$3 to=$4 donor=$5 began=$SECONDS count pack=(gzip -3)
    [ "$what" != wheels ] || pack=(cat)
    rm -f "$DIR/facts/missing"
    at_host steps.sh want "$to" "$donor" "$what" <"$list"
    count=$(told missing | wc -l)
    if [ "$count" -eq 0 ]; then
        show "$what: all $(wc -l <"$list") files are there"
        return
    fi
    show "$what: sending $count of $(wc -l <"$list") files"
    tar -cf - --owner=0 --group=0 --mode='u=rwX,go=rX' -C "$from" --verbatim-files-from \
        -T "$DIR/facts/missing" | "${pack[@]}" | at_host steps.sh receive "$to" "$what"
    # Each part of a pipe is a shell of its own: a failure there is seen here.
    [ ! -f "$DIR/note" ] || exit 1
    show "$what: sent and read back ($((SECONDS - began)) s)"
}
