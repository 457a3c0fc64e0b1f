#!/usr/bin/env python3
"""Asks the program about clips of things it was never trained on, and the same about one frame of each.

evaluate_clips.py WORK --xllm PROGRAM --pack PACK [--clips N]  ->  WORK/clips/evaluation.json and both accuracies, by question and event.
An answer is right when it holds every text of the row's "expect" as a word of its own and none of "reject" (make_clips.py). "Named" counts
the answers to the first question that also hold the thing's name. One frame: a clip of the same length that shows the middle frame alone.
Needs ffmpeg for that. Standard library alone.
"""

import argparse
import collections
import json
import re
import subprocess
from pathlib import Path


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines() if line.strip()]


def holds(answer: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(text.lower())}(?!\w)", answer.lower()) is not None


def is_right(row: dict, answer: str) -> bool:
    return all(holds(answer, text) for text in row["expect"]) and not any(holds(answer, text) for text in row["reject"])


def ask(program: str, pack: Path, clip: Path, question: str) -> str:
    done = subprocess.run([program, "chat", "--model", str(pack), "--video", str(clip), "--prompt", question, "--greedy", "--max-tokens", "32"],
                          capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


def middle_frame(clip: Path, target: Path) -> Path:
    """The frame in the middle, for as long as the clip."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        seconds = float(subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(clip)],
                                       capture_output=True, text=True, check=True).stdout)
        still = target.with_suffix(".png")
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-ss", f"{seconds / 2:.3f}", "-i", str(clip), "-frames:v", "1", str(still)], check=True)
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-loop", "1", "-framerate", "10", "-t", f"{seconds:.3f}", "-i", str(still),
                        "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "12", str(target)], check=True)
        still.unlink()
    return target


def kind_of(row: dict) -> str:
    return f"{row['event'] if row['event'] in ('order', 'stay') else 'move' if row['event'] in ('left', 'right', 'up', 'down') else 'change'}: {row['asked']}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--xllm", required=True)
    arguments.add_argument("--pack", type=Path, required=True)
    arguments.add_argument("--clips", type=int, default=1000, help="at most so many of the held-out clips")
    given = arguments.parse_args()
    folder = given.work / "clips"
    held_out = rows(folder / "held_out.jsonl")
    wanted = sorted({row["video"] for row in held_out})[:given.clips]
    held_out = [row for row in held_out if row["video"] in wanted]
    tally: dict[str, collections.Counter] = {"clip": collections.Counter(), "one frame": collections.Counter()}
    answers = []
    for row in held_out:
        row["asked"] = re.sub(r"the .*\?", "the …?", row["ask"]) if row["event"] == "order" and "after" in row["ask"] else row["ask"]
        clip = folder / row["video"]
        entry = {"video": row["video"], "ask": row["ask"], "wanted": row["answer"]}
        for view, file in (("clip", clip), ("one frame", middle_frame(clip, folder / "one_frame" / clip.name))):
            answer = ask(given.xllm, given.pack, file, row["ask"])
            entry[view] = answer
            for group in ("all", kind_of(row)):
                tally[view][group, "asked"] += 1
                tally[view][group, "right"] += is_right(row, answer)
            if row["ask"] == "What happens in this clip?":
                tally[view]["named", "asked"] += 1
                tally[view]["named", "right"] += holds(answer, row["words"][0])
        answers.append(entry)
    groups = sorted({group for group, _ in tally["clip"]} - {"all"})
    print(f"{len(wanted)} clips of things never trained on, {len(held_out)} questions")
    print("| question | asked | right from the clip | right from one frame |\n| --- | --- | --- | --- |")
    result = {"clips": len(wanted), "questions": len(held_out), "answers": answers}
    for group in ["all", *groups]:
        asked = tally["clip"][group, "asked"]
        shares = [tally[view][group, "right"] / asked for view in ("clip", "one frame")]
        result[group] = {"asked": asked, "clip": shares[0], "oneFrame": shares[1]}
        print(f"| {group} | {asked} | {shares[0]:.3f} | {shares[1]:.3f} |")
    (folder / "evaluation.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    for entry in answers[:10]:
        print(f"{entry['ask']} | wanted: {entry['wanted']} | clip: {entry['clip']} | one frame: {entry['one frame']}")


if __name__ == "__main__":
    main()
