#!/usr/bin/env python3
"""Makes every package for Linux of a build folder, their SHA-256 sums, and the table of sizes in docs/packaging.md.

  make_packages.py --build BUILD [--fast] [--only deb|rpm|portable]...

BUILD/packages holds what was made. --fast packs quickly and larger, for trying, and leaves the table as it is. Else sizes over the
limits, which stand in limits.json, are an error: a package does not grow by accident.
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TABLE = re.compile(r"(<!-- sizes: written by make package -->\n).*?(<!-- end of sizes -->)", re.DOTALL)


def cached(build: pathlib.Path, name: str) -> str:
    return re.search(rf"^{name}(?::\w+)?=(.*)$", (build / "CMakeCache.txt").read_text(), re.MULTILINE).group(1)


def run(*command, **options):
    subprocess.run([str(word) for word in command], check=True, **options)


def stage(build: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    shutil.rmtree(folder, ignore_errors=True)
    run("cmake", "--install", build, "--strip", "--prefix", folder / "usr", stdout=subprocess.DEVNULL)
    return folder / "usr"


def unpacked_bytes(package: pathlib.Path) -> int:
    if package.suffix == ".deb":
        listing = subprocess.run(["dpkg-deb", "--contents", package], capture_output=True, text=True, check=True).stdout
        return sum(int(line.split()[2]) for line in listing.splitlines())
    if package.suffix == ".rpm":
        told = subprocess.run(["rpm", "-qp", "--queryformat", "%{LONGSIZE}", package], capture_output=True, text=True, check=True).stdout
        return int(told)
    with open(package, "rb") as stream:
        return int(re.search(rb"\nunpacked=(\d+)", stream.read(20000)).group(1)) * 1024


def best_seconds(start, times=5) -> float:
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        start()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def start_times(prefix: pathlib.Path) -> dict[str, float]:
    """Of the installed programs, from a warm disk: until the command line answers, and until the window takes input (offscreen)."""
    with tempfile.TemporaryDirectory() as home:
        around = {"HOME": home, "XDG_RUNTIME_DIR": home, "QT_QPA_PLATFORM": "offscreen"}

        def command_line():
            run(prefix / "bin/xllm", "--version", env=around, stdout=subprocess.DEVNULL)

        def window():
            process = subprocess.Popen([prefix / "bin/xllm-desktop", "--tell-ready", "--new-instance"], env=around, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL)
            process.stdout.readline()
            process.kill()
            process.wait()

        return {"xllm --version": best_seconds(command_line), "the window": best_seconds(window)}


def sha256(path: pathlib.Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def kind_of(package: pathlib.Path) -> str:
    name = "carried" if "carried" in package.name else "gpu" if "-gpu" in package.name else "program"
    return f"{package.suffix[1:]} {name}"


def check_limits(sizes: dict[str, tuple[int, int]]):
    limits = json.loads((HERE / "limits.json").read_text())
    over = [f"{name}: {size / 1e6:.0f} MB {what}, {limit} allowed" for name, both in sizes.items() if name in limits
            for what, size, limit in zip(("packed", "unpacked"), both, limits[name]) if size / 1e6 > limit]
    if over:
        raise SystemExit("make_packages: larger than limits.json allows: " + "; ".join(over))


def table(packages: list[pathlib.Path], sizes, times) -> str:
    lines = ["| file | packed | unpacked |", "| --- | --- | --- |"]
    lines += [f"| `{package.name}` | {sizes[kind_of(package)][0] / 1e6:.0f} MB | {sizes[kind_of(package)][1] / 1e6:.0f} MB |" for package in packages]
    lines += ["", "Start on the machine that made them, from a warm disk: " + ", ".join(f"{what} {seconds:.2f} s" for what, seconds in times.items()) + "."]
    return "\n".join(lines) + "\n"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", type=pathlib.Path, required=True)
    arguments.add_argument("--fast", action="store_true")
    arguments.add_argument("--only", action="append", choices=["deb", "rpm", "portable"])
    options = arguments.parse_args()
    build = options.build.resolve()
    wanted = options.only or ["deb", "rpm", "portable"]
    out = build / "packages"
    out.mkdir(exist_ok=True)
    for old in [*out.glob("*.deb"), *out.glob("*.rpm"), *out.glob("*.run"), out / "SHA256SUMS"]:
        old.unlink(missing_ok=True)
    for generator in ("deb", "rpm"):
        if generator in wanted and shutil.which({"deb": "dpkg-shlibdeps", "rpm": "rpmbuild"}[generator]):
            fast = ["-D", "CPACK_DEBIAN_COMPRESSION_TYPE=zstd"] if options.fast else []
            run("cpack", "-G", generator.upper(), "--config", build / "CPackConfig.cmake", *fast, cwd=build)
        elif generator in wanted:
            print(f"make_packages: no .{generator}: this system has no {'dpkg-dev' if generator == 'deb' else 'rpmbuild'}.", file=sys.stderr)
    prefix = stage(build, build / "packaging/portable-stage")
    try:
        version = cached(build, "CMAKE_PROJECT_VERSION")
        if "portable" in wanted:
            run(sys.executable, HERE / "portable/make_portable.py", "--stage", prefix, "--version", version, "--source", ROOT,
                "--out", out / f"X-LLM-Desktop-{version}-x86_64.run", "--level", 1 if options.fast else 9)
        times = start_times(prefix)
    finally:
        shutil.rmtree(prefix.parent)
    shutil.rmtree(out / "_CPack_Packages", ignore_errors=True)
    packages = sorted([*out.glob("*.deb"), *out.glob("*.rpm"), *out.glob("*.run")])
    (out / "SHA256SUMS").write_text("".join(f"{sha256(package)}  {package.name}\n" for package in packages))
    sizes = {kind_of(package): (package.stat().st_size, unpacked_bytes(package)) for package in packages}
    text = table(packages, sizes, times)
    print(text)
    if not options.fast:
        check_limits(sizes)
    if not options.fast and not options.only:
        page = ROOT / "docs/packaging.md"
        page.write_text(TABLE.sub(lambda found: found.group(1) + text + found.group(2), page.read_text()))
    return 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
