#!/bin/bash
# Holds the lock of this host for as long as its standard input is open.
#   lock.sh WHO
exec 9>>/run/appliance-deploy.lock
if ! flock -n 9; then
    echo "busy $(tail -n 1 /run/appliance-deploy.lock)"
    exit 1
fi
printf '%s since %s\n' "$1" "$(date +%H:%M)" >/run/appliance-deploy.lock
echo locked
exec cat >/dev/null
