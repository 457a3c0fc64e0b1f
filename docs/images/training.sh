#!/bin/sh
# Takes the pictures of docs/training-guide.md anew: a real training in the real wizard, with the starter pack, on a display of its own.
# Usage: docs/images/training.sh [BUILD [PACK]]     (from the root of the tree, after `make programs starter-pack`)
# Needs xvfb and imagemagick (Debian's packages of these names). What is measured and answered is what comes out that day.
set -eu
build=${1:-build/release} pack=$(realpath "${2:-build/packs/starter}") out=docs/images display=":${XLLM_DISPLAY:-95}"
cmake --build "$build" --target xllm_ui_training_pictures
Xvfb "$display" -screen 0 1200x1000x24 >/dev/null 2>&1 &
screen=$!
trap 'kill "$screen" 2>/dev/null || true' EXIT
sleep 2
DISPLAY="$display" QT_QPA_PLATFORM=xcb "$build/bin/xllm_ui_training_pictures" "$pack" "$out"
for picture in teach data stage run result; do
  convert "$out/training-$picture.png" -strip +dither -colors 64 -define png:compression-level=9 "PNG8:$out/training-$picture.png"
done
rm "$out/training-data.png"  # looked at, not shown
