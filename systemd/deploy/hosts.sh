# shellcheck shell=bash
# The commands for hosts: what each does with one host, and all hosts at once with a table at the
# end. Sourced by deploy.sh.

# At so many hosts at once.
readonly MOST_AT_ONCE=8

need_value() { [ $# -ge 2 ] || fail "$1 needs a value"; }
need_number() {
    need_value "$@"
    [[ $2 =~ ^[1-9][0-9]{0,3}$ ]] || fail "$1 takes a whole number above 0, not '$2'"
}

# A path as the user sees it from where deploy.sh was called.
from_caller() { (cd "$CALLED_FROM" && realpath -m -- "$1"); }

# Options and hosts of a command; each command names the options that are its own.
read_words() {
    local command=$1 known=" $2 "
    shift 2
    HOSTS=() CONFIG="" WHEELHOUSE="" KIOSK=yes WAIT_S=120 KEEP=3 SSH_CONFIG="" PURGE="" LINES_TOLD=50
    FOLLOW="" RESTORE_DATABASE=no
    while [ $# -gt 0 ]; do
        if [[ $1 == -* ]] && [[ $known != *" $1 "* ]]; then
            fail "$command has no option $1 (see './deploy.sh help')"
        fi
        case "$1" in
            --config) need_value "$@"; CONFIG=$(from_caller "$2"); shift ;;
            --wheelhouse) need_value "$@"; WHEELHOUSE=$(from_caller "$2"); shift ;;
            --ssh-config) need_value "$@"; SSH_CONFIG=$(from_caller "$2"); shift ;;
            --wait) need_number "$@"; WAIT_S=$2; shift ;;
            --keep) need_number "$@"; KEEP=$2; shift ;;
            --lines) need_number "$@"; LINES_TOLD=$2; shift ;;
            --no-kiosk) KIOSK=no ;;
            --purge) PURGE=--purge ;;
            --follow) FOLLOW=--follow ;;
            --restore-database) RESTORE_DATABASE=yes ;;
            *) add_host "$1" ;;
        esac
        shift
    done
    [ ${#HOSTS[@]} -gt 0 ] || fail "name a host: ./deploy.sh $command USER@HOST"
    [ -z "$CONFIG" ] || [ -f "$CONFIG" ] || fail "there is no settings file $CONFIG"
    [ -z "$SSH_CONFIG" ] || [ -f "$SSH_CONFIG" ] || fail "there is no file $SSH_CONFIG"
    [ -z "$WHEELHOUSE" ] || compgen -G "$WHEELHOUSE/setuptools-*.whl" >/dev/null ||
        fail "there are no wheels in $WHEELHOUSE; make them: ./deploy.sh wheelhouse $WHEELHOUSE"
    command -v ssh >/dev/null || fail "ssh is missing; install openssh-client"
}

# What begins with a dash would be an option of ssh.
add_host() {
    [[ $1 =~ ^[A-Za-z0-9_][A-Za-z0-9_.:@%-]*$ ]] || fail "'$1' is no host"
    HOSTS+=("$1")
}

# --- what is done with one host: each runs in a subshell with HOST and DIR set ------------------

deploy_one() {
    local sum=- sent=kept
    printf '%s' "$RELEASE" >"$DIR/release"
    connect
    check_host
    lock_host
    send_scripts
    [ -z "$CONFIG" ] || { sum=$(sha256sum <"$CONFIG" | cut -c 1-64) && sent=sent; }
    at_host steps.sh look "$RELEASE" "$sum" "$KIOSK" </dev/null
    printf '%s' "$(told current)" >"$DIR/was"
    if [ "$(told unchanged)" = yes ]; then
        finish unchanged "it runs this release with these settings"
        return
    fi
    if [ "$(told complete)" != yes ]; then
        send_files release "$WORK/release" "$ROOT" "/opt/appliance/releases/$RELEASE" \
            /opt/appliance/current
        at_host steps.sh packages "$RELEASE" "$KIOSK" </dev/null
        at_host steps.sh venv "$RELEASE" </dev/null
        [ "$(told venv)" = yes ] || install_with_pip
        at_host steps.sh try "$RELEASE" </dev/null
    elif [ "$KIOSK" = yes ]; then
        at_host steps.sh packages "$RELEASE" "$KIOSK" </dev/null
    fi
    at_host steps.sh settings "$RELEASE" "$sent" <"${CONFIG:-/dev/null}"
    put_in_force deployed "$RELEASE" -
}

# Of a wheelhouse's list what a Python takes: its own wheels, those for any, and sources.
wheels_for() { grep -E -e '-py[0-9.py]+-|-abi3-|\.tar\.gz$' -e "-${1:-cp3[0-9]+}-"; }

install_with_pip() {
    local index=online
    if [ -n "$WHEELHOUSE" ]; then
        index=offline
        (cd "$WHEELHOUSE" && sha256sum -- *) | wheels_for "$(told python)" >"$DIR/wheels"
        send_files wheels "$DIR/wheels" "$WHEELHOUSE" /opt/appliance/wheels -
        at_host steps.sh drop_wheels </dev/null
    fi
    at_host steps.sh pip "$RELEASE" "$index" </dev/null
}

# The trial of a release that lies on the host, and what came of it.
#   put_in_force DONE RELEASE BACKUP
put_in_force() {
    local status why
    rm -f "$DIR/facts/result" "$DIR/facts/error"
    "${SSH[@]}" "$HOST" "$(as_root steps.sh activate "$2" "$KIOSK" "$WAIT_S" "$KEEP" "$3")" \
        </dev/null 2>"$DIR/stderr" | relay
    status=${PIPESTATUS[0]}
    case "$(told result)" in
        deployed)
            why=$(told remark)
            [ "$KIOSK" = yes ] || why="the daemon is ready (no kiosk)"
            finish "$1" "${why:-it plays}" ;;
        rolled-back)
            printf 'rolled back' >"$DIR/result"
            why=$(told error | tail -n 1)
            give_up "${why:-the trial was cut off}" ;;
        *) give_up "$(why_it_failed "$status" activate)" ;;
    esac
}

rollback_one() {
    local target backup
    connect
    check_host
    lock_host
    send_scripts
    at_host steps.sh look - - - </dev/null
    at_host inspect.sh previous "$RESTORE_DATABASE" </dev/null
    printf '%s' "$(told current)" >"$DIR/was"
    target=$(told previous)
    backup=$(told backup)
    KIOSK=$(told kiosk)
    printf '%s' "$target" >"$DIR/release"
    at_host steps.sh settings "$target" kept </dev/null
    put_in_force "went back" "$target" "${backup:--}"
}

status_one() {
    connect
    check_host
    at_root_by_stdin inspect.sh report
    printf '%s' "$(told release)" >"$DIR/release"
    printf '%s' "$(told state)" >"$DIR/result"
    printf '%s' "$(told text)" >"$DIR/note"
    [ "$(told state)" = running ] || exit 1
}

logs_one() {
    connect
    check_host
    local words=(journalctl --unit appliance --unit appliance-kiosk --unit appliance-deploy
        --unit appliance-undo --lines "$LINES_TOLD" --no-pager --output short-iso)
    [ -z "$FOLLOW" ] || words+=("$FOLLOW")
    [ "$(told root)" = direct ] || words=(sudo -n "${words[@]}")
    "${SSH[@]}" "$HOST" "$(quoted_for_sh "${words[@]}")" </dev/null ||
        give_up "the log could not be read"
}

uninstall_one() {
    connect
    check_host
    lock_host
    send_scripts
    at_host steps.sh look - - - </dev/null
    printf '%s' "$(told current)" >"$DIR/was"
    if [ -n "$PURGE" ]; then at_host remove.sh "$PURGE" </dev/null
    else at_host remove.sh </dev/null; fi
    if [ -n "$PURGE" ]; then finish uninstalled "its data is gone too"
    else finish uninstalled "its data stays in /var/lib/appliance and /etc/appliance"; fi
}

finish() {
    printf '%s' "$1" >"$DIR/result"
    printf '%s' "$2" >"$DIR/note"
    show "$1: $2"
}

# --- all hosts ----------------------------------------------------------------------------------

# Starts the command for each host, waits, and prints the table. Status 1 if one failed.
on_hosts() {
    local command=$1 number failed=0 dirs=() pids=()
    HOST_WIDTH=0
    for HOST in "${HOSTS[@]}"; do
        [ ${#HOST} -le "$HOST_WIDTH" ] || HOST_WIDTH=${#HOST}
    done
    set_up_ssh ${#HOSTS[@]}
    trap 'stop_hosts "${dirs[@]}"' INT TERM HUP
    for number in "${!HOSTS[@]}"; do
        while [ "$(jobs -pr | wc -l)" -ge "$MOST_AT_ONCE" ]; do wait -n || true; done
        dirs+=("$WORK/$number")
        mkdir "$WORK/$number"
        serve_host "$command" "${HOSTS[number]}" "$WORK/$number" &
        pids+=($!)
    done
    for number in "${!HOSTS[@]}"; do
        wait "${pids[number]}" || failed=1
    done
    trap - INT TERM HUP
    [ "$command" = logs ] || print_table "${dirs[@]}"
    return "$failed"
}

serve_host() {
    HOST=$2 DIR=$3
    SSH+=(-o ControlPath="$DIR/connection")
    SECONDS=0
    trap - INT TERM HUP
    trap 'printf %s "$SECONDS" >"$DIR/seconds"' EXIT
    set +e
    "$1_one"
}

# Ctrl-C: the connections are closed; over there everything not yet in force stays as it was, and
# a release on trial goes back.
stop_hosts() {
    trap - INT TERM HUP
    local dir
    for dir in "$@"; do
        ssh -o ControlPath="$dir/connection" -O exit unit 2>/dev/null || true
    done
    wait
    fail "interrupted; what had not proved itself gives way to the release before"
}

field() { if [ -s "$1" ]; then cat "$1"; else printf -- '%s' -; fi; }

print_table() {
    local dir number=0 format="%-${HOST_WIDTH}s  %-11s  %-18s  %-18s  %5s  %s\n"
    # shellcheck disable=SC2059
    printf "$format" HOST RESULT RELEASE BEFORE TIME NOTE
    for dir in "$@"; do
        # shellcheck disable=SC2059
        printf "$format" "${HOSTS[number]}" "$(field "$dir/result")" \
            "$(field "$dir/release")" "$(field "$dir/was")" "$(field "$dir/seconds") s" \
            "$(tr '\n' ' ' <"$dir/note" 2>/dev/null)"
        number=$((number + 1))
    done
}
