#!/usr/bin/env python3
"""Collects the licence texts of all parts of others: one text file for people, one JSON file for the window.

Texts come from this machine's packages and from LibTorch's wheel. The same packages give the same bytes.
"""
import argparse
import json
import pathlib
import sys

from components import TrustError, common_licences, components

RULE = "=" * 100


def text_of(part):
    if not part.texts:
        raise TrustError(f"No licence text of {part.name} was found on this machine. Install its package's documentation, name its folder "
                         "with --prefix, or add the text to packaging/trust/texts.")
    return "\n\n".join((title + "\n\n" if title else "") + text.strip() for title, text in part.texts) + "\n"


def collect(parts):
    """{"parts": [{name, version, licence, home, text}], "licences": [{name, text}]}; the latter are those that texts refer to."""
    rows = [{"name": part.name, "version": part.version, "licence": part.licence, "home": part.home, "text": text_of(part)} for part in parts]
    common = [{"name": name, "text": text} for name, text in common_licences([row["text"] for row in rows])]
    return {"parts": rows, "licences": common}


def as_text(collected):
    lines = ["X-LLM Desktop contains, or is linked to, the following work of others. Its own licence is the Apache License 2.0.", ""]
    lines += [f"  {row['name']} {row['version']}".ljust(50) + row["licence"] for row in collected["parts"]]
    lines += ["", "Their licences follow in this order; at the end stand the common licences that they refer to.", ""]
    for row in collected["parts"]:
        lines += [RULE, f"{row['name']} {row['version']}".strip(), f"{row['licence']} - {row['home']}", RULE, "", row["text"]]
    for row in collected["licences"]:
        lines += [RULE, f"/usr/share/common-licenses/{row['name']}", RULE, "", row["text"]]
    return "\n".join(lines)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--libtorch", type=pathlib.Path, required=True, help="the folder with LibTorch's include/ and lib/")
    arguments.add_argument("--prefix", type=pathlib.Path, action="append", default=[], help="of vcpkg's or Homebrew's packages")
    arguments.add_argument("--platform", default="Linux", help="as CMake calls it")
    arguments.add_argument("--text", type=pathlib.Path, required=True)
    arguments.add_argument("--json", type=pathlib.Path, required=True)
    options = arguments.parse_args()
    collected = collect(components(options.libtorch, options.prefix, options.platform))
    options.text.write_text(as_text(collected), encoding="utf-8")
    options.json.write_text(json.dumps(collected, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except (TrustError, OSError) as problem:
        sys.exit(f"licences: {problem}")
