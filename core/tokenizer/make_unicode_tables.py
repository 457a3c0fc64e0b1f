#!/usr/bin/env python3
"""Writes unicode_tables.inc: for every code point one of other, letter (L*), number (N*), space (White_Space).

    python3 core/tokenizer/make_unicode_tables.py > core/tokenizer/unicode_tables.inc

Two stages: kBlockOf[code point / 256] picks a block, kBlocks[block] holds four classes a byte, lowest bits first. Code
points behind the last listed block are "other". The Unicode version is the one of the Python that ran it.
"""
import sys
import unicodedata

OTHER, LETTER, NUMBER, SPACE = range(4)
# White_Space of PropList.txt; unicodedata has no such property, and str.isspace() adds U+001C..U+001F.
WHITE_SPACE = {*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}


def class_of(code_point: int) -> int:
    if code_point in WHITE_SPACE:
        return SPACE
    return {"L": LETTER, "N": NUMBER}.get(unicodedata.category(chr(code_point))[0], OTHER)


def numbers(values, per_line=24):
    lines = [values[i:i + per_line] for i in range(0, len(values), per_line)]
    return "\n".join("    " + " ".join(f"{v}," for v in line) for line in lines)


def main() -> None:
    blocks, block_of = [], []
    for start in range(0, 0x110000, 256):
        classes = [class_of(c) for c in range(start, start + 256)]
        packed = tuple(sum(classes[i + k] << (2 * k) for k in range(4)) for i in range(0, 256, 4))
        if packed not in blocks:
            blocks.append(packed)
        block_of.append(blocks.index(packed))
    other = blocks.index(tuple([0] * 64))
    while block_of[-1] == other:
        block_of.pop()
    assert len(blocks) <= 256
    out = sys.stdout
    out.write(f"// Made by make_unicode_tables.py from Unicode {unicodedata.unidata_version}. Do not edit.\n")
    out.write(f"constexpr std::uint8_t kBlockOf[{len(block_of)}] = {{\n{numbers(block_of)}\n}};\n")
    out.write(f"constexpr std::uint8_t kBlocks[{len(blocks)}][64] = {{\n")
    for block in blocks:
        out.write(f"    {{\n{numbers(block)}\n    }},\n")
    out.write("};\n")


main()
