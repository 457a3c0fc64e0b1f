#!/usr/bin/env python3
"""Makes the portable file of an installed tree: a start script, and behind it the tree in AppImage layout with every library and plug-in
that not every desktop has, as a tar archive under gzip.

  make_portable.py --stage PREFIX --version V --source TREE --out FILE [--level 0…9] [--keep FOLDER]

The same tree gives the same bytes. What the libraries demand of the system's C and C++ library is looked up and written into the script,
which has the programs started with the C and C++ library that come along where the system's are older. Prints one line of JSON with the sizes.
"""
import argparse
import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from carry_libraries import copyrights, dynamic, listed, package_of, place, system_libraries, to_carry  # noqa: E402
from commit_time import commit_time  # noqa: E402

# Of Qt's plug-ins, those that a window on X11, on Wayland and on nothing needs. GTK's theme would bring GTK.
PLUG_INS = ["platforms/libqxcb.so", "platforms/libqwayland-*.so", "platforms/libqoffscreen.so", "wayland-shell-integration/libxdg-shell.so",
            "wayland-graphics-integration-client/*.so", "wayland-decoration-client/*.so", "xcbglintegrations/*.so", "imageformats/*.so",
            "iconengines/*.so", "sqldrivers/libqsqlite.so", "multimedia/libffmpeg*.so", "texttospeech/*.so", "platforminputcontexts/*.so"]
NEEDED_PLUG_INS = ["platforms/libqxcb.so", "platforms/libqwayland-generic.so", "platforms/libqoffscreen.so", "imageformats/libqjpeg.so",
                   "imageformats/libqsvg.so", "iconengines/libqsvgicon.so", "sqldrivers/libqsqlite.so", "multimedia/libffmpegmediaplugin.so"]
# The C and C++ run time of this machine, for systems whose own is older (program.sh.in), and what else is left to newer systems but too old there.
RUN_TIME = ["ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libmvec.so.1", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1",
            "libresolv.so.2", "libanl.so.1", "libstdc++.so.6", "libgcc_s.so.1", "libharfbuzz.so.0", "libfreetype.so.6", "libfontconfig.so.1",
            "libexpat.so.1", "libwayland-client.so.0", "libz.so.1"]
QT_CONF = "[Paths]\nPrefix = {}\nPlugins = plugins\nTranslations = share/qt6/translations\n"
FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir prefix="relative">.</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
"""


def qt_folder(what: str) -> pathlib.Path:
    for program in ("qmake6", "/usr/lib/qt6/bin/qmake", "qtpaths6"):
        if shutil.which(program):
            told = subprocess.run([program, "-query", what], capture_output=True, text=True, check=True)
            return pathlib.Path(told.stdout.strip())
    raise SystemExit("make_portable: Qt's qmake6 is missing; install qt6-base-dev-tools.")


def copy_plug_ins(target: pathlib.Path) -> list[pathlib.Path]:
    source = qt_folder("QT_INSTALL_PLUGINS")
    missing = [name for name in NEEDED_PLUG_INS if not (source / name).is_file()]
    if missing:
        raise SystemExit(f"make_portable: {source} has no {', '.join(missing)}. Install the packages of Qt's plug-ins: libqt6sql6-sqlite, "
                         "libqt6svg6, qt6-wayland, libqt6multimedia6.")
    copied = []
    for pattern in PLUG_INS:
        for plug_in in sorted(source.glob(pattern)):
            place = target / plug_in.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(plug_in, place)
            place.chmod(0o644)
            copied.append(plug_in)
    return copied


def add_run_time(usr: pathlib.Path):
    system, folder = system_libraries(), usr / "lib/xllm/run-time"
    taken = {name: pathlib.Path(system[name]) for name in RUN_TIME}
    for name, (path, _) in to_carry(taken.values(), listed(HERE / "leave.txt"), None).items():
        if not (usr / "lib/xllm/carried" / name).exists():
            taken[name] = path
    for name, path in sorted(taken.items()):
        place(path, folder / name)
    (folder / "ld-linux-x86-64.so.2").chmod(0o755)
    # Qt takes the loader, which is what the system started, for the program.
    (folder / "qt.conf").write_text(QT_CONF.format("../../.."))
    packages = {package_of(path) for path in taken.values()}
    text = usr / "share/doc/xllm/run-time-copyright.gz"
    text.write_bytes(gzip.compress(copyrights(packages).encode(), 9, mtime=0))


def lay_out(stage: pathlib.Path, tree: pathlib.Path):
    usr = tree / "usr"
    shutil.copytree(stage, usr, symlinks=True, copy_function=os.link if os.stat(stage).st_dev == os.stat(tree).st_dev else shutil.copy2)
    plug_ins = copy_plug_ins(usr / "plugins")
    (usr / "bin/qt.conf").write_text(QT_CONF.format(".."))
    translations = usr / "share/qt6/translations"
    translations.mkdir(parents=True)
    for name in ("qtbase_zh_CN.qm", "qt_zh_CN.qm"):
        if (source := qt_folder("QT_INSTALL_TRANSLATIONS") / name).is_file():
            shutil.copyfile(source, translations / name)
    fonts = usr / "share/fonts"
    fonts.mkdir()
    for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"):
        shutil.copyfile(f"/usr/share/fonts/truetype/dejavu/{name}", fonts / name)
    (fonts / "fonts.conf").write_text(FONTS_CONF)
    subprocess.run([sys.executable, HERE.parent / "carry_libraries.py", "--into", usr / "lib/xllm/carried", "--leave", HERE / "leave.txt",
                    "--copyright", usr / "share/doc/xllm/carried-copyright.gz",
                    usr / "bin/xllm", usr / "bin/xllm-desktop", usr / "bin/xllm-decoder", *plug_ins], check=True)
    add_run_time(usr)
    shutil.copyfile(HERE / "AppRun", tree / "AppRun")
    (tree / "AppRun").chmod(0o755)
    shutil.copyfile(usr / "share/applications/xllm-desktop.desktop", tree / "xllm-desktop.desktop")
    shutil.copyfile(usr / "share/icons/hicolor/256x256/apps/xllm-desktop.png", tree / "xllm-desktop.png")
    (tree / ".DirIcon").symlink_to("xllm-desktop.png")


def elf_files(tree: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in sorted(tree.rglob("*")) if path.is_file() and not path.is_symlink() and path.open("rb").read(4) == b"\x7fELF"]


def newest(symbol: str, told: str) -> tuple[int, ...]:
    return max((tuple(map(int, version.split("."))) for version in re.findall(rf"\(?{symbol}_([\d.]+)", told)), default=(0,))


def demands(tree: pathlib.Path) -> tuple[str, str]:
    """The newest versions of glibc's and libstdc++'s symbols that anything in the tree asks for."""
    asking = [path for path in elf_files(tree) if path.parent.name != "run-time"]
    told = "".join(subprocess.run(["readelf", "-V", path], capture_output=True, text=True, check=True).stdout for path in asking)
    return tuple(".".join(map(str, newest(symbol, told))) for symbol in ("GLIBC", "GLIBCXX"))


def check_complete(tree: pathlib.Path):
    """Everything that something in the tree needs is in the tree or on the list of what is left to the system."""
    leave = [re.compile(pattern.replace(".", r"\.").replace("*", ".*").replace("+", r"\+") + "$") for pattern in listed(HERE / "leave.txt")]
    files = elf_files(tree)
    here = {path.name for path in files}
    for path in files:
        for name in dynamic(path)[0]:
            if name not in here and not any(pattern.match(name) for pattern in leave):
                raise SystemExit(f"make_portable: {path.relative_to(tree)} needs {name}, which is neither in the tree nor on leave.txt.")


def same_modes(tree: pathlib.Path):
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            if path.stat().st_mode & 0o777 != (0o755 if executable else 0o644):
                path.chmod(0o755 if executable else 0o644)


def pack(tree: pathlib.Path, seconds: int, level: int, out: pathlib.Path):
    tar = ["tar", "--create", "--format=gnu", "--sort=name", f"--mtime=@{seconds}", "--owner=0", "--group=0", "--numeric-owner",
           "--hard-dereference", "--directory", str(tree), "."]
    with open(out, "wb") as stream:
        writer = subprocess.Popen(tar, stdout=subprocess.PIPE)
        if level == 0:  # only wrapped: for trying things out
            with gzip.GzipFile("", "wb", 0, stream, mtime=0) as wrapped:
                shutil.copyfileobj(writer.stdout, wrapped, 1 << 20)
        else:
            subprocess.run(["gzip", "-n", f"-{level}"], stdin=writer.stdout, stdout=stream, check=True)
        if writer.wait() != 0:
            raise SystemExit("make_portable: tar failed.")


def sha256(path: pathlib.Path) -> str:
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def add_program_script(tree: pathlib.Path, glibc: str, glibcxx: str):
    text = (HERE / "program.sh.in").read_text().replace("@GLIBC@", glibc).replace("@GLIBCXX@", glibcxx)
    target = tree / "usr/lib/xllm/run-time/program.sh"
    target.write_text(text)
    target.chmod(0o755)


def start_script(payload: pathlib.Path, unpacked: int, glibc: str, version: str) -> bytes:
    values = {"VERSION": version, "PAYLOAD_SHA256": sha256(payload), "PACKED_BYTES": payload.stat().st_size, "UNPACKED_KIB": unpacked // 1024,
              "GLIBC": glibc}
    text = (HERE / "start.sh.in").read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    # The script tells its own length, which has as many digits as it is given here.
    length = len(text.encode()) - len("@OFFSET@") + 6
    return text.replace("@OFFSET@", f"{length:<6}").encode()


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--stage", type=pathlib.Path, required=True)
    arguments.add_argument("--version", required=True)
    arguments.add_argument("--source", type=pathlib.Path, required=True)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--level", type=int, default=9)
    arguments.add_argument("--keep", type=pathlib.Path, help="lay the tree out here and leave it")
    options = arguments.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.out.parent) as scratch:
        tree = options.keep or pathlib.Path(scratch) / "tree"
        tree.mkdir(parents=True)
        lay_out(options.stage, tree)
        same_modes(tree)
        check_complete(tree)
        glibc, glibcxx = demands(tree)
        add_program_script(tree, glibc, glibcxx)
        unpacked = sum(path.lstat().st_size for path in tree.rglob("*") if not path.is_dir())
        payload = pathlib.Path(scratch) / "payload"
        pack(tree, commit_time(options.source), options.level, payload)
        fresh = pathlib.Path(scratch) / "file"
        with open(fresh, "wb") as out:
            out.write(start_script(payload, unpacked, glibc, options.version))
            with open(payload, "rb") as source:
                shutil.copyfileobj(source, out, 1 << 20)
        fresh.chmod(0o755)
        fresh.replace(options.out)
    print(json.dumps({"file": options.out.name, "packed": options.out.stat().st_size, "unpacked": unpacked, "glibc": glibc, "glibcxx": glibcxx}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
