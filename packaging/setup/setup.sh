#!/usr/bin/env bash
# Sets up what is missing to build and run X-LLM Desktop: system packages, LibTorch, the starter's frozen parts.
# Does nothing that is already done, and needs no network then. Works as root or with sudo, on Debian 12 and Ubuntu 24.04.
# XLLM_SKIP_SYSTEM_PACKAGES=1 leaves the system alone (other distributions: install the list of system_packages.txt yourself).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { printf 'setup: %s\n' "$*" >&2; }

installed() { dpkg-query -W -f='${Status}\n' "$1" 2>/dev/null | grep -q '^install ok installed$'; }

# Names on standard output that are not installed yet; of "a|b" the first that is installed or known counts.
missing_packages() {
  local line name choice
  while read -r line; do
    [[ -z $line || $line == \#* ]] && continue
    choice=
    for name in ${line//|/ }; do
      if installed "$name"; then choice=; continue 2; fi
    done
    for name in ${line//|/ }; do
      if apt-cache show "$name" >/dev/null 2>&1; then choice=$name; break; fi
    done
    echo "${choice:-${line%%|*}}"
  done < "$here/system_packages.txt"
}

install_system_packages() {
  if ! command -v apt-get >/dev/null; then
    say "this system has no apt-get. Install what packaging/setup/system_packages.txt lists, then run again with"
    say "XLLM_SKIP_SYSTEM_PACKAGES=1."
    exit 1
  fi
  [[ -z $(missing_packages) ]] && return
  local as_root=()
  if [[ $EUID -ne 0 ]]; then
    command -v sudo >/dev/null || { say "system packages are missing and there is no sudo; run this once as root."; exit 1; }
    as_root=(sudo)
  fi
  say "fetching the list of system packages"
  "${as_root[@]}" apt-get update -qq || { say "apt-get update failed; check the network and try again."; exit 1; }
  local missing
  mapfile -t missing < <(missing_packages)
  say "installing ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null ||
    { say "apt-get install failed (see above); nothing else was changed."; exit 1; }
}

[[ -n ${XLLM_SKIP_SYSTEM_PACKAGES:-} ]] || install_system_packages
# pip fetches wheels by name; any Python 3 that has it will do.
python=python3
"$python" -m pip --version >/dev/null 2>&1 || python=/usr/bin/python3
exec "$python" "$here/fetch_parts.py" "$@"
