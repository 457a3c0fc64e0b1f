#!/usr/bin/env python3
"""Asks the program about clips of things it was never trained on, and the same about one frame of each.

evaluate_clips.py WORK --xllm PROGRAM --pack PACK [--clips N] [--only-long]  ->  WORK/clips/evaluation.json and both accuracies, by question
and event; WORK/clips/long_evaluation.json for the clips of 20 seconds, where the answer is set against those from each frame that the program
looks at, alone, and from the clip backwards.
An answer is right when it holds every text of the row's "expect" as a word of its own and none of "reject" (make_clips.py). "Named" counts
the answers to the first question that also hold the thing's name. One frame: a clip of the same length that shows that frame alone.
Needs ffmpeg for that. Standard library alone.
"""

import argparse
import collections
import json
import re
import subprocess
from pathlib import Path

from make_clips import ASK_WHAT, backgrounds, dialogue, fill

FRAMES = 8  # that the program looks at, however long a clip is


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


def seconds_of(clip: Path) -> float:
    return float(subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(clip)],
                                capture_output=True, text=True, check=True).stdout)


def ffmpeg(target: Path, before: list[str], after: list[str] | None = None) -> Path:
    part = target.with_suffix(".part" + target.suffix)
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1", *before, *(after or []), str(part)], check=True)
    part.rename(target)
    return target


def only_frame(clip: Path, target: Path, at: float, rate: int = 10) -> Path:
    """The frame seen at `at`, a share of the clip's length, for as long as the clip."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        seconds = seconds_of(clip)
        still = ffmpeg(target.with_suffix(".png"), ["-ss", f"{seconds * at:.3f}", "-i", str(clip), "-frames:v", "1"])
        ffmpeg(target, ["-loop", "1", "-framerate", str(rate), "-t", f"{seconds:.3f}", "-i", str(still)],
               ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "12"])
        still.unlink()
    return target


def backwards(clip: Path, target: Path) -> Path:
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        ffmpeg(target, ["-i", str(clip)], ["-vf", "reverse", "-an", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "18"])
    return target


def answers_to(program: str, pack: Path, folder: Path, asked: list[tuple[Path, str]]) -> list[str]:
    """All in one run of the program."""
    lines, config, items = folder / "asked.jsonl", folder / "asked.json", folder / "asked.items.jsonl"
    lines.write_text("".join(json.dumps({"turns": [{"user": [{"video": str(clip)}, question]}], "accept": ["?"]}) + "\n" for clip, question in asked))
    config.write_text(json.dumps({"model": str(pack), "report": str(folder / "asked.report.json"), "items": str(items),
                                  "tasks": [{"kind": "question", "list": str(lines), "maxTokens": 32}]}))
    subprocess.run([program, "evaluate", str(config)], check=True, stdout=subprocess.DEVNULL)
    return [" ".join(item.get("answer", "").split()) for item in rows(items)]


BACKWARDS = {"appear": "vanish", "vanish": "appear", "left": "right", "right": "left", "up": "down", "down": "up"}


def reversed_row(row: dict) -> dict:
    """What is right when the clip runs backwards."""
    first, second, _ = row["words"]
    names = [second, first] if row["event"] == "order" else [first, second]
    question = dialogue(BACKWARDS.get(row["event"], row["event"]))[0]
    return {key: [fill(text, names) for text in question[key]] for key in ("expect", "reject")}


def tells_the_order(row: dict, answer: str) -> bool:
    """Both things in the right order: "expect" alone does not tell a clip from the same backwards."""
    first, second = (answer.lower().find(text.lower()) for text in row["expect"][2:4])
    return is_right(row, answer) and first < second


def evaluate_long(program: str, pack: Path, folder: Path, most: int) -> None:
    """The clip, each of its frames alone, and the clip backwards, all asked what happens."""
    asked_rows = [row for row in rows(folder / "long.jsonl") if row["ask"] == ASK_WHAT[0]][:most]
    asked = []
    for row in asked_rows:
        clip = folder / row["video"]
        frames = [only_frame(clip, folder / f"long_frames/{clip.stem}-{i}.mp4", (i + 0.5) / FRAMES, rate=1) for i in range(FRAMES)]
        asked += [(file, row["ask"]) for file in (clip, *frames, backwards(clip, folder / "long_backwards" / clip.name))]
    answers = answers_to(program, pack, folder, asked)
    tally: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    entries = []
    for number, row in enumerate(asked_rows):
        forward, *frames, back = answers[number * (FRAMES + 2):(number + 1) * (FRAMES + 2)]
        judge = tells_the_order if row["event"] == "order" else is_right
        right, of_frames = judge(row, forward), [judge(row, answer) for answer in frames]
        for group in ([] if row["event"] == "stay" else ["all that change"]) + [kind_of(row["event"])]:
            tally[group].update({"clips": 1, "right": right, "better": right and not any(of_frames), "worse": any(of_frames) and not right,
                                 "anyFrame": any(of_frames), "frames": sum(of_frames), "different": forward != back,
                                 "backwards": judge(reversed_row(row), back)})
        entries.append({"video": row["video"], "wanted": row["answer"], "clip": forward, "frames": frames, "backwards": back})
    on = "plain ones, gradients and blurred pictures" if backgrounds(folder.parent, "held_out") else "plain ones and gradients"
    result = {"clips": len(asked_rows), "backgrounds": on, "seconds": round(seconds_of(asked[0][0])), "frames": FRAMES, "groups": {k: dict(v) for k, v in sorted(tally.items())},
              "answers": entries}
    (folder / "long_evaluation.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    for group, counts in result["groups"].items():
        print(f"{group}: {counts}")


def kind_of(event: str) -> str:
    return event if event in ("order", "stay") else "move" if event in ("left", "right", "up", "down") else "change"


def evaluate_held_out(given: argparse.Namespace, folder: Path) -> None:
    held_out = rows(folder / "held_out.jsonl")
    wanted = sorted({row["video"] for row in held_out})[:given.clips]
    held_out = [row for row in held_out if row["video"] in wanted]
    tally: dict[str, collections.Counter] = {"clip": collections.Counter(), "one frame": collections.Counter()}
    answers = []
    for row in held_out:
        row["asked"] = re.sub(r"the .*\?", "the …?", row["ask"]) if row["event"] == "order" and "after" in row["ask"] else row["ask"]
        clip = folder / row["video"]
        entry = {"video": row["video"], "ask": row["ask"], "wanted": row["answer"]}
        for view, file in (("clip", clip), ("one frame", only_frame(clip, folder / "one_frame" / clip.name, 0.5))):
            answer = ask(given.xllm, given.pack, file, row["ask"])
            entry[view] = answer
            for group in ("all", f"{kind_of(row['event'])}: {row['asked']}"):
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


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--xllm", required=True)
    arguments.add_argument("--pack", type=Path, required=True)
    arguments.add_argument("--clips", type=int, default=1000, help="at most so many of each set")
    arguments.add_argument("--only-long", action="store_true", help="the clips of 20 seconds alone")
    given = arguments.parse_args()
    folder = given.work / "clips"
    if (folder / "long.jsonl").exists():
        evaluate_long(given.xllm, given.pack, folder, given.clips)
    if not given.only_long:
        evaluate_held_out(given, folder)


if __name__ == "__main__":
    main()
