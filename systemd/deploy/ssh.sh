# shellcheck shell=bash
# How the workstation speaks with one host: one connection, its own errors in one line, and the
# scripts in host/ run there as root. Sourced by deploy.sh.
#
# Each host is served by a subshell of its own, which sets HOST, DIR (a folder for what is known
# of it) and ends with the result in DIR.

readonly PLACE=/opt/appliance/deploy
readonly HOST_SCRIPTS=$ROOT/systemd/deploy/host

# Ends this host's work with one line for the table.
give_up() {
    printf '%s' "$*" >"$DIR/note"
    [ -f "$DIR/result" ] || printf failed >"$DIR/result"
    show "$(printf '\033[1m%s\033[0m' "$*")"
    exit 1
}

show() { printf '%s  %-*s  %s\n' "$(date +%H:%M:%S)" "$HOST_WIDTH" "$HOST" "$*" >&2; }

# What the host's scripts have told as "=key value".
told() { if [ -f "$DIR/facts/$1" ]; then cat "$DIR/facts/$1"; fi; }

# Passes on what people read, and keeps the facts.
relay() {
    local line key
    while IFS= read -r line; do
        case "$line" in
            =*)
                key=${line%% *}
                printf '%s\n' "${line#* }" >>"$DIR/facts/${key#=}"
                ;;
            *) show "$line" ;;
        esac
    done
}

# ssh as it is set up for the user, so that unknown or changed host keys are refused or asked about
# as always. One connection serves all commands with a host; serve_host names its socket.
set_up_ssh() {
    SSH=(ssh -o ControlMaster=auto -o ControlPersist=30
        -o ConnectTimeout=10 -o ServerAliveInterval=10 -o ServerAliveCountMax=3)
    [ -z "$SSH_CONFIG" ] || SSH+=(-F "$SSH_CONFIG")
    # Nobody can answer several hosts' questions at once, or where there is no terminal.
    if [ "$1" -gt 1 ] || ! [ -t 0 ]; then SSH+=(-o BatchMode=yes); fi
}

connect() {
    "${SSH[@]}" "$HOST" true </dev/null >/dev/null 2>"$DIR/stderr" || give_up "$(why_not_connected)"
}

why_not_connected() {
    local said
    said=$(tr -d '\r' <"$DIR/stderr")
    case "$said" in
        *"Could not resolve hostname"*) echo "there is no host of this name" ;;
        *"REMOTE HOST IDENTIFICATION HAS CHANGED"*)
            echo "its host key has changed: another machine, or somebody in between;" \
                "if the card was written anew, run 'ssh-keygen -R ${HOST#*@}' and try again" ;;
        *"Host key verification failed"* | *"host key is known for"*)
            echo "its host key is not known yet; run 'ssh $HOST' once and compare it" ;;
        *"Permission denied"*)
            echo "it refuses your key; run 'ssh-copy-id $HOST' (user ${HOST%@*})" ;;
        *"Connection refused"*) echo "it runs no ssh server (connection refused)" ;;
        *"timed out"* | *"No route to host"* | *"Network is unreachable"*)
            echo "it cannot be reached; is it on, and in this network?" ;;
        *) echo "ssh failed: $(tail -n 1 <<<"$said")" ;;
    esac
}

# The words after "sudo" on the host; a user who is root needs none.
as_root() {
    local words=(bash "$PLACE/$1" "${@:2}")
    [ -z "${DEPLOY_STOP_AT:-}" ] || words=(env "STOP_AT=$DEPLOY_STOP_AT" "${words[@]}")
    [ "$(told root)" = direct ] || words=(sudo -n "${words[@]}")
    printf '%q ' "${words[@]}"
}

# Runs a script of host/ as root and shows what it says; standard input is handed on.
at_host() {
    local status
    rm -f "$DIR/facts/error"
    "${SSH[@]}" "$HOST" "$(as_root "$@")" 2>"$DIR/stderr" | relay
    status=${PIPESTATUS[0]}
    [ "$status" -eq 0 ] || give_up "$(why_it_failed "$status" "$*")"
}

why_it_failed() {
    local said
    said=$(told error | tail -n 1)
    [ -n "$said" ] || said=$(tail -n 1 "$DIR/stderr" | tr -d '\r')
    case "$1 $said" in
        255*) echo "cut off: the connection was lost, or the script was killed over there" \
            "(${said:-no reason told}); what ran before runs on" ;;
        *" "?*) echo "$said" ;;
        *) echo "'${2%% *}' ended with status $1" ;;
    esac
}

# Looks at the host as the user who logs in; all that is in the way, in one line.
check_host() {
    mkdir -p "$DIR/facts"
    "${SSH[@]}" "$HOST" "bash -s -- $(date +%s) $KIOSK" <"$HOST_SCRIPTS/check.sh" \
        2>"$DIR/stderr" | relay
    [ ! -f "$DIR/facts/error" ] || give_up "$(paste -sd '|' "$DIR/facts/error" | sed 's/|/; and /g')"
    [ -n "$(told root)" ] || give_up "the host could not be looked at: $(tail -n 1 "$DIR/stderr")"
}

# One deploy at a time: the lock is held over there for as long as this process holds its end.
lock_host() {
    local who answer words=(bash -c "$(cat "$HOST_SCRIPTS/lock.sh")" lock)
    who="$(id -un)@$(uname -n)"
    [ "$(told root)" = direct ] || words=(sudo -n "${words[@]}")
    mkfifo "$DIR/hold" "$DIR/held"
    "${SSH[@]}" "$HOST" "$(quoted_for_sh "${words[@]}" "$who")" <"$DIR/hold" >"$DIR/held" \
        2>"$DIR/stderr" &
    exec 8>"$DIR/hold" 7<"$DIR/held"
    IFS= read -r answer <&7 || give_up "the lock cannot be had: $(tail -n 1 "$DIR/stderr")"
    [ "$answer" = locked ] || give_up "another deploy is under way there (${answer#busy })"
}

# For any login shell: single quotes, which each of them reads alike.
quoted_for_sh() {
    local word
    for word in "$@"; do printf "'%s' " "${word//\'/\'\\\'\'}"; done
}

send_scripts() {
    local words=(sh -c "mkdir -p $PLACE && tar -xzf - --no-same-owner -C $PLACE")
    [ "$(told root)" = direct ] || words=(sudo -n "${words[@]}")
    tar -czf - -C "$HOST_SCRIPTS" . -C "$ROOT/systemd" uninstall.sh |
        "${SSH[@]}" "$HOST" "$(quoted_for_sh "${words[@]}")" 2>"$DIR/stderr" ||
        give_up "the scripts could not be sent: $(tail -n 1 "$DIR/stderr")"
}

# Runs a script of host/ as root without leaving anything there.
at_root_by_stdin() {
    local words=(bash -s -- "${@:2}")
    [ "$(told root)" = direct ] || words=(sudo -n "${words[@]}")
    cat "$HOST_SCRIPTS/places.sh" "$HOST_SCRIPTS/$1" |
        "${SSH[@]}" "$HOST" "$(quoted_for_sh "${words[@]}")" 2>"$DIR/stderr" | relay
    [ "${PIPESTATUS[1]}" -eq 0 ] || give_up "$(why_it_failed "${PIPESTATUS[1]}" "$1")"
}
