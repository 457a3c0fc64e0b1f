#!/usr/bin/env python3
"""Says on which Debian packages a tree depends: dpkg-shlibdeps' answer, with two things added. Where a package is one of `--carried`
(newer releases have another version of it only), xllm-carried will do instead; and plug-ins of Qt that are loaded by name.

  debian_depends.py --tree FOLDER --carried carried.txt --package NAME --version V
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

# The SVG plug-in has a package of its own since Qt 6.6; QSQLITE has always had.
PLUG_INS = ["libqt6sql6-sqlite", "qt6-svg-plugins | libqt6svg6 (<< 6.6)"]


def elf_files(tree: pathlib.Path):
    for path in sorted(tree.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with open(path, "rb") as stream:
                if stream.read(4) == b"\x7fELF":
                    yield path


def shared_library_packages(tree: pathlib.Path, package: str) -> list[str]:
    files = list(elf_files(tree))
    private = sorted({str(path.parent) for path in files if "/lib/" in str(path)})
    with tempfile.TemporaryDirectory() as scratch:
        (pathlib.Path(scratch) / "debian").mkdir()
        (pathlib.Path(scratch) / "debian/control").write_text(f"Source: xllm\n\nPackage: {package}\nArchitecture: any\n")
        command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", *(f"-l{folder}" for folder in private), *map(str, files)]
        outcome = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
    found = re.search(r"^shlibs:Depends=(.*)$", outcome.stdout, re.MULTILINE)
    if outcome.returncode != 0 or not found:
        raise SystemExit(f"debian_depends: dpkg-shlibdeps found nothing: {outcome.stderr.strip()[-2000:]}")
    return found.group(1).split(", ")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tree", type=pathlib.Path, required=True)
    arguments.add_argument("--carried", type=pathlib.Path, required=True)
    arguments.add_argument("--package", required=True)
    arguments.add_argument("--version", required=True)
    options = arguments.parse_args()
    carried = {line for line in options.carried.read_text().splitlines() if line and not line.startswith("#")}
    depends = []
    for package in shared_library_packages(options.tree, options.package):
        name = package.split()[0]
        if name == "libgomp1":  # LibTorch's own lies beside it
            continue
        if options.package != "xllm":
            if name not in carried:
                depends.append(package)
        else:
            depends.append(f"{package} | xllm-carried (= {options.version})" if name in carried else package)
    if options.package == "xllm" and any(package.startswith("libqt6gui6") for package in depends):
        depends += PLUG_INS
    print(", ".join(depends))
    return 0


if __name__ == "__main__":
    sys.exit(main())
