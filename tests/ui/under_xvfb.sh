#!/bin/sh
# Runs the tests of the window on a real display server with a window manager instead of offscreen: keys go where the focus is,
# windows become active when they are let. Usage: tests/ui/under_xvfb.sh [BUILD]     (default build/release)
# Needs xvfb and openbox.
set -u
build=${1:-build/release} failed=0 display=":${XLLM_DISPLAY:-98}"
home=$(mktemp -d)
Xvfb "$display" -screen 0 1600x1200x24 >/dev/null 2>&1 &
screen=$!
export DISPLAY="$display" QT_QPA_PLATFORM=xcb XDG_RUNTIME_DIR="$home"
chmod 700 "$home"
sleep 2
openbox >/dev/null 2>&1 &
manager=$!
trap 'kill $manager $screen 2>/dev/null; rm -rf "$home"' EXIT
sleep 1
for test in "$build"/bin/xllm_ui_*_test; do
  case $test in *history_*|*translations*|*program*) continue ;; esac   # they have no window, or start one of their own
  if "$test" >"$home/log" 2>&1; then
    echo "$(basename "$test"): $(grep ^Totals "$home/log")"
  else
    failed=1
    echo "$(basename "$test"): failed"
    grep -A 3 '^FAIL' "$home/log"
  fi
done
exit $failed
