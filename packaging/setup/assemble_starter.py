#!/usr/bin/env python3
"""Puts the starter pack together: frozen parts from the cache, interfaces and pack.json from resources/starter.

Files are hard-linked where the disk allows it, else copied. Sizes, and the SHA-256 of every file, are written into pack.json.
A pack that is already complete is left as it is.
"""
import argparse
import json
import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from fetch_parts import cache_root, sha256  # noqa: E402

SOURCE = HERE.parent.parent / "resources" / "starter"


def source_of(path: str) -> pathlib.Path:
    """Where a file of the pack comes from: made by us (resources/starter), or a frozen part (the cache)."""
    own = SOURCE / path
    return own if own.is_file() else cache_root() / "parts" / pathlib.PurePosixPath(path).name


def place(source: pathlib.Path, target: pathlib.Path):
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def known_hashes():
    """SHA-256 of the frozen parts as pinned, so that they need not be hashed again."""
    catalogue = json.loads((HERE / "parts.json").read_text())
    return {pathlib.PurePosixPath(entry["path"]).name: entry["sha256"] for entry in catalogue["files"]}


def assemble(out: pathlib.Path):
    manifest = json.loads((SOURCE / "pack.json").read_text())
    pinned = known_hashes()
    for entry in manifest["files"]:
        source = source_of(entry["path"])
        if not source.is_file():
            raise FileNotFoundError(f"{source} is missing; run packaging/setup/setup.sh first")
        entry["bytes"] = source.stat().st_size
        entry["sha256"] = pinned.get(source.name) or sha256(source)
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    description = out / "pack.json"
    complete = description.is_file() and description.read_text() == text and all(
        (out / entry["path"]).is_file() and (out / entry["path"]).stat().st_size == entry["bytes"] for entry in manifest["files"])
    if complete:
        return
    description.unlink(missing_ok=True)  # last to come back: without it the folder is no pack
    for entry in manifest["files"]:
        place(source_of(entry["path"]), out / entry["path"])
    fresh = description.with_name("pack.json.part")
    fresh.write_text(text)
    fresh.rename(description)
    print(f"setup: the starter pack is in {out}", file=sys.stderr)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--out", type=pathlib.Path, required=True, help="the pack's folder")
    options = arguments.parse_args()
    try:
        assemble(options.out)
    except OSError as problem:
        print(f"setup: the starter pack could not be put together: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
