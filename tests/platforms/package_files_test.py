#!/usr/bin/env python3
"""The files from which packages for Windows and macOS are made, as far as another system can look at them.
Usage: package_files_test.py ROOT CMAKE CASE"""
import json
import os
import pathlib
import plistlib
import re
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
import zlib

ROOT, CMAKE = pathlib.Path(sys.argv[1]), sys.argv[2]
PACKAGING = ROOT / "packaging"
SKIPPED = 77


def bundles_say_why_they_want_microphone_and_camera():
    information = plistlib.loads((PACKAGING / "macos/Info.plist.in").read_bytes())
    for key in ("NSMicrophoneUsageDescription", "NSCameraUsageDescription"):
        assert information[key].endswith("Nothing leaves this computer."), key
    assert information["CFBundleExecutable"] == "xllm-desktop" and information["CFBundleIconFile"].endswith(".icns")
    assert "@PROJECT_VERSION@" in information["CFBundleShortVersionString"]
    entitled = plistlib.loads((PACKAGING / "macos/entitlements.plist").read_bytes())
    assert entitled == {"com.apple.security.device.audio-input": True, "com.apple.security.device.camera": True}


def windows_is_told_of_screens_and_rights():
    text = (PACKAGING / "windows/xllm-desktop.manifest").read_text()
    words = {element.tag.split("}")[1]: (element.text or "").strip() for element in xml.etree.ElementTree.fromstring(text).iter()}
    assert words["dpiAwareness"] == "PerMonitorV2" and words["activeCodePage"] == "UTF-8" and words["longPathAware"] == "true"
    assert 'level="asInvoker"' in text
    package = (PACKAGING.parent / "cmake/XllmPackageWindows.cmake").read_text()
    assert "foreach(program IN LISTS programs)\n  target_sources(${program} PRIVATE ${package_source}/xllm-desktop.manifest)" in package
    assert "list(APPEND programs xllm-decoder)" in package


def the_installer_asks_for_no_administrator():
    script = PACKAGING / "windows/per_user_nsis.cmake"
    with tempfile.TemporaryDirectory() as folder:
        ask = pathlib.Path(folder) / "ask.cmake"
        ask.write_text('message("${CMAKE_ROOT}/Modules/Internal/CPack/NSIS.template.in")')
        template = subprocess.run([CMAKE, "-P", ask], capture_output=True, text=True, check=True).stderr.strip()
        out = pathlib.Path(folder) / "NSIS.template.in"
        subprocess.run([CMAKE, f"-DTEMPLATE={template}", f"-DOUT={out}", "-P", script], check=True)
        made, given = out.read_text(), pathlib.Path(template).read_text()
        assert "RequestExecutionLevel user" in made and "RequestExecutionLevel admin" not in made
        assert "SetShellVarContext all" not in made and len(made.splitlines()) == len(given.splitlines())
        (pathlib.Path(folder) / "other").write_text(given.replace("RequestExecutionLevel admin", "RequestExecutionLevel highest"))
        refused = subprocess.run([CMAKE, f"-DTEMPLATE={folder}/other", f"-DOUT={out}", "-P", script], capture_output=True, text=True)
        assert refused.returncode != 0 and "must be fitted" in refused.stderr


def png(side):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\x00" + b"\x20\x40\x80\xff" * side) * side
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + \
        chunk(b"IEND", b"")


def icons_hold_every_size():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = [folder / f"{side}.png" for side in (16, 32, 256, 512)]
        for file in files:
            file.write_bytes(png(int(file.stem)))
        make = [sys.executable, PACKAGING / "make_icon.py"]
        subprocess.run([*make, folder / "a.ico", *files], check=True)
        subprocess.run([*make, folder / "a.icns", *files], check=True)
        ico, icns = (folder / "a.ico").read_bytes(), (folder / "a.icns").read_bytes()
        assert struct.unpack("<HHH", ico[:6]) == (0, 1, 3)  # Windows knows none above 256
        for i, side in enumerate((16, 32, 256)):
            width, height, _, _, planes, bits, size, place = struct.unpack("<BBBBHHII", ico[6 + 16 * i:22 + 16 * i])
            assert (width, height, planes, bits) == (side % 256, side % 256, 1, 32) and ico[place:place + size] == png(side)
        assert icns[:4] == b"icns" and struct.unpack(">I", icns[4:8])[0] == len(icns)
        kinds, at = [], 8
        while at < len(icns):
            kinds.append(icns[at:at + 4])
            at += struct.unpack(">I", icns[at + 4:at + 8])[0]
        assert kinds == [b"icp4", b"icp5", b"ic08", b"ic09"] and at == len(icns)
        (folder / "no.png").write_bytes(b"not a picture at all, though long enough")
        refused = subprocess.run([*make, folder / "b.ico", folder / "no.png"], capture_output=True, text=True)
        assert refused.returncode == 1 and "no.png is not a PNG picture" in refused.stderr


def without_a_key_nothing_is_signed():
    environment = {key: value for key, value in os.environ.items() if not key.startswith("XLLM_")}
    said = subprocess.run([PACKAGING / "macos/sign_and_notarise.sh", "/no/such.app"], capture_output=True, text=True, env=environment)
    assert said.returncode == 0 and "nothing is signed" in said.stdout, said
    said = subprocess.run([PACKAGING / "macos/sign_and_notarise.sh", "/no/such.app"], capture_output=True, text=True,
                          env=environment | {"XLLM_SIGN_IDENTITY": "Somebody"})
    assert said.returncode == 1 and "/no/such.app is not there" in said.stderr, said
    assert "nothing is signed" in (PACKAGING / "windows/sign.ps1").read_text()


def the_three_systems_use_presets_that_are_there():
    presets = json.loads((ROOT / "CMakePresets.json").read_text())
    known = {kind: {each["name"] for each in presets[kind + "Presets"]} for kind in ("configure", "build", "test", "package")}
    text = (ROOT / ".github/workflows/build.yml").read_text()
    asked = {"configure": re.findall(r"cmake --preset (\w+)", text), "build": re.findall(r"cmake --build --preset (\w+)", text),
             "test": re.findall(r"ctest --preset (\w+)", text), "package": re.findall(r"cpack --preset (\w+)", text)}
    for kind, names in asked.items():
        assert set(names) == {"release", "windows", "macos"}, (kind, names)
        assert set(names) <= known[kind], (kind, names)
    needed = {each["name"] if isinstance(each, dict) else each for each in json.loads((PACKAGING / "windows/vcpkg.json").read_text())["dependencies"]}
    assert {"qtbase", "ffmpeg", "opencv4", "sentencepiece", "nlohmann-json", "cli11", "tl-expected", "md4c", "curl"} <= needed
    try:
        import yaml
    except ImportError:
        return
    jobs = yaml.safe_load(text)["jobs"]
    assert set(jobs) == {"linux", "windows", "macos"}
    for job in jobs.values():
        assert all("run" in step or "uses" in step for step in job["steps"])


if __name__ == "__main__":
    globals()[sys.argv[3]]()
