#!/bin/sh
# Takes the pictures of README.md and docs/user-guide.md anew, from the real window with the starter pack, on a display of its own.
# Usage: docs/images/make.sh [PROGRAM [PACK]]     (from the root of the tree, after `make programs starter-pack`)
# Needs xvfb, xdotool, imagemagick and ffmpeg (Debian's packages of these names). What the model answers is what it answers.
set -eu
program=$(realpath "${1:-build/release/bin/xllm-desktop}") pack=$(realpath "${2:-build/packs/starter}")
out=docs/images data=tests/data display=":${XLLM_DISPLAY:-94}" size=1060x780
scratch=$(mktemp -d)
window= screen=
stop() { if [ -n "$window" ]; then kill "$window" 2>/dev/null || true; wait "$window" 2>/dev/null || true; window=; fi; }
trap 'stop; [ -z "$screen" ] || kill "$screen" 2>/dev/null; rm -rf "$scratch"' EXIT
Xvfb "$display" -screen 0 "${size}x24" >/dev/null 2>&1 &
screen=$!
export DISPLAY="$display"
sleep 2

# start THEME LANGUAGE FIRST-RUN [FILE …]: a window that has nothing of an earlier one
start() {
  stop
  home=$(mktemp -d "$scratch/home.XXXX")
  export XDG_CONFIG_HOME="$home/config" XDG_DATA_HOME="$home/data" XDG_RUNTIME_DIR="$home"
  mkdir -p "$XDG_CONFIG_HOME/xllm"
  printf '[window]\ntheme=%s\nlanguage=%s\nfirstRun=%s\n' "$1" "$2" "$3" > "$XDG_CONFIG_HOME/xllm/xllm-desktop.conf"
  shift 3
  "$program" --pack "$pack" "$@" >"$scratch/log" 2>&1 &
  window=$!
  for _ in $(seq 100); do
    id=$(xdotool search --onlyvisible --pid "$window" 2>/dev/null | tail -1) && [ -n "$id" ] && break
    sleep 0.2
  done
  [ -n "$id" ] || { echo "make.sh: the window did not appear" >&2; cat "$scratch/log" >&2; exit 1; }
  xdotool windowfocus "$id"
  sleep "${LOADING:-8}"
}
say() { xdotool type --delay 12 "$1"; sleep 1; xdotool key Return; sleep "${ANSWERING:-12}"; }
# take NAME [ID]: the whole window, or another one of the program
take() { sleep 1; import -window "${2:-root}" -strip "$out/$1.png"; echo "$out/$1.png"; }
# The dialog that is open, which then has the keyboard.
dialog() {
  sleep 2
  for each in $(xdotool search --onlyvisible --pid "$window"); do [ "$each" = "$id" ] || found=$each; done
  xdotool windowfocus "$found"
}

# A walk over a photo: something that moves.
ffmpeg -loglevel error -loop 1 -i "$data/koala.jpg" -vf "scale=960:-2,zoompan=z='1+on/200':d=1:s=640x400:fps=25" -t 6 -pix_fmt yuv420p "$scratch/koala.mp4"

start light en false "$data/cat.jpg"
say "What is in this picture?"
say "What do cats like to eat?"
take window
start light en false "$data/espresso.jpg"
xdotool key Tab Return
sleep 3
dialog
take sees "$found"
start light en false "$scratch/koala.mp4"
sleep 4
take clip
xdotool key ctrl+comma
dialog
xdotool key Right
take settings "$found"
start light en true
take first-steps
start light en false
xdotool key F1
dialog
take shortcuts "$found"
start light en false
xdotool key ctrl+shift+l
dialog
take packs "$found"
start dark zh_CN false "$data/panda.jpg"
say "What is in this picture?"
take window-dark
