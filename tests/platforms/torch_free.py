#!/usr/bin/env python3
"""Names the sources of core/, media/isolated and app/cli that need neither LibTorch nor Qt nor FFmpeg, themselves or through what they include, and that
SYSTEM compiles. Usage: torch_free.py ROOT windows|linux|macos"""
import functools
import pathlib
import re
import sys

ROOT, SYSTEM = pathlib.Path(sys.argv[1]), sys.argv[2]
SYSTEMS = {"windows": ["windows"], "linux": ["linux", "posix"], "macos": ["macos", "posix"]}
sys.path.insert(0, str(ROOT / "tests/layers"))
sys.dont_write_bytecode = True
from check_platforms import system_of  # noqa: E402

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
HEAVY = re.compile(r"(torch|ATen|c10|caffe2|lib(av|sw)\w+|opencv2|curl|webrtc|pulse)/|Q[A-Z]")


@functools.cache
def is_light(path):
    file = ROOT / path
    if not file.is_file():
        return True
    for own, foreign in INCLUDE.findall(file.read_text(encoding="utf-8")):
        if foreign and HEAVY.match(foreign) or own and not is_light(own):
            return False
    return True


def compiled_here(path):
    system = system_of(pathlib.PurePosixPath(path))
    if system is None:
        return True
    if SYSTEM == "macos" and system == "posix":
        return not (ROOT / path.replace("_posix.cpp", "_macos.cpp")).exists()
    return system in SYSTEMS[SYSTEM]


for source in sorted(file.relative_to(ROOT).as_posix() for top in ("core", "media/isolated", "app/cli", "app/version") for file in (ROOT / top).rglob("*.cpp")):
    if is_light(source) and compiled_here(source) and "/pch/" not in source:
        print(source)
