#!/usr/bin/env python3
"""Gathers the real pictures I2L is trained and measured on: any pictures Debian has, no captions needed.

make_pictures.py WORK  ->  WORK/pictures/*.ppm (short side at most 288 pixels) and WORK/pictures/{train,held_out}.jsonl with
{"picture", "origin"} a line; a seeded sixth of the files is held out, and all that share a source with the photos in tests/data. Sources: tuxpaint-stamps-default (transparent parts get a
plain background), mate-backgrounds, gnome-backgrounds, and the photographs inside gcompris-qt-data's resource files.
Can be stopped and started again. Needs ffmpeg. Standard library alone.
"""

import argparse
import hashlib
import json
import random
import struct
import subprocess
from pathlib import Path

FOLDERS = (Path("/usr/share/tuxpaint/stamps"), Path("/usr/share/backgrounds"))
RESOURCES = Path("/usr/share/gcompris-qt/rcc")
SIDE = 288
HELD_OUT = ("explore_world_animals",)  # photographs that tests/data uses come from here


def embedded_webp(file: Path) -> list[bytes]:
    """WebP files stored as they are inside a resource file."""
    data = file.read_bytes()
    found, at = [], data.find(b"RIFF")
    while at >= 0:
        if data[at + 8:at + 12] == b"WEBP":
            size = struct.unpack("<I", data[at + 4:at + 8])[0] + 8
            if 12_000 <= size <= len(data) - at:
                found.append(data[at:at + size])
        at = data.find(b"RIFF", at + 4)
    return found


def convert(source: Path, target: Path, colour: str) -> bool:
    part = target.with_suffix(".part.ppm")
    size = f"scale='if(gt(iw,ih),-2,{SIDE})':'if(gt(iw,ih),{SIDE},-2)'"
    graph = (f"[0:v]{size},format=rgba[fg];color=c={colour}:s=16x16[c];[c][fg]scale2ref[bg][top];"
             "[bg][top]overlay=shortest=1:format=rgb,format=rgb24")
    done = subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(source), "-filter_complex", graph, "-frames:v", "1",
                           str(part)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode == 0 and part.exists() and part.stat().st_size > 20_000:
        part.rename(target)
        return True
    part.unlink(missing_ok=True)
    return False


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("work", type=Path)
    folder = arguments.parse_args().work / "pictures"
    (folder / "webp").mkdir(parents=True, exist_ok=True)
    sources = [(p, str(p)) for root in FOLDERS for p in sorted(root.rglob("*"))
               if p.suffix in (".png", ".jpg", ".webp") and not p.is_symlink() and p.stat().st_size > 8000
               and not p.stem.endswith("_mirror")]
    for file in sorted(RESOURCES.glob("*.rcc")):
        for number, data in enumerate(embedded_webp(file)):
            path = folder / "webp" / f"{file.stem}-{number}.webp"
            if not path.exists():
                path.write_bytes(data)
            sources.append((path, f"gcompris-qt-data {file.name} {number}"))
    lists: dict[str, list[str]] = {"train": [], "held_out": []}
    seen = set()
    for path, origin in sources:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest in seen:
            continue
        seen.add(digest)
        target = folder / f"{digest[:16]}.ppm"
        rng = random.Random(digest)
        colour = f"0x{rng.randint(90, 255):02x}{rng.randint(90, 255):02x}{rng.randint(90, 255):02x}"
        if target.exists() or convert(path, target, colour):
            held_out = int(digest, 16) % 6 == 0 or any(word in origin for word in HELD_OUT)
            lists["held_out" if held_out else "train"].append(
                json.dumps({"picture": target.name, "origin": origin}))
    for name, rows in lists.items():
        part = folder / f"{name}.jsonl.part"
        part.write_text("\n".join(rows) + "\n")
        part.rename(folder / f"{name}.jsonl")
        print(f"{name}: {len(rows)} pictures")


if __name__ == "__main__":
    main()
