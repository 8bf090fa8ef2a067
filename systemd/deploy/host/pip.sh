# shellcheck shell=bash
# shellcheck disable=SC2034 # PIP_SAID is for the scripts that source this
# Runs pip, on the workstation and on a host. Sourced by deploy.sh and by the steps beside it.

# Runs a command that ends in pip's words. It is listened to only where it fails: PIP_SAID is then
# why, in one line.
run_pip() {
    local told
    told=$("$@" 2>&1) && return
    PIP_SAID=$(pip_errors <<<"$told")
    return 1
}

# The reason why no connection came about, once, and pip's errors with the lines that belong to
# them; of anything else that failed the last line. Warnings, as of folders that a setting names and
# that are not there, are left out.
pip_errors() {
    awk '
        /connection broken by/ && !lost { lost = $0; sub(/.*connection broken by */, "", lost) }
        /^(ERROR|error):/ { on = 1; sub(/^(ERROR|error): */, ""); said = said "; " $0; next }
        on && /^ / { sub(/^ +/, ""); said = said " " $0; next }
        { on = 0; if ($0 != "") last = $0 }
        END {
            if (said == "") said = "; " last
            if (lost != "") said = "; no connection: " lost said
            print substr(said, 3)
        }'
}
