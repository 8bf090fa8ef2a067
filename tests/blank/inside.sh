#!/usr/bin/env bash
# Runs inside the bare Debian, in the clone: the demo until its panel plays, then tests of each kind
# ("some") or "all" of them.
set -euo pipefail
readonly LOG=/tmp/demo.log DEMO_WAIT_S=600
# Without Chromium and with it, of the locks, the networks and the whole unit.
readonly TESTS=(tests/test_lock_files.py tests/web/test_panel_page.py tests/content/test_starter.py
    tests/cli/test_version.py tests/store tests/models)

fail() { printf 'inside.sh: %s\n' "$*" >&2; exit 1; }
since() { printf '  %-44s %4d s\n' "$1" $((SECONDS - $2)); }

# Waits for the address of the panel, asks it for the page, a clip and the unit's status.
ask_panel() {
    python3 - "$1" <<'PYTHON'
import json, sys, time, urllib.request
panel = sys.argv[1]
read = lambda path: urllib.request.urlopen(panel + path, timeout=20).read()
assert b"<html" in read("/"), "no page"
end_s = time.monotonic() + 60
while not (status := json.loads(read("/status")))["clip"] or len(status["networks"]) != 2:
    assert time.monotonic() < end_s, f"nothing plays: {status}"
    time.sleep(0.5)
print("  " + ", ".join([status["clip"], *status["networks"]]))
PYTHON
}

run_demo() {
    local began=$SECONDS panel="" demo
    ./deploy.sh demo >$LOG 2>&1 &
    demo=$!
    while [ -z "$panel" ]; do
        sleep 0.5
        kill -0 $demo 2>/dev/null || fail "the demo ended: $(tail -n 5 $LOG)"
        [ $((SECONDS - began)) -lt $DEMO_WAIT_S ] || fail "no panel: $(tail -n 5 $LOG)"
        panel=$(grep -o -m 1 'http://127\.0\.0\.1:[0-9]*' $LOG || true)
    done
    ask_panel "$panel" || fail "the panel does not answer: $(tail -n 5 $LOG)"
    kill -INT $demo
    wait $demo || true
    since "demo, until its panel plays" "$began"
}

# timed WHAT PYTEST_OPTIONS...
timed() {
    local began=$SECONDS
    ./deploy.sh test -q --tb=short --maxfail=3 "${@:2}" >$LOG 2>&1 || fail "$(tail -n 60 $LOG)"
    tail -n 1 $LOG
    since "test, $1" "$began"
}

run_tests() {
    timed "prepared alone" --version
    timed "all collected" --collect-only
    timed "those named smoke" -m smoke
    timed "some files" "${TESTS[@]}"
}

run_all_tests() {
    local began=$SECONDS status=0
    ./deploy.sh test || status=$?
    since "test, all" "$began"
    return "$status"
}

printf '  Debian %s\n' "$(cat /etc/debian_version)"
run_demo
if [ "$1" = all ]; then run_all_tests; else run_tests; fi
