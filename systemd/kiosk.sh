#!/usr/bin/env bash
# The panel's browser: a compositor with nothing but Chromium in it, and an eye on its page.
# Ends when either does, or when the page has died; systemd then starts it anew.
set -euo pipefail

readonly RUNTIME=${XDG_RUNTIME_DIR:?}
readonly PROFILE=$RUNTIME/profile
readonly WAITING=${APPLIANCE_KIOSK_PAGE:-/opt/appliance/current/kiosk_ui/waiting/waiting.html}
# What the daemon says of its ports; it outlives a restart of the daemon.
readonly PLACE=/run/appliance/panel.env
# By which the daemon knows this browser's page; readable by this user alone.
readonly KEY=/run/appliance-page/key
readonly SMALL_MEMORY_KB=1100000
readonly LOOK_S=2
# Until the page of the panel is open.
readonly FIRST_LOOK_S=0.5
# The address stays readable for so long after power came on.
readonly FIRST_STAY_S=6
# A page has come up, or has found the daemon again after a restart, after so long.
readonly SETTLED_S=15
readonly MISSES_ALLOWED=6
# Frames of a page that lives go on every three seconds. One that has just been opened is given more.
readonly SILENT_S=25
readonly OPENED_S=45
# A browser that does not end by itself is ended.
readonly END_S=3
# Each of the last two keeps a process of its own for an address bar that is not there.
readonly UNUSED_FEATURES=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication,WebUIOmniboxPopup,WebUIOmniboxAimPopup

main() {
    local flags cage_pid stay_s=0 misses=0 status pages=
    PANEL_PORT=$(port_of PANEL_PORT 8080)
    DEVTOOLS_PORT=$(port_of DEVTOOLS_PORT 9222)
    # Kept over a crash and a restart, gone with the power.
    [ -e "$RUNTIME/been-on" ] || stay_s=$FIRST_STAY_S
    touch "$RUNTIME/been-on"
    # Nothing of an earlier run: no bubble about a crash, no tab of before.
    rm -rf "$PROFILE" "$RUNTIME"/wayland-*
    hide_cursor
    tell_page false
    clear_console

    mapfile -t flags < <(chromium_flags)
    cage -d -- chromium "${flags[@]}" "file://$WAITING?port=$PANEL_PORT&stay_s=$stay_s" \
        </dev/null &
    cage_pid=$!
    trap 'end_browser "$cage_pid"' EXIT
    trap 'exit 0' TERM INT

    while pause "${pages:-0}"; kill -0 "$cage_pid" 2>/dev/null; do
        if [ "$(port_of PANEL_PORT 8080)" != "$PANEL_PORT" ] ||
            [ "$(port_of DEVTOOLS_PORT 9222)" != "$DEVTOOLS_PORT" ]; then
            echo "The panel has another port: starting the browser anew"
            exit 0
        fi
        if ! status=$(curl -sf --max-time 3 --noproxy '*' "http://127.0.0.1:$PANEL_PORT/status"); then
            tell_page false
            misses=0
            continue
        fi
        tell_page true
        pages=$(number_in "$status" pages)
        if hangs "$status"; then
            echo "The page's frames do not go on: starting the browser anew"
            exit 1
        fi
        if is_lost "$status" "$pages"; then misses=$((misses + 1)); else misses=0; fi
        if [ "$misses" -gt "$MISSES_ALLOWED" ]; then
            echo "The daemon runs, and no page listens to it: starting the browser anew"
            exit 1
        fi
    done
    echo "The browser has ended"
    exit 1
}

# Can be interrupted, which a plain sleep cannot.
pause() {
    local sleep_pid
    if [ "$1" -eq 0 ]; then sleep "$FIRST_LOOK_S" & else sleep "$LOOK_S" & fi
    sleep_pid=$!
    wait "$sleep_pid"
}

# Browser and daemon have both been up for a while, and no page is open.
is_lost() {
    local uptime_s
    uptime_s=$(number_in "$1" uptime_s)
    [ "${2:-1}" -eq 0 ] && [ "${uptime_s:-0}" -ge "$SETTLED_S" ] && [ "$SECONDS" -ge "$SETTLED_S" ]
}

# The page was open for long enough to say so, and its frames do not go on. Other pages do not count.
hangs() {
    local silent_s
    silent_s=$(number_in "$1" page_silent_s)
    [ -r "$KEY" ] && [ "${silent_s:-0}" -ge "$SILENT_S" ] && [ "$SECONDS" -ge "$OPENED_S" ]
}

# With its renderers stopped Chromium may wait for them, and the compositor for Chromium.
# shellcheck disable=SC2329  # by the trap
end_browser() {
    local each
    kill "$1" 2>/dev/null || return 0
    for ((each = 0; each < END_S * 10; each++)); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$1" 2>/dev/null || true
}

# A number that the daemon has written there, else the default; nothing else of the file counts.
port_of() {
    local line
    line=$(grep -sxEm 1 "$1=[0-9]{1,5}" "$PLACE") || line="$1=$2"
    printf '%s\n' "${line#*=}"
}

# The whole number under a key of a JSON object.
number_in() {
    grep -oE "\"$2\": ?[0-9]+" <<<"$1" | grep -oE '[0-9]+$' | head -n 1 || true
}

# For the page that waits: the unit's address in its network (nothing is sent), and whether the
# panel answers.
tell_page() {
    local address text key
    address=$(ip -4 route get 192.0.2.1 2>/dev/null | grep -oE 'src [0-9.]+' | cut -d' ' -f2) || true
    text="window.unitAddress = \"$address\"; window.panelAnswers = $1;"
    key=$(grep -sxEm 1 '[0-9a-f]{32}' "$KEY") || true
    text+=" window.pageKey = \"$key\";"
    [ "$text" = "$(cat "$RUNTIME/unit.js" 2>/dev/null)" ] || printf '%s\n' "$text" >"$RUNTIME/unit.js"
}

# A cursor of one transparent point, in the format of Xcursor(3): header, table of contents, image.
hide_cursor() {
    local folder=$RUNTIME/cursors/blank/cursors name
    mkdir -p "$folder"
    for name in default left_ptr; do
        printf '%b' 'Xcur\x10\0\0\0\0\0\x01\0\x01\0\0\0' \
            '\x02\0\xfd\xff\x18\0\0\0\x1c\0\0\0' \
            '\x24\0\0\0\x02\0\xfd\xff\x18\0\0\0\x01\0\0\0' \
            '\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >"$folder/$name"
    done
    export XCURSOR_PATH=$RUNTIME/cursors XCURSOR_THEME=blank XCURSOR_SIZE=24
}

# Between two runs the console shows: black, without a cursor. Where it may not be written, nothing.
clear_console() {
    printf '\033[H\033[2J\033[?25l' 2>/dev/null >/dev/tty1 || true
}

chromium_flags() {
    local memory_kb
    [ "$DEVTOOLS_PORT" -eq 0 ] || printf '%s\n' "--remote-debugging-port=$DEVTOOLS_PORT"
    printf '%s\n' \
        --ozone-platform=wayland --kiosk "--user-data-dir=$PROFILE" \
        --autoplay-policy=no-user-gesture-required \
        --no-first-run --no-default-browser-check --noerrdialogs --disable-infobars \
        --disable-session-crashed-bubble --hide-crash-restore-bubble --disable-breakpad \
        "--disable-features=$UNUSED_FEATURES" --log-level=3 \
        --disable-background-networking --disable-component-update --disable-sync --disable-quic \
        --disable-domain-reliability --no-pings --deny-permission-prompts --disable-extensions \
        --disable-pinch --overscroll-history-navigation=0 --password-store=basic \
        --disk-cache-size=1048576 --media-cache-size=1048576
    memory_kb=$(awk '/^MemTotal/ {print $2}' /proc/meminfo)
    if [ "${APPLIANCE_KIOSK_MEMORY_KB:-$memory_kb}" -le "$SMALL_MEMORY_KB" ]; then
        printf '%s\n' --enable-low-end-device-mode --renderer-process-limit=1 \
            --num-raster-threads=1 --js-flags=--max-old-space-size=96
    fi
}

main
