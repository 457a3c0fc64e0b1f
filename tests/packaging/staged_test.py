#!/usr/bin/env python3
"""The installed tree: staged_test.py BUILD SOURCE CONFIG CASE. The tree is BUILD/packaging/stage; CASE install makes it, remove removes it.

Without a network. The starter pack is part of it where its frozen parts are in the cache; validators are asked where they are installed.
"""
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

BUILD, SOURCE, CONFIG, CASE = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
STAGE = BUILD / "packaging/stage"
PREFIX = STAGE / "usr"
STARTER = PREFIX / "share/xllm/packs/starter"
SKIPPED = 77
# Megabytes, unpacked: a library that grows or sneaks in is noticed.
LIMITS = {"bin": 20, "lib": 380, "share/xllm": 300, "share/doc": 8}

sys.path.insert(0, str(SOURCE / "packaging/linux"))
from carry_libraries import dynamic  # noqa: E402
from make_texts import read_help, said_by  # noqa: E402

EXPECTED = """
bin/xllm bin/xllm-desktop bin/xllm-decoder
lib/xllm/libtorch_cpu.so lib/xllm/libc10.so
share/applications/xllm-desktop.desktop share/metainfo/org.xllm.desktop.metainfo.xml share/mime/packages/xllm.xml
share/icons/hicolor/scalable/apps/xllm-desktop.svg
share/man/man1/xllm.1.gz share/man/man1/xllm-desktop.1.gz
share/bash-completion/completions/xllm share/bash-completion/completions/xllm-desktop
share/zsh/vendor-completions/_xllm share/fish/vendor_completions.d/xllm.fish share/fish/vendor_completions.d/xllm-desktop.fish
share/xllm/presets/image-stage1.json share/doc/xllm/copyright share/doc/xllm/changelog.gz share/doc/xllm/docs/training.md
""".split() + [f"share/icons/hicolor/{size}x{size}/apps/xllm-desktop.png" for size in (16, 22, 24, 32, 48, 64, 128, 256, 512)]
# Folders that may hold files; anything elsewhere is a mistake.
PLACES = ("bin/xllm", "lib/xllm/lib", "share/applications/xllm", "share/metainfo/org.xllm", "share/mime/packages/xllm", "share/icons/hicolor/",
          "share/man/man1/xllm", "share/bash-completion/completions/xllm", "share/zsh/vendor-completions/_xllm", "share/fish/vendor_completions.d/xllm",
          "share/xllm/", "share/doc/xllm/", "share/lintian/overrides/xllm")


def expect(truth, sentence):
    if not truth:
        print(f"FAILED: {sentence}")
        sys.exit(1)


def files(folder=PREFIX):
    return [path for path in sorted(folder.rglob("*")) if path.is_symlink() or path.is_file()]


def elf_files(folder):
    return [path for path in files(folder) if not path.is_symlink() and path.open("rb").read(4) == b"\x7fELF"]


def install(component, prefix=PREFIX, needed=True):
    outcome = subprocess.run(["cmake", "--install", BUILD, "--config", CONFIG, "--component", component, "--strip", "--prefix", prefix],
                             capture_output=True, text=True, check=False)
    expect(outcome.returncode == 0 or not needed, f"component {component} installs: {outcome.stderr[-2000:]}")
    return outcome.returncode == 0


def case_install():
    shutil.rmtree(STAGE, ignore_errors=True)
    install("base")
    if not install("starter", needed=False):
        print("The starter's frozen parts are not in the cache; what needs them is skipped.")
        shutil.rmtree(PREFIX / "share/xllm/packs", ignore_errors=True)


def case_remove():
    shutil.rmtree(STAGE, ignore_errors=True)


def case_the_tree_holds_what_it_should_and_no_more():
    there = [str(path.relative_to(PREFIX)) for path in files()]
    missing = [name for name in EXPECTED if name not in there]
    expect(not missing, f"everything is installed; missing: {missing}")
    strange = [name for name in there if not name.startswith(PLACES)]
    expect(not strange, f"nothing else is installed; found: {strange}")
    for folder, limit in LIMITS.items():
        size = sum(path.lstat().st_size for path in files(PREFIX / folder)) / 1e6
        print(f"{folder}: {size:.1f} MB of {limit}")
        expect(size <= limit, f"{folder} has {size:.1f} MB and may have {limit}")
    for path in files():
        expect(path.is_symlink() or path.stat().st_mode & 0o022 == 0, f"{path} can be written to by its owner alone")


def case_nothing_points_into_the_build_machine():
    for path in elf_files(PREFIX):
        for folder in dynamic(path)[1]:
            expect(folder.startswith("$ORIGIN"), f"{path.name} looks for libraries beside itself, not in {folder}")
        text = path.read_bytes()
        # Checks that fail say where they stand in the source; packages are made of Release, whose compiler calls that by a short name.
        for place in (SOURCE, os.path.expanduser("~/.cache")) if CONFIG == "Release" else ():
            expect(str(place).encode() not in text, f"{path.name} does not name {place}")
    for path in files(PREFIX / "share"):
        if path.suffix in (".desktop", ".xml", ".fish", "") and not path.is_symlink() and path.stat().st_size < 1 << 20:
            expect(str(SOURCE).encode() not in path.read_bytes(), f"{path} does not name {SOURCE}")


def case_desktops_find_valid_files():
    validators = {"desktop-file-validate": ["share/applications/xllm-desktop.desktop"],
                  "appstreamcli": ["share/metainfo/org.xllm.desktop.metainfo.xml"], "xmllint": ["share/mime/packages/xllm.xml"]}
    before = {"appstreamcli": ["validate", "--no-net", "--pedantic"], "xmllint": ["--noout"]}
    for program, targets in validators.items():
        if not shutil.which(program):
            print(f"{program} is not installed; not asked.")
            continue
        outcome = subprocess.run([program, *before.get(program, []), *(PREFIX / target for target in targets)], capture_output=True, text=True,
                                 check=False)
        expect(outcome.returncode == 0 and "W:" not in outcome.stdout, f"{program} is content: {outcome.stdout}{outcome.stderr}")
    entry = (PREFIX / "share/applications/xllm-desktop.desktop").read_text()
    for name in re.findall(r"^(?:Exec|Icon)=(\S+)", entry, re.MULTILINE):
        expect(name == "xllm-desktop", f"the desktop entry names what is installed, not {name}")
    for size in (16, 48, 512):
        head = (PREFIX / f"share/icons/hicolor/{size}x{size}/apps/xllm-desktop.png").read_bytes()[:24]
        expect(int.from_bytes(head[16:20], "big") == size, f"the icon of {size} pixels is {size} wide")


def case_manual_and_completions_say_what_help_says():
    manual = {name: gzip.decompress((PREFIX / f"share/man/man1/{name}.1.gz").read_bytes()).decode().replace("\\-", "-")
              for name in ("xllm", "xllm-desktop")}
    completions = {"bash": (PREFIX / "share/bash-completion/completions/xllm").read_text(),
                   "zsh": (PREFIX / "share/zsh/vendor-completions/_xllm").read_text(),
                   "fish": "".join((PREFIX / f"share/fish/vendor_completions.d/{name}.fish").read_text() for name in manual)}
    xllm, desktop = str(PREFIX / "bin/xllm"), str(PREFIX / "bin/xllm-desktop")
    commands = [name for name, _ in read_help(said_by(xllm)).commands]
    expect(len(commands) >= 8, f"--help names the commands: {commands}")
    asked = [("xllm", said_by(xllm, *([command] if command else []))) for command in ["", *commands]] + [("xllm-desktop", said_by(desktop))]
    for program, said in asked:
        for name in set(re.findall(r"(?<![\w-])--[a-z][\w-]+", said)):  # every one that is mentioned at all
            expect(f"\\fB{name}\\fR" in manual[program] or name == "--help", f"the manual of {program} has {name}")
            for shell, text in completions.items():
                expect((f"-l {name[2:]}" if shell == "fish" else name) in text, f"{shell} completes {name}")
    for command in commands:
        expect(f'"XLLM {command.upper()}"' in manual["xllm"], f"the manual has a section of {command}")
    for shell, file in (("bash", "bash-completion/completions/xllm"), ("zsh", "zsh/vendor-completions/_xllm"),
                        ("fish", "fish/vendor_completions.d/xllm.fish")):
        if shutil.which(shell):
            subprocess.run([shell, "-n", PREFIX / "share" / file], check=True)
    script = f"source {PREFIX}/share/bash-completion/completions/xllm; COMP_WORDS=(xllm chat --te); COMP_CWORD=2; _xllm; echo ${{COMPREPLY[@]}}"
    told = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()
    expect(told == ["--temperature"], f"bash completes --te: {told}")


def needed_by(program):
    """Name → file of everything that is loaded with a program."""
    told = subprocess.run([program, "--version"], env={"LD_TRACE_LOADED_OBJECTS": "1"}, capture_output=True, text=True, check=True).stdout
    return dict(re.findall(r"(\S+) => (\S+)", told))


def case_the_base_has_no_gpu_library():
    for name in ("xllm", "xllm-desktop", "xllm-decoder"):
        loaded = needed_by(PREFIX / "bin" / name)
        for library, place in loaded.items():
            expect(not re.match(r"lib(cuda|nv|torch_cuda|c10_cuda|cublas|cudnn|nccl)\b", library), f"{name} loads no {library}")
            if re.match(r"lib(cudart|cupti)", library):
                expect("/lib/xllm/" in place and pathlib.Path(place).stat().st_size < 20_000, f"{library} is a stand-in: {place}")
            if re.match(r"lib(torch|c10|gomp)", library):
                expect(str(PREFIX) in os.path.realpath(place), f"{library} is the installed one: {place}")
    expect(not [path for path in files() if "cuda" in path.name and path.stat().st_size > 20_000], "no file of the tree is CUDA's")


def case_the_gpu_add_on_only_adds_files():
    with tempfile.TemporaryDirectory() as scratch:
        torch, nvidia, prefix = pathlib.Path(scratch, "a/torch/lib"), pathlib.Path(scratch, "a/nvidia/cu13/lib"), pathlib.Path(scratch, "usr")
        any_library = PREFIX / "lib/xllm/libc10.so"
        for folder, names in ((torch, ("libtorch_cuda.so", "libc10_cuda.so", "libtorch_cpu.so")), (nvidia, ("libcudart.so.13",))):
            folder.mkdir(parents=True)
            for name in names:
                shutil.copy(any_library, folder / name)
        script = f'set(torch_folder "{torch}")\nset(folder lib/xllm/gpu)\nset(strip strip)\nset(CMAKE_INSTALL_PREFIX "{prefix}")\n' \
                 f'include("{SOURCE}/packaging/linux/install_gpu.cmake")\n'
        pathlib.Path(scratch, "install.cmake").write_text(script)
        subprocess.run(["cmake", "-P", f"{scratch}/install.cmake"], check=True, capture_output=True)
        added = sorted(str(path.relative_to(prefix)) for path in files(prefix))
        expect(added == ["lib/xllm/gpu/" + name for name in ("libc10_cuda.so", "libcudart.so.13", "libtorch_cuda.so")],
               f"the add-on holds LibTorch's CUDA half and NVIDIA's libraries: {added}")
        expect(not set(added) & {str(path.relative_to(PREFIX)) for path in files()}, "it replaces nothing")
        folders = dynamic(PREFIX / "lib/xllm/libtorch_cpu.so")[1]
        expect(folders == ["$ORIGIN/gpu", "$ORIGIN"], f"LibTorch looks into the add-on first: {folders}")


def ask_about_a_cat(command, **variables):
    outcome = subprocess.run([*command, "chat", "--image", SOURCE / "tests/data/cat.jpg", "--prompt", "What is in this picture?", "--greedy"],
                             env=variables, capture_output=True, text=True, check=False, timeout=200)
    expect("cat" in outcome.stdout.lower(), f"the answer names the cat: {outcome.stdout}{outcome.stderr}")


def remember_a_pack_that_moved(desktop, home):
    """The window was told to use the starter pack where the program was before."""
    settings = home / ".config/xllm/xllm-desktop.conf"
    settings.parent.mkdir(parents=True)
    home.chmod(0o700)
    settings.write_text("[pack]\nfolder=/where/it/was/before/starter\n[window]\nfirstRun=false\n")
    around = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen([desktop, "--tell-ready"], env=around, stdout=subprocess.PIPE, text=True) as window:
        window.stdout.readline()
        loaded = False
        for _ in range(150):
            loaded = "packs/starter/llm/" in pathlib.Path(f"/proc/{window.pid}/maps").read_text()
            if loaded:
                break
            time.sleep(0.2)
        window.terminate()
    expect(loaded, "the window finds its pack where the program is now")


def case_the_starter_answers_from_a_moved_tree():
    if not STARTER.is_dir():
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        moved = pathlib.Path(scratch) / "any where"
        STAGE.rename(moved)
        try:
            for path in moved.rglob("*"):
                if path.is_dir():
                    path.chmod(0o555)  # read-only, as for an ordinary user
            ask_about_a_cat([moved / "usr/bin/xllm"])
            remember_a_pack_that_moved(moved / "usr/bin/xllm-desktop", pathlib.Path(scratch) / "home")
        finally:
            for path in moved.rglob("*"):
                if path.is_dir():
                    path.chmod(0o755)
            moved.rename(STAGE)


def case_the_portable_file_starts_with_nothing_around_it():
    qt_plugins = subprocess.run(["qmake6", "-query", "QT_INSTALL_PLUGINS"], capture_output=True, text=True, check=False).stdout.strip()
    if not pathlib.Path(qt_plugins, "platforms/libqwayland-generic.so").is_file():
        print("Qt's wayland plug-in is not installed; skipped.")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        made = pathlib.Path(scratch) / "made.run"
        told = subprocess.run([sys.executable, SOURCE / "packaging/linux/portable/make_portable.py", "--stage", PREFIX, "--version", "0.0.1",
                               "--source", SOURCE, "--level", "0", "--out", made], capture_output=True, text=True, check=False)
        expect(told.returncode == 0, f"the file is made: {told.stderr[-2000:]}")
        print(told.stdout.splitlines()[-1])
        sizes = json.loads(told.stdout.splitlines()[-1])
        expect(sizes["unpacked"] < 950e6, f"unpacked it has {sizes['unpacked'] / 1e6:.0f} MB and may have 950")
        moved = pathlib.Path(scratch) / "some where" / "X-LLM.run"
        moved.parent.mkdir()
        made.rename(moved)
        home = pathlib.Path(scratch) / "home"
        home.mkdir()
        around = {"HOME": str(home)}
        said = subprocess.run([moved, "--portable-help"], env=around, capture_output=True, text=True, check=True).stdout
        expect("--portable-extract" in said, "it tells what it can do")
        if STARTER.is_dir():
            ask_about_a_cat([moved, "xllm"], **around)
        first = subprocess.run([moved, "xllm", "--version"], env=around, capture_output=True, text=True, check=True).stdout
        os.symlink(moved, moved.parent / "xllm")
        expect(subprocess.run([moved.parent / "xllm", "--version"], env=around, capture_output=True, text=True, check=True).stdout == first,
               "called xllm, it is the command line")
        window = subprocess.Popen([moved, "--tell-ready"], env=around | {"QT_QPA_PLATFORM": "offscreen"}, stdout=subprocess.PIPE, text=True)
        expect(window.stdout.readline().strip() == "ready", "its window opens")
        subprocess.run([moved, "--portable-clean"], env=around, check=True)
        expect(list((home / ".cache/xllm/portable").iterdir()), "what runs is not cleaned away")
        window.terminate()
        window.wait(30)
        subprocess.run([moved, "--portable-clean"], env=around, check=True)
        expect(not list((home / ".cache/xllm/portable").iterdir()), "what does not run is cleaned away")
        with open(moved, "rb") as stream:
            head = stream.read(20000)
        shorter = moved.with_name("cut.run")
        shorter.write_bytes(head)
        shorter.chmod(0o755)
        cut = subprocess.run([shorter, "xllm", "--version"], env=around, capture_output=True, text=True, check=False)
        expect(cut.returncode == 1 and "not complete" in cut.stderr, f"a file that was cut off is refused with a sentence: {cut.stderr}")
        starts_on_an_older_system(moved, pathlib.Path(scratch))


def starts_on_an_older_system(file: pathlib.Path, scratch: pathlib.Path):
    """As far as this machine can: a `getconf` that tells of an older C library."""
    folder, unpacked = scratch / "fake", scratch / "older"
    folder.mkdir()
    around = {"HOME": str(scratch / "home"), "PATH": f"{folder}:/usr/bin:/bin"}

    def claim(version):
        (folder / "getconf").write_text(f"#!/bin/sh\necho glibc {version}\n")
        (folder / "getconf").chmod(0o755)

    claim("2.30")
    refused = subprocess.run([file, "xllm", "--version"], env=around, capture_output=True, text=True, check=False)
    expect(refused.returncode == 1 and "glibc" in refused.stderr and "2.30" in refused.stderr, f"too old systems get a sentence: {refused.stderr}")
    claim("2.31")
    subprocess.run([file, "--portable-extract", unpacked], env=around, check=True, stdout=subprocess.DEVNULL)

    def libc_of(program):
        told = subprocess.run([unpacked / "usr/bin" / program, "--version"], env=around | {"LD_DEBUG": "libs", "QT_QPA_PLATFORM": "offscreen"},
                              capture_output=True, text=True, check=True)
        return re.findall(r"calling init: (\S*/libc\.so\.6)", told.stderr)[-1]

    for program in ("xllm", "xllm-desktop"):
        expect("run-time" in libc_of(program), f"{program} has the C library that came along, not {libc_of(program)}")
    window = subprocess.Popen([unpacked / "AppRun", "--tell-ready"], env=around | {"QT_QPA_PLATFORM": "offscreen"}, stdout=subprocess.PIPE, text=True)
    expect(window.stdout.readline().strip() == "ready", "its window opens, with Qt's plug-ins")
    window.terminate()
    window.wait(30)
    if STARTER.is_dir():
        ask_about_a_cat([unpacked / "AppRun", "xllm"], **around)
    (folder / "getconf").unlink()
    expect("run-time" not in libc_of("xllm"), "where the system's will do, it is taken")


globals()["case_" + CASE]()
