#!/usr/bin/env python3
"""Copies shared libraries that programs need, and those that these need, beside them.

  carry_libraries.py --into FOLDER --copyright FILE.gz [--packages LIST | --leave LIST] FILE...

FILE are programs, libraries or plug-ins. --leave takes all they need, and all that needs, but the libraries of a list (names; * stands for
any ending). --packages takes only libraries of the Debian packages of a list, and looks no further behind others. Libraries that no system
folder has are nobody's to carry. Symbol tables, and paths that only hold on this machine, are left out. What Debian says of the licences of
what was taken is gathered in one file.
"""
import argparse
import fnmatch
import gzip
import pathlib
import re
import shutil
import subprocess
import sys


def listed(path: pathlib.Path) -> list[str]:
    return [line.split("#")[0].strip() for line in path.read_text().splitlines() if line.split("#")[0].strip()]


def system_libraries() -> dict[str, str]:
    told = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = {}
    for name, path in re.findall(r"^\s+(\S+) \(libc6,x86-64[^)]*\) => (\S+)$", told, re.MULTILINE):
        found.setdefault(name, path)
    return found


def dynamic(path) -> tuple[list[str], list[str]]:
    """What `path` needs, and the folders it names itself."""
    told = subprocess.run(["readelf", "-d", str(path)], capture_output=True, text=True, check=True).stdout
    folders = ":".join(re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", told))
    return re.findall(r"\(NEEDED\).*\[(.*)\]", told), [folder for folder in folders.split(":") if folder]


def package_of(path: pathlib.Path) -> str:
    real = path.resolve()
    for candidate in (real, pathlib.Path(str(real).replace("/usr/lib", "/lib", 1))):
        told = subprocess.run(["dpkg-query", "-S", str(candidate)], capture_output=True, text=True, check=False)
        if told.returncode == 0:
            return told.stdout.split(":")[0]
    return ""


def to_carry(files, leave: list[str], packages: set[str] | None) -> dict[str, tuple[pathlib.Path, str]]:
    """Name → where it is, and its package."""
    system = system_libraries()
    found: dict[str, tuple[pathlib.Path, str]] = {}
    seen: set[str] = set()
    waiting = [pathlib.Path(file) for file in files]
    while waiting:
        needed, folders = dynamic(waiting.pop())
        for name in needed:
            if name in seen or any(fnmatch.fnmatchcase(name, pattern) for pattern in leave):
                continue
            seen.add(name)
            own = [pathlib.Path(folder) / name for folder in folders if folder.startswith("/usr/lib")]
            place = next((candidate for candidate in own if candidate.is_file()), None) or system.get(name)
            if not place:
                continue
            path = pathlib.Path(place)
            package = package_of(path)
            if packages is None or package in packages:
                found[name] = path, package
                waiting.append(path)
    return found


def copyrights(packages: set[str]) -> str:
    parts = []
    for package in sorted(packages):
        text = pathlib.Path("/usr/share/doc", package, "copyright")
        version = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True, text=True, check=False).stdout
        parts.append(f"=== {package} {version}\n\n{text.read_text(errors='replace') if text.is_file() else ''}")
    return "\n".join(parts)


def place(source: pathlib.Path, target: pathlib.Path):
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source.resolve(), target)
    target.chmod(0o644)
    # libpulse names the folder of its other half; here that lies beside it.
    if dynamic(target)[1]:
        script = pathlib.Path(__file__).with_name("set_rpath.cmake")
        subprocess.run(["cmake", f"-Dfile={target}", "-Drpath=$ORIGIN", "-P", str(script)], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["strip", "--strip-unneeded", str(target)], check=True)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--into", type=pathlib.Path, required=True)
    arguments.add_argument("--copyright", type=pathlib.Path, required=True)
    arguments.add_argument("--packages", type=pathlib.Path)
    arguments.add_argument("--leave", type=pathlib.Path)
    arguments.add_argument("files", nargs="+", type=pathlib.Path)
    options = arguments.parse_args()
    leave = listed(options.leave) if options.leave else []
    packages = set(listed(options.packages)) if options.packages else None
    carried = to_carry(options.files, leave, packages)
    for name, (path, _) in sorted(carried.items()):
        place(path, options.into / name)
    options.copyright.parent.mkdir(parents=True, exist_ok=True)
    text = copyrights({package for _, package in carried.values() if package})
    options.copyright.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    options.copyright.chmod(0o644)
    return 0


if __name__ == "__main__":
    sys.exit(main())
