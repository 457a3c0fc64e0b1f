#!/usr/bin/env python3
"""Checks who includes whom, by two tables: module → project modules it may include, and top folder → third-party roots.

Every project include is written from the root, so one look at an include line shows its layer. Prints one line per violation.
Usage: check_layers.py ROOT (the folder that holds core/, media/, ui/, app/).
"""
import pathlib
import re
import sys

# Module → modules it may include besides itself. A module is a folder with sources; the longest name that fits counts.
MODULES = {
    "core/base": [],
    "core/pch": [],
    "core/weights": ["core/base"],
    "core/tokenizer": ["core/base", "core/weights"],
    "core/kernels": ["core/base", "core/weights"],
    "core/llm": ["core/base", "core/weights", "core/kernels"],
    "core/encoders": ["core/base", "core/weights", "core/kernels"],
    "core/listening": ["core/base", "core/weights"],
    "core/transcription": ["core/base", "core/weights", "core/tokenizer", "core/encoders"],
    "core/x2l": ["core/base", "core/weights"],
    "core/model": ["core/base", "core/weights", "core/tokenizer", "core/llm", "core/encoders", "core/x2l"],
    "core/importing": ["core/base", "core/weights", "core/tokenizer", "core/llm", "core/encoders", "core/x2l", "core/model"],
    "core/benchmark": ["core/base", "core/weights", "core/kernels", "core/llm", "core/encoders", "core/model",
                       "core/generation"],
    "core/generation": ["core/base", "core/tokenizer", "core/llm", "core/model"],
    "core/engine": ["core/base", "core/generation/chat_request.h", "core/generation/chat_backend.h"],
    "core/data": ["core/base", "core/weights", "core/tokenizer", "core/encoders"],
    "core/training": ["core/base", "core/weights", "core/tokenizer", "core/llm", "core/encoders", "core/x2l", "core/model",
                      "core/generation", "core/data"],
    "core/evaluation": ["core/base", "core/weights", "core/tokenizer", "core/encoders", "core/x2l/config_fields.h", "core/model",
                        "core/generation", "core/data"],
    "media/base": ["core/base"],
    "media/decode": ["core/base", "media/base"],
    "media/isolated": ["core/base", "media/base"],
    "media/audio": ["core/base"],
    "media/camera": ["core/base"],
    "media/encode": ["core/base", "media/decode/ffmpeg.h"],
    "ui/pch": [],
    "ui/widgets": ["core/base"],
    "ui/history": ["core/base", "ui/bridge/media_kind.h", "ui/bridge/clip_choice.h"],
    "ui/bridge": ["core/base", "core/engine", "core/generation/chat_request.h", "core/generation/chat_backend.h"],
    "ui/chat": ["core/base", "core/generation/chat_request.h", "ui/widgets", "ui/bridge", "ui/models", "ui/history",
                "ui/settings/preset.h", "ui/composer/attachment_loader.h", "ui/playback"],
    "ui/composer": ["core/base", "core/generation/chat_request.h", "ui/widgets", "ui/bridge"],
    "ui/models": ["core/base", "core/generation/chat_request.h", "ui/widgets", "ui/bridge"],
    "ui/exporting": ["core/base", "ui/history"],
    "ui/camera": ["core/base", "media/camera", "media/encode", "media/audio", "ui/widgets", "ui/bridge"],
    "ui/listening": ["core/base", "core/listening", "core/generation/chat_request.h", "media/audio"],
    # What is read aloud is what is seen: the reader cuts and parses an answer as its message does.
    "ui/speaking": ["core/base", "core/generation/chat_request.h", "media/audio", "ui/widgets", "ui/bridge", "ui/listening/listening.h",
                    "ui/chat/letters.h", "ui/chat/markdown_document.h", "ui/chat/markdown_splitter.h"],
    "ui/playback": ["core/base", "core/generation/chat_request.h", "ui/widgets", "ui/bridge", "ui/composer/attachment_loader.h"],
    "ui/talk": ["core/base", "core/generation/chat_request.h", "ui/widgets", "ui/bridge", "ui/chat/conversation.h", "ui/composer",
                "ui/history/records.h", "ui/listening/listening.h", "ui/models/pack_state.h", "ui/settings/preferences.h"],
    # Lists for training are made of the person's data as the trainer reads it; training itself is another process.
    "ui/training": ["core/base", "core/data/data_check.h", "core/data/own_lists.h", "core/data/plain_media.h", "ui/widgets", "ui/bridge",
                    "ui/playback"],
    "ui/viewer": ["core/base", "core/generation/chat_request.h", "ui/widgets", "ui/bridge", "ui/playback"],
    "ui/sidebar": ["core/base", "ui/widgets", "ui/history"],
    "ui/settings": ["core/base", "ui/widgets", "ui/listening/listening.h"],
    "ui/window": ["core/base", "ui/widgets", "ui/bridge", "ui/chat", "ui/composer", "ui/listening/listening.h", "ui/models",
                  "ui/settings", "ui/playback", "ui/speaking", "ui/talk", "ui/history", "ui/sidebar", "ui/exporting", "ui/viewer",
                  "ui/camera", "ui/training", "media/camera/camera.h"],
    "app": ["core", "media", "ui"],
    "tests": ["core", "media", "ui", "app", "tests"],
}

# Which third-party headers a folder may see. The longest name that fits counts.
THIRD_PARTY = {
    "core": r"(torch|ATen|c10|caffe2)/|nlohmann/|tl/expected|",
    "core/base": r"tl/expected",
    "core/tokenizer": r"tl/expected|nlohmann/|sentencepiece",
    "core/engine": r"tl/expected",
    "core/evaluation": r"(torch|ATen|c10)/|nlohmann/|tl/expected|curl/",
    "media/decode": r"lib(av|sw)\w+/|opencv2/|tl/expected",
    "media/base": r"tl/expected",
    "media/isolated": r"tl/expected",
    "media/audio": r"Q[A-Z]|libsw\w+/|webrtc/|pulse/|tl/expected",
    "media/camera": r"Q[A-Z]|lib(av|sw)\w+/|tl/expected",
    "media/encode": r"lib(av|sw)\w+/|tl/expected",
    "media": r"Q[A-Z]|tl/expected",
    "ui": r"Q[A-Z]|md4c|tl/expected",
    "app/cli": r"CLI/|nlohmann/||(torch|ATen|c10)/|tl/expected",
    "app/desktop": r"Q[A-Z]|",
    "tests": r".",
}
# Files of a torch-free folder that see LibTorch all the same must be named here, with a reason.
EXCEPTIONS = {}

PROJECT = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
SYSTEM = re.compile(r"^\s*#\s*include\s+<([^>]+)>")
PROJECT_ROOTS = ("core/", "media/", "ui/", "app/", "tests/")


def longest(table, path):
    fitting = [key for key in table if path == key or path.startswith(key + "/")]
    return max(fitting, key=len) if fitting else None


def project_include_allowed(module, target):
    if target.startswith(module + "/"):
        return True
    return any(target == allowed or target.startswith(allowed + "/") for allowed in MODULES[module])


def is_third_party(header):
    """Standard and system headers carry no slash or come from the C library; everything else is somebody's library."""
    return bool(re.match(r"(torch|ATen|c10|caffe2|nlohmann|tl|spdlog|fmt|CLI|libav\w+|libsw\w+|opencv2|webrtc|pulse|curl|gtest|gmock|benchmark)/", header)
                or re.match(r"Q[A-Z]", header) or header.startswith("Qt") or "sentencepiece" in header or header.startswith("md4c"))


def check(root: pathlib.Path):
    complaints = []
    for top in ("core", "media", "ui", "app", "tests"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in (".h", ".cpp", ".inc"):
                continue
            path = file.relative_to(root).as_posix()
            module = longest(MODULES, path)
            if module is None:
                complaints.append(f"{path}: no module of the table in tests/layers/check_layers.py fits this file")
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                if match := PROJECT.match(line):
                    target = match[1]
                    if target.endswith((".inc", ".moc")):
                        continue
                    if not target.startswith(PROJECT_ROOTS):
                        complaints.append(f"{path}:{number}: \"{target}\" is not written from the root")
                    elif not project_include_allowed(module, target):
                        complaints.append(f"{path}:{number}: {module} must not include {target}")
                elif (match := SYSTEM.match(line)) and is_third_party(match[1]):
                    rule = THIRD_PARTY[longest(THIRD_PARTY, path)]
                    if not re.match(rule, match[1]) and path not in EXCEPTIONS:
                        complaints.append(f"{path}:{number}: {longest(THIRD_PARTY, path)} must not include <{match[1]}>")
    return complaints


if __name__ == "__main__":
    found = check(pathlib.Path(sys.argv[1]))
    print("\n".join(found) if found else "layers: every include is where it belongs")
    sys.exit(1 if found else 0)
