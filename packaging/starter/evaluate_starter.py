#!/usr/bin/env python3
"""Measures the assembled starter pack with the program itself, on what was held out.

evaluate_starter.py WORK --xllm PROGRAM --pack PACK [--pictures N]  ->  WORK/evaluation.json and tables for docs/starter-card.md.
Pictures: does the greedy answer to "What is in this picture?" hold the name of the encoder's own first choice? Speech: word error
rate over whole lists, nothing left out. Ten answers of each are the first ten of their list. Standard library alone.
"""

import argparse
import json
import subprocess
from pathlib import Path

from texts import normalise

QUESTION = "What is in this picture?"


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines() if line.strip()]


def word_errors(reference: list[str], heard: list[str]) -> int:
    row = list(range(len(heard) + 1))
    for i, word in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, said in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(diagonal + (word != said), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def transcribe(program: str, pack: Path, folder: Path, examples: list[dict]) -> list[str]:
    files = [str(folder / example["audio"]) for example in examples]
    done = subprocess.run([program, "transcribe", "--model", str(pack), "--json", *files], capture_output=True, text=True, check=True)
    heard = {row["file"]: row["text"] for row in map(json.loads, done.stdout.splitlines())}
    return [normalise(heard.get(file, "")) for file in files]


def speech(program: str, pack: Path, work: Path) -> dict:
    result = {}
    for name in ("human", "voice", "valid"):
        examples = rows(work / f"speech/{name}.jsonl")
        heard = transcribe(program, pack, work / "speech", examples)
        errors = sum(word_errors(e["text"].split(), h.split()) for e, h in zip(examples, heard))
        words = sum(len(e["text"].split()) for e in examples)
        perfect = sum(e["text"] == h for e, h in zip(examples, heard))
        result[name] = {"clips": len(examples), "words": words, "errors": errors, "wordErrorRate": errors / words,
                        "withoutError": perfect, "first": [[e["text"], h] for e, h in list(zip(examples, heard))[:10]]}
        print(f"{name}: word error rate {errors / words:.3f} over {words} words in {len(examples)} clips, {perfect} clips without error")
    return result


def encoder_choices(work: Path) -> list[tuple[str, float]]:
    """What the encoder itself says of each held-out picture, as the last validation noted it (one view a picture)."""
    samples = sorted((work / "runs/image-language/samples").glob("*.txt"))[-1]
    lines = [line.split("\t") for line in samples.read_text().splitlines()]
    return [(fields[1], float(fields[2])) for fields in lines if fields[0] == "real"]


def pictures(program: str, pack: Path, work: Path, most: int) -> dict:
    folder = work / "pictures"
    held_out = rows(folder / "held_out.jsonl")
    choices = encoder_choices(work)
    if len(choices) != len(held_out):
        raise SystemExit(f"{len(held_out)} held-out pictures, but {len(choices)} validated views: train with validationViews 1")
    named = sure = named_sure = 0
    first = []
    chosen = list(zip(held_out, choices))[:most]
    for row, (name, probability) in chosen:
        png = folder / "current.png"
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(folder / row["picture"]), str(png)], check=True)
        done = subprocess.run([program, "chat", "--model", str(pack), "--image", str(png), "--prompt", QUESTION, "--greedy",
                               "--max-tokens", "32"], capture_output=True, text=True, check=True)
        answer = " ".join(done.stdout.split())
        right = name.lower() in answer.lower()
        named += right
        sure += probability > 0.5
        named_sure += right and probability > 0.5
        if len(first) < 10:
            first.append([name, probability, answer])
    print(f"pictures: the answer names the encoder's first choice on {named} of {len(chosen)}; where it is more than 0.5 sure, on "
          f"{named_sure} of {sure}")
    return {"views": len(chosen), "named": named, "sure": sure, "namedSure": named_sure, "first": first}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--xllm", required=True)
    arguments.add_argument("--pack", type=Path, required=True)
    arguments.add_argument("--pictures", type=int, default=1000)
    given = arguments.parse_args()
    result = {"speech": speech(given.xllm, given.pack, given.work),
              "pictures": pictures(given.xllm, given.pack, given.work, given.pictures)}
    (given.work / "evaluation.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    for name in ("human", "voice"):
        for said, heard in result["speech"][name]["first"]:
            print(f"| {said} | {heard} |")
    for name, probability, answer in result["pictures"]["first"]:
        print(f"| {name} ({probability:.2f}) | {answer} |")


if __name__ == "__main__":
    main()
