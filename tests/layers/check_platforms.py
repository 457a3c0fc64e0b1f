#!/usr/bin/env python3
"""Checks that the product compiles without calls of one system outside files that are named after it.

A file called *_linux.cpp, *_macos.cpp, *_posix.cpp or *_windows.cpp may include what its system alone has; every other file of core/,
media/, ui/ and app/ may not, nor look into /proc. Each such file has its twins: Windows always, macOS where there is no *_posix.cpp.
Prints one line per violation. Usage: check_platforms.py ROOT
"""
import pathlib
import re
import sys

SYSTEMS = ("linux", "macos", "posix", "windows")
# Windows of sound, not of Microsoft.
NO_SYSTEM = {"core/encoders/sound_windows", "core/transcription/speech_windows"}
# Headers that one system, or one family of systems, has.
HEADERS = re.compile(
    r"(unistd|fcntl|dlfcn|pthread|signal|sched|poll|termios|spawn|dirent|semaphore|malloc|execinfo|pwd|grp|netdb|ifaddrs|glob|fnmatch|ucontext|"
    r"link|libproc|syslog|utime|strings|alloca|io|direct|process|windows|winsock2|psapi|shlobj|tlhelp32|dbghelp)\.h$"
    r"|csignal$|(sys|linux|arpa|netinet|net|mach|mach-o|asm)/")
INCLUDE = re.compile(r"^\s*#\s*include\s+<([^>]+)>")
# Words that no other system understands, though no header gives them away.
WORDS = [(re.compile(r'"/(proc|sys|dev)/'), "a path of Linux"),
         (re.compile(r"\b(std::signal|::kill|::fork|::getpid|::setenv|::unsetenv|::localtime_r|::usleep|::mkstemp|::strndup)\s*\("), "a call of POSIX")]


def system_of(path: pathlib.PurePath):
    if path.with_suffix("").as_posix() in NO_SYSTEM:
        return None
    return next((system for system in SYSTEMS if path.stem.endswith("_" + system)), None)


def missing_twins(files):
    """What of a family of files is not there."""
    families = {}
    for path in files:
        if system := system_of(path):
            families.setdefault(path.as_posix()[: -len(f"_{system}{path.suffix}")], set()).add(system)
    for stem, systems in sorted(families.items()):
        if "windows" not in systems:
            yield f"{stem}_windows.cpp is missing: Windows has nothing for {stem}"
        if "posix" not in systems and not {"linux", "macos"} <= systems:
            yield f"{stem}: only {', '.join(sorted(systems))}; macOS and Linux need a *_posix.cpp, or one each"


def complaints_about(root: pathlib.Path):
    files = [file for top in ("core", "media", "ui", "app") for file in sorted((root / top).rglob("*")) if file.suffix in (".h", ".cpp", ".inc")]
    for file in files:
        path = pathlib.PurePosixPath(file.relative_to(root).as_posix())
        if system_of(path):
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if (match := INCLUDE.match(line)) and HEADERS.match(match[1]):
                yield f"{path.as_posix()}:{number}: <{match[1]}> is not there on every system; move what needs it into *_posix.cpp, *_windows.cpp …"
            for word, what in WORDS:
                if word.search(line):
                    yield f"{path.as_posix()}:{number}: {what}; move it into a file of its system"
    yield from missing_twins([pathlib.PurePosixPath(file.relative_to(root).as_posix()) for file in files])


if __name__ == "__main__":
    found = list(complaints_about(pathlib.Path(sys.argv[1])))
    print("\n".join(found) if found else "platforms: what one system alone has stands in files of its name")
    sys.exit(1 if found else 0)
