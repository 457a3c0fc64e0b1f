#!/usr/bin/env python3
"""The .deb and the portable file in bare Debian trees, as an ordinary user, without a network.

  XLLM_TREES=FOLDER installed_test.py PACKAGES deb|portable bookworm|trixie     (as root; FOLDER keeps the trees, 3 GB)

PACKAGES is the folder with what `make package` made. In each tree: nothing to compile with, no Qt and no Python before; `xllm chat` answers
about a picture from the starter pack that came along; the window opens on Xvfb, on Wayland (weston, headless) and offscreen, takes a
question and answers it; a second version over the first keeps the conversation; removing leaves nothing but what is the person's. Prints
what was measured. Needs debootstrap, Xvfb, xdotool, weston. Without XLLM_TREES it is skipped (77).
"""
import contextlib
import io
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from trees import DESKTOP, PERSON, Copy, Tree  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
DATABASE = ".local/share/xllm/xllm-desktop/conversations/conversations.sqlite"


def expect(truth, sentence):
    if not truth:
        raise SystemExit(f"FAILED: {sentence}")


def next_version(package: pathlib.Path, target: pathlib.Path, old: str, new: str):
    """The same package with another version: of its three members, the one that describes it is written anew."""
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["dpkg-deb", "-e", package, f"{scratch}/control"], check=True)
        control = pathlib.Path(scratch, "control/control")
        control.write_text(control.read_text().replace(old, new))
        inner = io.BytesIO()
        with tarfile.open(fileobj=inner, mode="w:gz", format=tarfile.GNU_FORMAT) as archive:
            archive.add(f"{scratch}/control", ".")
        data = inner.getvalue()
    with open(package, "rb") as source, open(target, "wb") as out:
        out.write(source.read(8))
        while header := source.read(60):
            name, size = header[:16].decode().strip().rstrip("/"), int(header[48:58])
            body_at = source.tell()
            if name.startswith("control.tar"):
                out.write(b"control.tar.gz".ljust(16) + header[16:48] + str(len(data)).encode().ljust(10) + header[58:60] + data)
                out.write(b"\n" if len(data) % 2 else b"")
            else:
                out.write(header)
                remaining = size + size % 2
                while remaining:
                    block = source.read(min(remaining, 1 << 20))
                    out.write(block)
                    remaining -= len(block)
            source.seek(body_at + size + size % 2)


@contextlib.contextmanager
def xvfb(copy: Copy):
    sockets = copy.root / "tmp/.X11-unix"
    sockets.mkdir(parents=True, exist_ok=True)
    number = f":{90 + os.getpid() % 400}"
    pathlib.Path("/tmp/.X11-unix").mkdir(mode=0o1777, exist_ok=True)
    server = subprocess.Popen(["Xvfb", number, "-screen", "0", "1280x900x24", "-ac", "-nolisten", "tcp"], stderr=subprocess.DEVNULL)
    try:
        subprocess.run(["mount", "--bind", "/tmp/.X11-unix", sockets], check=True)
        for _ in range(50):
            if pathlib.Path(f"/tmp/.X11-unix/X{number[1:]}").exists():
                break
            time.sleep(0.1)
        yield number
    finally:
        server.terminate()
        server.wait()
        subprocess.run(["umount", sockets], check=False)


@contextlib.contextmanager
def weston(copy: Copy):
    folder = copy.root / "run/person"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    os.chown(folder, PERSON, PERSON)
    command = ["setpriv", f"--reuid={PERSON}", f"--regid={PERSON}", "--clear-groups", "weston", "--backend=headless-backend.so", "--socket=wl-test",
               "--idle-time=0", "--no-config"]
    with tempfile.TemporaryDirectory() as runtime:
        os.chown(runtime, PERSON, PERSON)
        server = subprocess.Popen(command, env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": runtime}, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                if pathlib.Path(runtime, "wl-test").exists():
                    break
                time.sleep(0.1)
            subprocess.run(["mount", "--bind", runtime, folder], check=True)
            yield "wl-test"
        finally:
            server.terminate()
            server.wait()
            subprocess.run(["umount", folder], check=False)


class Window:
    """The window of the installed program, started on one of Qt's platforms."""

    def __init__(self, copy: Copy, program: list[str], **variables):
        self.started = time.monotonic()
        self.process = subprocess.Popen(copy.command(*program, "--tell-ready", **variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)
        ready = self.process.stdout.readline()
        self.seconds = time.monotonic() - self.started
        if ready.strip() != "ready":
            self.process.kill()
            raise SystemExit(f"FAILED: {program} {variables} did not open its window: {ready}{self.process.stderr.read()[-3000:]}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise SystemExit("FAILED: the window did not end when it was told to") from None


def messages(copy: Copy) -> list[tuple]:
    with tempfile.TemporaryDirectory() as scratch:
        for file in (copy.home / DATABASE).parent.glob("conversations.sqlite*"):
            shutil.copy(file, scratch)
        database = sqlite3.connect(pathlib.Path(scratch) / "conversations.sqlite")
        return database.execute("SELECT id, speaker, text FROM message ORDER BY id").fetchall()


def ask_in_window(copy: Copy, program: list[str], pictures: pathlib.Path) -> list[tuple]:
    """Types a question into the window on Xvfb and waits for the answer. Returns what the conversation then holds."""
    settings = copy.home / ".config/xllm/xllm-desktop.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("[window]\nfirstRun=false\n[answers]\npreset=precise\n")  # the same answer every time
    for path in (settings, settings.parent, settings.parent.parent):
        os.chown(path, PERSON, PERSON)
    with xvfb(copy) as display, Window(copy, program, DISPLAY=display, QT_QPA_PLATFORM="xcb"):
        host = os.environ | {"DISPLAY": display}
        time.sleep(6)  # the pack
        subprocess.run(["import", "-window", "root", pictures / "window.png"], env=host, check=False)
        window = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", "X-LLM"], env=host, capture_output=True, text=True, check=True)
        subprocess.run(["xdotool", "windowfocus", window.stdout.split()[-1]], env=host, check=True)  # there is no window manager
        time.sleep(1)
        subprocess.run(["xdotool", "type", "--delay", "30", "What is the capital of France?"], env=host, check=True)
        subprocess.run(["xdotool", "key", "Return"], env=host, check=True)
        for _ in range(60):
            time.sleep(1)
            if (copy.home / DATABASE).is_file() and any("Paris" in text for _, _, text in messages(copy)):
                break
        subprocess.run(["import", "-window", "root", pictures / "answer.png"], env=host, check=False)
    found = messages(copy)
    expect(any("Paris" in text for _, _, text in found), f"the window's answer names Paris: {found}")
    return found


def look_at_windows(copy: Copy, program: list[str]) -> dict:
    figures = {}
    with Window(copy, program, QT_QPA_PLATFORM="offscreen") as window:
        figures["windowOffscreenSeconds"] = round(window.seconds, 2)
    with weston(copy) as socket, Window(copy, program, QT_QPA_PLATFORM="wayland", WAYLAND_DISPLAY=socket, XDG_RUNTIME_DIR="/run/person") as window:
        figures["windowWaylandSeconds"] = round(window.seconds, 2)
    return figures


def ask_about_a_picture(copy: Copy, program: list[str]) -> dict:
    shutil.copy(DATA / "cat.jpg", copy.home / "cat.jpg")
    said = copy.said(*program, "chat", "--image", "cat.jpg", "--prompt", "What is in this picture?", "--greedy")
    expect("cat" in said.lower(), f"the answer names the cat: {said}")
    started = time.monotonic()
    copy.said(*program, "--version")
    return {"answer": said.strip(), "versionSeconds": round(time.monotonic() - started, 2)}


def nothing_helps(copy: Copy):
    for tool in ("gcc", "c++", "python3", "qmake6", "cmake"):
        expect(subprocess.run(copy.command("sh", "-c", f"command -v {tool}"), capture_output=True, check=False).returncode != 0,
               f"the tree has no {tool}")


def test_deb(tree: Tree, packages: pathlib.Path, pictures: pathlib.Path) -> dict:
    files = sorted(packages.glob("xllm_*_amd64.deb"))[:1]
    if tree.release != "bookworm":
        files += sorted(packages.glob("xllm-carried_*_amd64.deb"))[:1]
    version = re.search(r"_([^_]+)_amd64", files[0].name).group(1)
    for file in files:
        shutil.copy(file, tree.base / "tmp")
    tree.fetch(["/tmp/" + file.name for file in files] + ["qt6-wayland"])
    for file in files:
        (tree.base / "tmp" / file.name).unlink()
    with tree.copy() as copy:
        for file in files:
            shutil.copy(file, copy.root / "tmp")
        started = time.monotonic()
        copy.install(*("/tmp/" + file.name for file in files), "qt6-wayland")
        figures = {"installSeconds": round(time.monotonic() - started, 1)}
        nothing_helps(copy)
        figures |= ask_about_a_picture(copy, ["xllm"])
        figures |= look_at_windows(copy, ["xllm-desktop"])
        kept = ask_in_window(copy, ["xllm-desktop"], pictures)
        for file in files:
            (copy.root / "tmp" / file.name).unlink()
            next_version(file, copy.root / "tmp" / file.name, version, version + "+1")
        copy.install(*("/tmp/" + file.name for file in files))
        told = subprocess.run(["chroot", copy.root, "dpkg-query", "-W", "-f=${Version}", "xllm"], capture_output=True, text=True, check=True).stdout
        expect(told == version + "+1", f"the second version is installed: {told}")
        expect(messages(copy) == kept, "the conversation outlives the second version")
        with Window(copy, ["xllm-desktop"], QT_QPA_PLATFORM="offscreen"):
            time.sleep(2)
        expect(messages(copy) == kept, "the second version keeps the conversation")
        ours = [re.search(r"[^_]+", file.name).group(0) for file in files]
        copy.as_root("dpkg", "--purge", *ours, stdout=subprocess.DEVNULL)
        for file in files:
            (copy.root / "tmp" / file.name).unlink()
        left = [name for name in copy.ours() if not name.startswith("/var/cache/apt") and not name.startswith("/var/lib/apt")]
        expect(not left, f"nothing of ours is left: {left}")
        expect(messages(copy) == kept, "what is the person's is left")
    return figures


def test_portable(tree: Tree, packages: pathlib.Path, pictures: pathlib.Path) -> dict:
    file = sorted(packages.glob("X-LLM-Desktop-*.run"))[0]
    version = re.search(r"Desktop-([\d.]+)-", file.name).group(1)
    desktop = tree.choose(DESKTOP)
    tree.fetch(desktop)
    with tree.copy() as copy:
        copy.install(*desktop)
        nothing_helps(copy)
        place = copy.home / "X-LLM.run"
        shutil.copy(file, place)
        os.chown(place, PERSON, PERSON)
        started = time.monotonic()
        copy.said("./X-LLM.run", "xllm", "--version")
        figures = {"firstStartSeconds": round(time.monotonic() - started, 1)}
        figures |= ask_about_a_picture(copy, ["./X-LLM.run", "xllm"])
        figures |= look_at_windows(copy, ["./X-LLM.run"])
        kept = ask_in_window(copy, ["./X-LLM.run"], pictures)
        # Another version: the same payload under another number, which is as long.
        other = version[:-1] + str((int(version[-1]) + 1) % 10)
        with open(place, "r+b") as stream:
            head = stream.read(9000)
            stream.seek(0)
            stream.write(head.replace(f"version={version}\n".encode(), f"version={other}\n".encode(), 1))
        with Window(copy, ["./X-LLM.run"], QT_QPA_PLATFORM="offscreen"):
            time.sleep(2)
        expect(messages(copy) == kept, "the second version keeps the conversation")
        unpacked = [folder.name for folder in (copy.home / ".cache/xllm/portable").iterdir()]
        expect(len(unpacked) == 1 and unpacked[0].startswith(other), f"the first version's unpacked files are gone: {unpacked}")
        copy.said("./X-LLM.run", "--portable-clean")
        place.unlink()
        expect(not list((copy.home / ".cache/xllm/portable").iterdir()), "nothing that was unpacked is left")
        expect(not copy.ours(), f"nothing of ours is left: {copy.ours()}")
        expect(messages(copy) == kept, "what is the person's is left")
    return figures


def main() -> int:
    if not os.environ.get("XLLM_TREES"):
        print("XLLM_TREES names no folder for the trees; skipped.")
        return 77
    if os.geteuid() != 0:
        print("Trees are made and entered by root; skipped.")
        return 77
    packages, kind, release = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    tree = Tree(pathlib.Path(os.environ["XLLM_TREES"]), release)
    tree.make()
    pictures = pathlib.Path(os.environ.get("XLLM_PICTURES", tempfile.mkdtemp()))
    pictures.mkdir(parents=True, exist_ok=True)
    figures = (test_deb if kind == "deb" else test_portable)(tree, packages, pictures)
    print(json.dumps({"kind": kind, "release": release} | figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
