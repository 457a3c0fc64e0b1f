#!/usr/bin/env python3
"""Makes a pack of another one and an interface that was trained anew.

add_interface.py PACK RUN --out FOLDER. The new pack links to the old one's files and has RUN's weights instead of, or beside, those
of the same kind; what stands around its soft tokens is taken from the run. Standard library alone.
"""

import argparse
import json
from pathlib import Path

from pack_starter import entry, header, place

FILES = {"image": "interfaces/image/i2l.safetensors", "video": "interfaces/video/v2l.safetensors", "speech": "interfaces/speech/s2l.safetensors"}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("pack", type=Path, help="folder of a pack")
    arguments.add_argument("run", type=Path, help="folder of a run of xllm train")
    arguments.add_argument("--out", type=Path, required=True)
    given = arguments.parse_args()
    manifest, weights = given.pack / "pack.json", given.run / "interface.safetensors"
    for file, what in ((manifest, "Give the folder of a pack."), (weights, "Give the folder of a run that has ended.")):
        if not file.is_file():
            raise SystemExit(f"{file} is not there. {what}")
    if given.out.exists():
        raise SystemExit(f"{given.out} is there already. Give a folder that is not there yet.")
    pack, settings = json.loads(manifest.read_text()), json.loads((given.run / "run.json").read_text())["config"]
    kind = settings["stage"].split("-")[0]
    if kind not in FILES:
        raise SystemExit(f"{given.run} is a run of stage \"{settings['stage']}\", which trains more than one interface: use pack_starter.py --integrated.")
    interface = pack["interfaces"].setdefault(kind, {})
    interface |= {"file": FILES[kind], "config": json.loads(header(weights)["__metadata__"]["config"])}
    if "before" in settings or "after" in settings:
        interface["wrap"] = {"before": settings.get("before", ""), "after": settings.get("after", "")}
    pack["files"] = [file for file in pack["files"] if file["path"] != FILES[kind]]
    for file in pack["files"]:
        place(given.pack / file["path"], given.out / file["path"], link=True)
    place(weights, given.out / FILES[kind], link=False)
    pack["files"].append(entry(FILES[kind], given.out / FILES[kind], "your own", f"trained by xllm train, stage {settings['stage']}"))
    pack["name"] += f" with {given.run.name}"
    (given.out / "pack.json").write_text(json.dumps(pack, indent=2, ensure_ascii=False) + "\n")
    print(f"{given.out}: a pack. Try: xllm chat --model {given.out}")


if __name__ == "__main__":
    main()
