#!/usr/bin/env python3
"""The time that packages carry instead of the time at which they were made: $SOURCE_DATE_EPOCH, else the commit's, else (a tree
without git) that of CHANGELOG.md. Prints seconds since 1970. Usage: commit_time.py TREE"""
import os
import pathlib
import subprocess
import sys


def commit_time(tree: pathlib.Path) -> int:
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    try:
        told = subprocess.run(["git", "-C", str(tree), "log", "-1", "--format=%ct"], capture_output=True, text=True, check=True)
        return int(told.stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return int((tree / "CHANGELOG.md").stat().st_mtime)


if __name__ == "__main__":
    print(commit_time(pathlib.Path(sys.argv[1])))
