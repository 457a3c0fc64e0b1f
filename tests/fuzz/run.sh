#!/bin/sh
# Fuzzes every loader for SECONDS each (default 600), from the golden files as seeds: stops at the first crash, leak, hang of 25 s or
# allocation over 512 MB. Needs clang and what the program needs. What it finds stays in build/fuzz/found.
#   tests/fuzz/run.sh [SECONDS] [safetensors|gguf|pytorch|ctranslate2|whisper.cpp|tokenizer …]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:-600}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- safetensors gguf pytorch ctranslate2 whisper.cpp tokenizer
cmake --preset fuzz -S "$root" >/dev/null
cmake --build "$root/build/fuzz" -j2 --target xllm_checkpoint_fuzz xllm_tokenizer_fuzz
golden=$root/tests/golden
mkdir -p "$root/build/fuzz/found"
for loader in "$@"; do
  seeds=$root/build/fuzz/seeds-$loader
  mkdir -p "$seeds"
  program=xllm_checkpoint_fuzz
  case $loader in
    whisper.cpp) cp "$root"/tests/fuzz/seeds/whisper_cpp/* "$seeds" ;;
    safetensors) cp "$golden"/containers/st_* "$seeds" ;;
    gguf) cp "$golden"/containers/gguf_* "$seeds" ;;
    pytorch) cp "$golden"/containers/pt_* "$seeds" ;;
    ctranslate2) cp "$root"/tests/fuzz/seeds/ctranslate2/* "$seeds" ;;
    tokenizer) program=xllm_tokenizer_fuzz; cp "$golden"/tokenizers/*.model "$golden"/tokenizers/*.tokenizer.json "$root"/tests/fuzz/seeds/tokenizer/* "$seeds" ;;
    *) echo "run.sh: $loader is no loader" >&2; exit 2 ;;
  esac
  echo "fuzzing $loader for $seconds s"
  OMP_NUM_THREADS=1 "$root/build/fuzz/bin/$program" "$seeds" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2560 \
    -malloc_limit_mb=512 -max_len=262144 -print_final_stats=1 -verbosity=0 -artifact_prefix="$root/build/fuzz/found/$loader-"
done
