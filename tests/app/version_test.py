#!/usr/bin/env python3
"""Which commit the programs name: write_version.cmake in repositories and archives made for it. Usage: version_test.py CMAKE SOURCE CASE"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

CMAKE, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
NEEDED = [".gitattributes", "app/version/version.cpp.in", "cmake/commit.txt", "cmake/write_version.cmake"]
SKIPPED = 77


def tree(folder: pathlib.Path):
    for name in NEEDED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SOURCE / name, folder / name)
    return folder


def git(folder, *arguments):
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def commit(folder, why):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", why)
    return git(folder, "rev-parse", "HEAD")


def written(source, out):
    subprocess.run([CMAKE, f"-DSOURCE={source}", "-DVERSION=1.2.3", f"-DOUT={out}", "-P", source / "cmake/write_version.cmake"],
                   check=True, capture_output=True)
    return out.read_text()


def a_commit_changes_the_source_and_nothing_else_does(folder):
    source, out = tree(folder / "source"), folder / "version.cpp"
    git(source, "init", "--quiet")
    first = commit(source, "First")
    assert f"1.2.3 (commit {first[:12]})" in written(source, out)
    before = out.stat().st_mtime_ns
    (source / "README.md").write_text("changed, and not committed")
    written(source, out)
    assert out.stat().st_mtime_ns == before, "written again though nothing changed"
    second = commit(source, "Second")
    assert second[:12] in written(source, out) and first[:12] not in out.read_text()


def an_archive_knows_its_commit(folder):
    repository, source = tree(folder / "repository"), folder / "source"
    git(repository, "init", "--quiet")
    made = commit(repository, "First")
    source.mkdir()
    archive = subprocess.run(["git", "-C", repository, "archive", "HEAD"], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", source], input=archive, check=True)
    assert f"(commit {made[:12]})" in written(source, folder / "version.cpp")


def files_without_a_commit_say_so(folder):
    git(folder, "init", "--quiet")
    around = commit(folder, "A repository of somebody's own around our files")
    text = written(tree(folder / "source"), folder / "version.cpp")
    assert "(commit unknown)" in text and around[:12] not in text


if __name__ == "__main__":
    if not shutil.which("git"):
        print("git is not installed")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as scratch:
        globals()[sys.argv[3]](pathlib.Path(scratch))
