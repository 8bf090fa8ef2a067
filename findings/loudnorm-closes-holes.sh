#!/usr/bin/env bash
# FFmpeg 7.0.2 (as imageio-ffmpeg 0.6.0 carries it; 5.1 of Debian 12 does the same), filter loudnorm.
# A film whose sound has a hole (muted stretches of screen recordings, lost packets) is valid: players
# are silent there. Seen: loudnorm counts samples, not time; the hole is closed, and everything behind it
# comes earlier, by as long as the hole was. aresample=async=1:first_pts=0 before it keeps the hole.
# Expected: the sound stays where its time stamps say.
# Exits 0 while that is so, 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet imageio-ffmpeg==0.6.0 2>/dev/null
ffmpeg=$("$folder/venv/bin/python" -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')
"$ffmpeg" -version | head -n 1
cd "$folder"
"$ffmpeg" -v error -f lavfi -i "sine=frequency=440:duration=8,aselect='lt(t,2)+gte(t,6)'" -c:a libopus hole.mka
silence() { # FILE: where nothing is heard, in seconds
    "$ffmpeg" -v info -nostdin -i "$1" -af aresample=async=1:first_pts=0,silencedetect=n=-50dB:d=0.5 -f null - 2>&1 |
        grep -oE 'silence_(start|end): [0-9.]+' | tr '\n' ' '
}
"$ffmpeg" -v error -i hole.mka -af loudnorm -c:a libopus -ar 48000 plain.mka
"$ffmpeg" -v error -i hole.mka -af aresample=async=1:first_pts=0,loudnorm -c:a libopus -ar 48000 kept.mka
echo "the film's own sound:              $(silence hole.mka)"
echo "after loudnorm:                    $(silence plain.mka)(nothing more: no silence)"
echo "after aresample=async=1, loudnorm: $(silence kept.mka)"
[ -n "$(silence hole.mka)" ] && [ -z "$(silence plain.mka)" ] && [ -n "$(silence kept.mka)" ]
