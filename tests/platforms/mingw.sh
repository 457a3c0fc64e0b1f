#!/usr/bin/env bash
# Compiles for Windows, with MinGW, what needs no LibTorch, and runs the tests of core/base under Wine where it is there. 77: no compiler.
# Usage: mingw.sh ROOT [FOLDER for the objects]
set -euo pipefail
root=$(cd "$1" && pwd)
out=${2:-$(mktemp -d)}
compiler=$(command -v x86_64-w64-mingw32-g++-posix || command -v x86_64-w64-mingw32-g++ || true)
[[ -n $compiler ]] || { echo "there is no x86_64-w64-mingw32-g++ (Debian: g++-mingw-w64-x86-64)"; exit 77; }

# Header-only libraries alone: the rest of /usr/include is of another system.
mkdir -p "$out/include"
for library in nlohmann tl CLI sentencepiece_processor.h; do
  ln -sfn "/usr/include/$library" "$out/include/$library"
done

objects=()
failed=0
compile() {  # source
  local object=$out/${1//\//__}.o
  [[ $object -nt $root/$1 && -z ${FRESH:-} ]] ||
    "$compiler" -std=c++20 -O1 -Wall -Wextra -fmax-errors=3 -I"$root" -isystem "$out/include" -DUNICODE -DNOMINMAX -DWIN32_LEAN_AND_MEAN -c "$root/$1" -o "$object" || return 1
}
export -f compile
export root out compiler
mapfile -t sources < <(python3 "$(dirname "${BASH_SOURCE[0]}")/torch_free.py" "$root" windows)
printf '%s\n' "${sources[@]}" | xargs -P 2 -I{} bash -c 'compile {} || { echo "does not compile for Windows: {}"; exit 1; }' || failed=1
[[ $failed == 0 ]] || exit 1
echo "${#sources[@]} sources compile for Windows"

# A program of core/base, linked, and run where Wine is.
for source in "${sources[@]}"; do
  [[ $source == core/base/* ]] && objects+=("$out/${source//\//__}.o")
done
compile tests/platforms/base_check.cpp
"$compiler" -static "$out/tests__platforms__base_check.cpp.o" "${objects[@]}" -lpsapi -o "$out/base_check.exe"
wine=$(command -v wine64 || command -v wine || ls /usr/lib/wine/wine64 2>/dev/null || true)
[[ -n $wine ]] || { echo "linked; there is no Wine to run it"; exit 0; }
WINEPREFIX=$out/wine WINEDEBUG=-all DISPLAY= "$wine" "$out/base_check.exe"
