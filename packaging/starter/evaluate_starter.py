#!/usr/bin/env python3
"""Measures an assembled starter pack with `xllm evaluate`, on what was held out, and writes the figures of docs/starter-card.md.

evaluate_starter.py WORK --xllm PROGRAM --pack PACK [--runs RUNS] [--card FILE] [--quick]

Pictures: does the answer hold the name of the encoder's own first choice? Speech: word error rates, Whisper's own decoder beside
them. Spoken questions: does the answer hold the question's topic? Nobody speaks: is that said? Clips, and the same questions with
the middle frame alone. A picture with a spoken question: does the answer hold what only both together tell? Ten answers of each kind
are the first ten of their list. Between the two marks in the card everything is written anew. Standard library alone.
"""

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

from make_answers import Nouns, right_answers
from make_speech import HELD_OUT_VOICE
from texts import MEASURED, normalise

HERE = Path(__file__).resolve().parent
MARKS = ("<!-- figures: written by evaluate_starter.py -->", "<!-- end of figures -->")
TOGETHER = 240
CLIPS = 40
QUESTION = "What is in this picture?"


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines() if line.strip()] if file.exists() else []


def write_rows(file: Path, lines: list[dict]) -> None:
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def evaluate(program: str, pack: Path, folder: Path, name: str, tasks: list[dict]) -> tuple[list[dict], list[dict]]:
    """Runs the tasks; answers the report's tasks and all items."""
    config = folder / f"{name}.json"
    report, items = folder / f"{name}.report.json", folder / f"{name}.items.jsonl"
    config.write_text(json.dumps({"model": str(pack), "report": str(report), "items": str(items), "tasks": tasks}, indent=1))
    subprocess.run([program, "evaluate", str(config)], check=True, stdout=sys.stderr)
    return json.loads(report.read_text())["tasks"], rows(items)


def word_errors(reference: list[str], heard: list[str]) -> int:
    row = list(range(len(heard) + 1))
    for i, word in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, said in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(diagonal + (word != said), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def whisper_rate(work: Path, name: str) -> str:
    heard = {row["audio"]: normalise(row["text"]) for row in rows(work / f"speech/{name}.whisper.jsonl")}
    if not heard:
        return "–"
    pairs = [(normalise(row["text"]).split(), heard.get(row["audio"], "").split()) for row in rows(work / f"speech/{name}.jsonl")[:MEASURED]]
    words = sum(len(reference) for reference, _ in pairs)
    return f"{sum(word_errors(*pair) for pair in pairs) / words:.1%}" if words else "–"


def questions_about_sound(work: Path, folder: Path) -> list[dict]:
    speech = work / "speech"
    asked = [{"turns": [{"user": [{"audio": str(speech / row["audio"])}]}], "accept": row["accept"]}
             for row in rows(speech / "questions.jsonl")]
    write_rows(folder / "questions.jsonl", asked)
    silent = [{"turns": [{"user": [{"audio": str(speech / row["audio"])}]}], "accept": ["I heard nothing."]}
              for row in rows(speech / "nothing.jsonl")]
    write_rows(folder / "nothing.jsonl", silent)
    tasks = [{"kind": "transcription", "name": name, "list": str(speech / f"{name}.jsonl"), "limit": MEASURED}
             for name in ("human", "voice", "stranger", "valid")]
    return tasks + [{"kind": "question", "name": "spoken questions", "list": str(folder / "questions.jsonl")},
                    {"kind": "question", "name": "nobody speaks", "list": str(folder / "nothing.jsonl"), "exact": True}]


def together(work: Path, folder: Path, seen: list[dict]) -> list[dict]:
    """A picture that the encoder is sure of, and a spoken question about it; the answer must name the one and fit the other."""
    nouns = Nouns()
    names = (work / "class_names.txt").read_text().splitlines()
    asks = list(dict.fromkeys(row["ask"] for row in rows(work / "answers.jsonl")))
    sure = sorted((item for item in seen if item.get("probability", 0) > 0.5), key=lambda item: item["file"])
    lines = []
    for number in range(min(TOGETHER, len(asks) * len(sure))):
        item, ask = sure[number % len(sure)], asks[(number + number // len(sure)) % len(asks)]
        sound = folder / f"{normalise(ask).replace(' ', '-')}.wav"
        if not sound.exists():
            subprocess.run(["flite", "-voice", HELD_OUT_VOICE, "-t", ask, "-o", str(sound)], check=True)
        accept = right_answers(item["encoder"], names.index(item["encoder"]), ask, nouns)
        if accept:
            lines.append({"turns": [{"user": [{"image": item["file"]}, {"audio": str(sound)}]}], "accept": accept})
    write_rows(folder / "together.jsonl", lines)
    return [{"kind": "question", "name": "together", "list": str(folder / "together.jsonl")}]


def crop(source: Path, target: Path, rng: random.Random) -> None:
    """A seeded part of a binary PPM file, three quarters of each side."""
    magic, size, depth, pixels = source.read_bytes().split(b"\n", 3)
    width, height = (int(number) for number in size.split())
    wide, high = width * 3 // 4, height * 3 // 4
    left, top = rng.randint(0, width - wide), rng.randint(0, height - high)
    rows = (pixels[3 * (line * width + left):][:3 * wide] for line in range(top, top + high))
    target.write_bytes(magic + f"\n{wide} {high}\n".encode() + depth + b"\n" + b"".join(rows))


def views(work: Path, folder: Path) -> Path:
    """Every held-out picture as it is, and a part of it."""
    lines = []
    (folder / "views").mkdir(exist_ok=True)
    for row in rows(work / "pictures/held_out.jsonl"):
        whole = work / "pictures" / row["picture"]
        part = folder / "views" / row["picture"]
        if not part.exists():
            crop(whole, part, random.Random(row["picture"]))
        lines += [{"picture": str(whole)}, {"picture": str(part)}]
    write_rows(folder / "views.jsonl", lines)
    return folder / "views.jsonl"


def percent(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.1%})" if whole else "–"


def table(head: list[str], lines: list[list[object]]) -> str:
    row = lambda cells: "| " + " | ".join(str(cell).replace("|", "/").replace("\n", " ") for cell in cells) + " |"  # noqa: E731
    return "\n".join([row(head), row(["---"] * len(head)), *(row(line) for line in lines)]) + "\n"


SAID = {"human": "human prompts held out by text (same speaker as in training)",
        "voice": "a synthetic voice never trained on (flite's `rms`), new sentences",
        "stranger": "another human, never trained on: single names of animals",
        "valid": "known voices with noise, room and odd speeds, new sentences"}


def figures(work: Path, runs: str, results: dict[str, tuple[dict, list[dict]]]) -> str:
    """The part of the card that is measured."""
    report, items = results["pictures"]
    made_up = [json.loads(line) for line in (work / runs / "image-language/metrics.jsonl").read_text().splitlines()]
    last = [row["validation"] for row in made_up if "validation" in row][-1]
    text = ["## Pictures", "", f'Asked "{QUESTION}", the answer holds the name of the encoder\'s own first choice, word for word, on', ""]
    text += [table(["held out", "named"], [
        [f"all {report['items']} views of real pictures (each whole, and three quarters of each side)", percent(report["named"], report["items"])],
        ["of these, where the encoder is more than 0.5 sure", percent(report["namedWhereSure"], report["sure"])],
        [f"{last['madeUp.views']:.0f} made-up feature maps, spread over all classes (teacher-forced, every word right)",
         f"{last['madeUp.answered']:.1%}"]])]
    text += [table(["encoder's first choice (how sure)", "answer"],
                   [[f"{i['encoder']} ({i['probability']:.2f})", i.get("answer", i.get("error"))] for i in items[:10]])]
    text += ["## Speech", "", "Recognition is read from S2L's own scores, with the frozen language model's help (`xllm transcribe`). Word error rate "
             "over the whole list, nothing left out; compared in lower case, without punctuation, numbers as words.", ""]
    text += [table(["list", "clips", "words", "word error rate", "Whisper base's own decoder", "clips without an error"],
                   [[said, results[name][0]["items"], results[name][0]["units"], f"{results[name][0]['wordErrorRate']:.1%}",
                     whisper_rate(work, name), results[name][0]["withoutError"]] for name, said in SAID.items()])]
    for name in ("human", "voice"):
        text += [f"{SAID[name][0].upper() + SAID[name][1:]}:", "",
                 table(["said", "heard"], [[i["reference"], i.get("hypothesis", i.get("error"))] for i in results[name][1][:10]])]
    for name, title, what in (
            ("spoken questions", "Spoken questions", "New questions in the voice that was never trained on, answered with their topic (a word of it, in any form):"),
            ("together", "A picture and a spoken question", "Answered from both, by what WordNet knows of the thing:"),
            ("nobody speaks", "Nobody speaks", 'Half a minute each of silence, noise, an engine, rain and music, answered "I heard nothing.":')):
        report, items = results[name]
        text += [f"## {title}", "", f"{what} {percent(report['right'], report['items'])}.", "",
                 table(["asked", "answer"], [[i["question"], i.get("answer", i.get("error"))] for i in items[:10]])]
    return "\n".join(text + clip_figures(work) + long_clip_figures(work))


def clip_figures(work: Path) -> list[str]:
    """What evaluate_clips.py measured; nothing where there is no such measurement."""
    file = work / "clips/evaluation.json"
    if not file.exists():
        return []
    measured = json.loads(file.read_text())
    groups = [(name, row) for name, row in measured.items() if isinstance(row, dict)]
    return ["## Clips", "", f"{measured['clips']} made clips of things that were never trained on, {measured['questions']} questions; the same with the middle "
            "frame alone for comparison. \"Named\" counts the answers to the first question that also hold the thing's name.", "",
            table(["question", "asked", "right from the clip", "right from one frame"],
                  [[name, row["asked"], f"{row['clip']:.1%}", f"{row['oneFrame']:.1%}"] for name, row in groups]),
            table(["asked", "wanted", "answer"], [[i["ask"], i["wanted"], i["clip"]] for i in measured["answers"][:10]])]


KINDS = {"all that change": "all in which something happens", "change": "a thing appears or vanishes", "move": "a thing moves",
         "order": "one thing, then another", "stay": "a thing stays (for comparison)"}


def long_clip_figures(work: Path) -> list[str]:
    """Of the clips of 20 seconds, as evaluate_clips.py measured them; nothing where there is no such measurement."""
    file = work / "clips/long_evaluation.json"
    if not file.exists():
        return []
    measured = json.loads(file.read_text())
    groups = [(KINDS[name], measured["groups"][name]) for name in KINDS if name in measured["groups"]]
    frames, whole = measured["frames"], measured["groups"]["all that change"]
    return [f"### Clips of {measured['seconds']} seconds, their frames, and backwards", "",
            f"{measured['clips']} made clips of {measured['seconds']} seconds of things that were never trained on (backgrounds: {measured['backgrounds']}), asked \"What happens in this clip?\"; the same of each of the "
            f"{frames} frames that the program looks at, alone, for as long, and of the clip backwards. An answer is right when it says what happens, and for two things in which order; the "
            "thing's name counts only there. Where something happens, the clip was answered right and none of its frames was in "
            f"{percent(whole['better'], whole['clips'])}; some frame was and the clip was not in {percent(whole['worse'], whole['clips'])}.", "",
            table(["what happens", "clips", "right from the clip", "right from some frame", "right from a frame, on average", "backwards: another answer", "backwards: right"],
                  [[name, row["clips"], *(percent(row[key], row["clips"]) for key in ("right", "anyFrame")), percent(row["frames"], frames * row["clips"]),
                    *(percent(row[key], row["clips"]) for key in ("different", "backwards"))] for name, row in groups]),
            table(["wanted", "from the clip", "from its middle frame", "backwards"],
                  [[i["wanted"], i["clip"], i["frames"][frames // 2], i["backwards"]] for i in measured["answers"][:9]])]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--xllm", required=True)
    arguments.add_argument("--pack", type=Path, required=True)
    arguments.add_argument("--runs", default="runs")
    arguments.add_argument("--card", type=Path, help="its figures are written anew")
    arguments.add_argument("--quick", action="store_true", help="do not let Whisper's decoder hear what it has not heard yet")
    given = arguments.parse_args()
    work = given.work.resolve()
    folder = work / "evaluation"
    folder.mkdir(exist_ok=True)
    whisper = work / "tts/bin/python"
    missing = [name for name in SAID if not (work / f"speech/{name}.whisper.jsonl").exists()]
    if missing and whisper.exists() and not given.quick:
        subprocess.run([str(whisper), str(HERE / "whisper_words.py"), str(work), *missing], check=False)
    results: dict[str, tuple[dict, list[dict]]] = {}

    def measure(name: str, tasks: list[dict]) -> None:
        reports, items = evaluate(given.xllm, given.pack, folder, name, tasks)
        for report in reports:
            results[report["task"]] = (report, [item for item in items if item["task"] == report["task"]])

    measure("sound", questions_about_sound(work, folder))
    measure("pictures", [{"kind": "retention", "name": "pictures", "list": str(views(work, folder)),
                          "names": str(work / "class_names.txt"), "question": QUESTION}])
    measure("together", together(work, folder, results["pictures"][1]))
    if (work / "clips/held_out.jsonl").exists():
        subprocess.run([sys.executable, str(HERE / "evaluate_clips.py"), str(work), "--xllm", given.xllm, "--pack", str(given.pack),
                        "--clips", str(CLIPS)], check=True, stdout=sys.stderr)
    text = figures(work, given.runs, results)
    if given.card:
        card = given.card.read_text()
        before, after = card.split(MARKS[0])[0], card.split(MARKS[1])[1]
        given.card.write_text(f"{before}{MARKS[0]}\n\n{text}\n{MARKS[1]}{after}")
    print(text)


if __name__ == "__main__":
    main()
