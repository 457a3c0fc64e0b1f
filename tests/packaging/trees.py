"""Bare Debian trees for the tests of installed programs: made by debootstrap once, used through an overlay that is thrown away.

Needs root, debootstrap and a network for making; the tests themselves run without one.
"""
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

PERSON = 1000
# What every desktop has and the portable file leaves to it (packaging/linux/portable/leave.txt).
DESKTOP = ["libgl1", "libegl1", "libgles2", "libx11-6", "libx11-xcb1", "libxcb1", "libfontconfig1", "libfreetype6", "libharfbuzz0b", "libexpat1",
           "libwayland-client0", "libasound2|libasound2t64", "libsm6", "libice6", "libdrm2", "libgbm1", "libp11-kit0", "libuuid1", "libcom-err2",
           "libgpg-error0", "libstdc++6"]


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def mirror() -> str:
    """$XLLM_MIRROR, else the one that this machine's own package sources name."""
    if given := os.environ.get("XLLM_MIRROR"):
        return given
    for file in [*pathlib.Path("/etc/apt/sources.list.d").glob("*"), pathlib.Path("/etc/apt/sources.list")]:
        if file.is_file() and (found := re.search(r"^(?:URIs:|deb(?: \[.*\])?) *(\S+/debian/?)(?:\s|$)", file.read_text(), re.MULTILINE)):
            return found.group(1)
    raise SystemExit("No package source names a Debian mirror; set XLLM_MIRROR.")


class Tree:
    """One Debian release below `folder`."""

    def __init__(self, folder: pathlib.Path, release: str):
        self.folder, self.release, self.base = folder, release, folder / release

    def make(self):
        if not (self.base / "etc/debian_version").is_file():
            self.base.parent.mkdir(parents=True, exist_ok=True)
            run("debootstrap", "--variant=minbase", self.release, self.base, mirror())

    def choose(self, names):
        """Of "a|b" the one that the release has."""
        chosen = []
        for name in names:
            for choice in name.split("|"):
                told = subprocess.run(["chroot", self.base, "apt-cache", "show", choice], capture_output=True, check=False)
                if told.returncode == 0:
                    chosen.append(choice)
                    break
        return chosen

    def fetch(self, packages):
        """Puts packages of the release, and what they depend on, into its cache, from the network."""
        shutil.copy("/etc/resolv.conf", self.base / "etc/resolv.conf")
        with self.mounted(self.base):
            files = [str(name) for name in packages]
            run("chroot", self.base, "apt-get", "-qq", "update")
            run("chroot", self.base, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y", "--no-install-recommends", "--download-only",
                "install", *files, stdout=subprocess.DEVNULL)

    @staticmethod
    @contextlib.contextmanager
    def mounted(root: pathlib.Path):
        run("mount", "-t", "proc", "proc", root / "proc")
        run("mount", "--rbind", "/dev", root / "dev")
        try:
            yield
        finally:
            run("umount", "-R", "-l", root / "dev")
            run("umount", "-l", root / "proc")

    @contextlib.contextmanager
    def copy(self):
        """A copy to be used and thrown away."""
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            parts = {name: pathlib.Path(scratch) / name for name in ("upper", "work", "root")}
            for part in parts.values():
                part.mkdir()
                part.chmod(0o755)
            root = parts["root"]
            run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={self.base},upperdir={parts['upper']},workdir={parts['work']}", root)
            try:
                (root / "home/person").mkdir(parents=True)
                os.chown(root / "home/person", PERSON, PERSON)
                with open(root / "etc/passwd", "a") as passwd:
                    passwd.write(f"person:x:{PERSON}:{PERSON}::/home/person:/bin/sh\n")
                with self.mounted(root):
                    yield Copy(root)
            finally:
                run("umount", "-R", "-l", root)


class Copy:
    def __init__(self, root: pathlib.Path):
        self.root = root
        self.home = root / "home/person"

    def as_root(self, *command, **options):
        """Without a network."""
        return run("unshare", "-n", "chroot", self.root, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive",
                   *command, **options)

    def command(self, *command, **variables):
        """What starts `command` as an ordinary user without a network, with nothing but `variables` around it."""
        setting = {"PATH": "/usr/bin:/bin", "HOME": "/home/person"} | variables
        return [str(word) for word in ("unshare", "-n", "chroot", f"--userspec={PERSON}:{PERSON}", self.root, "env", "-i", "-C", "/home/person",
                                       *(f"{name}={value}" for name, value in setting.items()), *command)]

    def said(self, *command, timeout=300, **variables) -> str:
        outcome = subprocess.run(self.command(*command, **variables), capture_output=True, text=True, timeout=timeout, check=False)
        if outcome.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, command))} ended with {outcome.returncode}: {outcome.stderr[-2000:]}{outcome.stdout[-500:]}")
        return outcome.stdout

    def install(self, *packages):
        self.as_root("apt-get", "-qq", "-y", "--no-install-recommends", "install", *packages, stdout=subprocess.DEVNULL)

    def ours(self) -> list[str]:
        """Every file with our name that is not the person's."""
        found = []
        for folder, folders, files in os.walk(self.root):
            place = folder[len(str(self.root)):] or "/"
            if place in ("/proc", "/dev", "/sys", "/home", "/var/log", "/tmp"):
                folders.clear()
                continue
            found += [os.path.join(place, name) for name in folders + files if "xllm" in name.lower()]
        return sorted(found)
