#!/bin/sh
# Takes a picture of the real window in a conversation about a photo, on a display of its own.
# Usage: tests/ui/screenshot.sh PROGRAM PACK PICTURE QUESTION OUT.png [SECONDS TO ANSWER] [light|dark] [en|zh_CN]
# Needs xvfb, xdotool and imagemagick.
set -eu
program=$1 pack=$2 picture=$(realpath "$3") question=$4 out=$5 wait=${6:-20} theme=${7:-light} language=${8:-en}
home=$(mktemp -d)
trap 'kill $window 2>/dev/null; sleep 1; kill $screen 2>/dev/null; rm -rf "$home"' EXIT
export XDG_CONFIG_HOME="$home" XDG_DATA_HOME="$home" XDG_RUNTIME_DIR="$home" DISPLAY=":${XLLM_DISPLAY:-93}"
window=
mkdir -p "$home/xllm"
printf '[window]\nlanguage=%s\ntheme=%s\n' "$language" "$theme" > "$home/xllm/xllm-desktop.conf"
Xvfb "$DISPLAY" -screen 0 1060x780x24 >/dev/null 2>&1 &
screen=$!
sleep 2
"$program" --pack "$pack" &
window=$!
id=
for _ in $(seq 60); do
  id=$(xdotool search --onlyvisible --pid "$window" 2>/dev/null | tail -1) && [ -n "$id" ] && break
  sleep 1
done
[ -n "$id" ] || { echo "screenshot.sh: the window did not appear" >&2; exit 1; }
xdotool windowfocus "$id"
sleep 1
xdotool key ctrl+shift+a   # the file dialog of "Add pictures, clips or sound files"
sleep 3
xdotool type --delay 15 "$picture"
xdotool key Return
sleep 3
xdotool windowfocus "$id"
xdotool type --delay 15 "$question"
xdotool key Return
sleep "$wait"
import -window root "$out"
