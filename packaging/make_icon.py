#!/usr/bin/env python3
"""Puts PNG pictures of one icon into the file that Windows (.ico) or macOS (.icns) wants. Usage: make_icon.py OUT PNG...

Both formats hold the PNG files as they are. Sizes are read from the pictures; .icns takes those that it has a type for.
"""
import pathlib
import struct
import sys

ICNS_TYPES = {16: b"icp4", 32: b"icp5", 64: b"icp6", 128: b"ic07", 256: b"ic08", 512: b"ic09", 1024: b"ic10"}


def size_of(png: bytes, name):
    if png[:8] != b"\x89PNG\r\n\x1a\n" or png[12:16] != b"IHDR":
        raise ValueError(f"{name} is not a PNG picture")
    width, height = struct.unpack(">II", png[16:24])
    if width != height:
        raise ValueError(f"{name} is {width} x {height}; an icon is square")
    return width


def ico(pictures):
    pictures = [(size, png) for size, png in pictures if size <= 256]
    place = 6 + 16 * len(pictures)
    entries, data = b"", b""
    for size, png in pictures:
        side = size % 256  # 0 stands for 256
        entries += struct.pack("<BBBBHHII", side, side, 0, 0, 1, 32, len(png), place + len(data))
        data += png
    return struct.pack("<HHH", 0, 1, len(pictures)) + entries + data


def icns(pictures):
    parts = b"".join(ICNS_TYPES[size] + struct.pack(">I", 8 + len(png)) + png for size, png in pictures if size in ICNS_TYPES)
    return b"icns" + struct.pack(">I", 8 + len(parts)) + parts


def main():
    out = pathlib.Path(sys.argv[1])
    pictures = sorted((size_of(file.read_bytes(), file), file.read_bytes()) for file in map(pathlib.Path, sys.argv[2:]))
    make = {".ico": ico, ".icns": icns}.get(out.suffix)
    if make is None or not pictures:
        raise ValueError(f"{out}: an .ico or .icns file of at least one PNG picture can be made")
    out.write_bytes(make(pictures))


if __name__ == "__main__":
    try:
        main()
    except (ValueError, OSError, IndexError) as problem:
        sys.exit(f"make_icon: {problem}")
