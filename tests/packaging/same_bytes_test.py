#!/usr/bin/env python3
"""Packages of the same commit are the same bytes: same_bytes_test.py BUILD. Makes the Debian packages and the portable file twice, quickly
compressed, at different times and in different folders. Takes minutes: skipped (77) without XLLM_SAME_BYTES=1.
"""
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1])
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent


def make(folder: pathlib.Path) -> dict[str, str]:
    subprocess.run(["cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=zstd", "-B", folder],
                   cwd=BUILD, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--install", BUILD, "--strip", "--prefix", folder / "stage"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([sys.executable, SOURCE / "packaging/linux/portable/make_portable.py", "--stage", folder / "stage", "--version", "0.0.1",
                    "--source", SOURCE, "--level", "1", "--out", folder / "file.run"], check=True, stdout=subprocess.DEVNULL)
    found = {}
    for path in [*folder.glob("*.deb"), folder / "file.run"]:
        with open(path, "rb") as stream:
            found[path.name] = hashlib.file_digest(stream, "sha256").hexdigest()
        path.unlink()
    return found


def main() -> int:
    if os.environ.get("XLLM_SAME_BYTES") != "1":
        print("XLLM_SAME_BYTES is not 1; skipped.")
        return 77
    with tempfile.TemporaryDirectory(dir=BUILD) as one, tempfile.TemporaryDirectory(dir=BUILD) as two:
        first, second = make(pathlib.Path(one)), make(pathlib.Path(two))
    print(first)
    if first != second or len(first) < 3:
        print(f"FAILED: the second time the bytes are others: {second}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
