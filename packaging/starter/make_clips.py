#!/usr/bin/env python3
"""Makes the small set of clips V2L is trained and measured on: cut-out pictures of things to which one thing happens.

make_clips.py WORK [--train N] [--held-out N] [--long N] [--seed S]  ->  WORK/clips/{train,held_out,long}/*.mp4, a .jsonl beside each, and
WORK/clips/answers.jsonl

A thing appears, vanishes, moves (left, right, up, down) or stays where it is; or two things come one after the other. A list has a
line per clip and question: {"video", "ask", "answer", "words", "event", "expect", "reject"}. "words" is what happens in a few words (its
thing, the second thing, the event), for the warm start; an answer is right when it holds every text of "expect" and none of "reject"
(evaluate_clips.py). Things of the held-out list never occur in training; the long clips show them for 20 seconds. Events come in equal numbers, things appear and vanish before
and after the middle equally often, and what moves passes the middle both ways: one frame does not tell.

Sources: tuxpaint-stamps-default (PNG with alpha), backgrounds: plain colours, gradients, and blurred pictures of WORK/pictures where
make_pictures.py made them. The same seed gives the same clips. Can be stopped and started again. Needs ffmpeg; standard library alone.
"""

import argparse
import json
import random
import subprocess
from pathlib import Path

STAMPS = Path("/usr/share/tuxpaint/stamps")
SIDE, RATE, SECONDS, LONG_SECONDS = 224, 10, 2.4, 20.0

# A line for each stamp: its list, its file, and the name that the frozen encoder itself has for it: its first choice, for those
# that were not looked at by eye at least 0.4 sure. No name is in both lists.
THINGS = Path(__file__).parent / "things.tsv"

MOVES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
EVENTS = ["appear", "vanish", "left", "right", "up", "down", "stay", "order", "order"]
ASK_WHAT = ["What happens in this clip?", "What happens in the video?", "Describe this clip.", "What is going on here?"]
ASK_WAY = ["Which way does it move?", "In which direction does it go?", "Where does it move to?"]
ASK_CHANGE = ["Does it appear or vanish?", "Does it appear or does it vanish?"]
ASK_FIRST = ["What came first?", "What comes first?", "Which thing was there first?"]
ASK_AFTER = ["What comes after the {name}?", "What came after the {name}?"]
WAYS = {"left": "to the left", "right": "to the right", "up": "up", "down": "down"}


def fill(text: str, names: list[str]) -> str:
    """Names in the places of a pattern, as answer_pattern.h does it: {name}, {a name}, {A name}, and the same of {second}."""
    for place, name in zip(("name", "second"), names):
        article = "an" if name[:1].lower() in tuple("aeiou") else "a"
        text = text.replace(f"{{a {place}}}", f"{article} {name}").replace(f"{{A {place}}}", f"{article.capitalize()} {name}")
        text = text.replace(f"{{{place}}}", name)
    return text


def words_of(event: str) -> str:
    return {"stay": "stays", "order": "then", "appear": "appears", "vanish": "vanishes"}.get(event) or f"moves {event}"


def dialogue(event: str) -> list[dict]:
    """Patterns of questions with answers: the fixed first phrasing comes first in each list of phrasings."""
    others = [way for way in MOVES if way != event]
    if event in MOVES:
        return [{"asks": ASK_WHAT, "answer": f"{{A name}} moves {WAYS[event]}.", "expect": ["moves", event], "reject": others},
                {"asks": ASK_WAY, "answer": f"It moves {WAYS[event]}.", "expect": [event], "reject": others}]
    if event == "order":
        return [{"asks": ASK_WHAT, "answer": "First {a name} appears, then {a second}.", "expect": ["first", "then", "{name}", "{second}"],
                 "reject": ["moves"]},
                {"asks": ASK_FIRST, "answer": "The {name} came first.", "expect": ["{name}"], "reject": ["{second}"]},
                {"asks": ASK_AFTER, "answer": "After the {name} comes {a second}.", "expect": ["{second}"], "reject": []}]
    verb = {"appear": "appears", "vanish": "vanishes", "stay": "stays where it is"}[event]
    wrong = [word for word in ("appears", "vanishes", "stays", "moves") if word not in verb]
    rows = [{"asks": ASK_WHAT, "answer": f"{{A name}} {verb}.", "expect": [verb.split()[0]], "reject": wrong}]
    if event != "stay":
        rows.append({"asks": ASK_CHANGE, "answer": f"It {verb}.", "expect": [verb], "reject": wrong})
    return rows


def background(rng: random.Random, pictures: list[Path], seconds: float) -> tuple[list[str], str]:
    """ffmpeg's input, and what makes a background of it."""
    kind = rng.random()
    if kind < 0.35 and pictures:
        picture = rng.choice(pictures)
        return (["-loop", "1", "-framerate", str(RATE), "-t", str(seconds), "-i", str(picture)],
                f"scale={SIDE}:{SIDE},boxblur=12:2,eq=contrast=0.6:brightness=0.1,format=rgb24")
    shade = [f"0x{rng.randint(70, 245):02x}{rng.randint(70, 245):02x}{rng.randint(70, 245):02x}" for _ in range(2)]
    if kind < 0.6:
        x, y = rng.randrange(SIDE), rng.randrange(SIDE)
        return (["-f", "lavfi", "-i", f"gradients=s={SIDE}x{SIDE}:c0={shade[0]}:c1={shade[1]}:x0=0:y0={y}:x1={x}:y1={SIDE - 1}:n=2:"
                 f"speed=0.00001:r={RATE}:d={seconds}:seed=1"], "format=rgb24")
    return ["-f", "lavfi", "-i", f"color=c={shade[0]}:s={SIDE}x{SIDE}:r={RATE}:d={seconds}"], "format=rgb24"


def place(rng: random.Random, event: str, seconds: float) -> tuple[str, str]:
    """Where a thing is at time t, as ffmpeg expressions in its own size w × h."""
    loose = [rng.uniform(0.15, 0.85), rng.uniform(0.15, 0.85)]
    places = [f"(W-w)*{loose[0]:.3f}", f"(H-h)*{loose[1]:.3f}"]
    if event in MOVES:
        axis = 0 if MOVES[event][0] else 1
        begin, end = rng.uniform(-0.05, 0.1), rng.uniform(0.9, 1.05)
        if sum(MOVES[event]) < 0:
            begin, end = end, begin
        room = "(W-w)" if axis == 0 else "(H-h)"
        places[axis] = f"{room}*({begin:.3f}+{end - begin:.3f}*t/{seconds})"
    return places[0], places[1]


def shown(rng: random.Random, event: str, seconds: float) -> list[str]:
    """When each thing is visible."""
    change = rng.uniform(0.28, 0.72) * seconds
    if event == "appear":
        return [f"gte(t,{change:.3f})"]
    if event == "vanish":
        return [f"lt(t,{change:.3f})"]
    if event == "order":
        change, gap = rng.uniform(0.4, 0.6) * seconds, rng.uniform(0.0, 0.1) * seconds
        return [f"lt(t,{change - gap:.3f})", f"gte(t,{change + gap:.3f})"]
    return ["1"]


def render(target: Path, rng: random.Random, event: str, things: list[str], pictures: list[Path], seconds: float) -> None:
    source, prepare = background(rng, pictures, seconds)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1", "-filter_threads", "1", *source]
    graph, below = [f"[0:v]{prepare}[b0]"], "b0"
    for number, (thing, visible) in enumerate(zip(things, shown(rng, event, seconds)), 1):
        command += ["-loop", "1", "-framerate", str(RATE), "-t", str(seconds), "-i", str(STAMPS / f"{thing}.png")]
        size = rng.randint(104, 136)
        mirror = ",hflip" if rng.random() < 0.5 else ""  # so that nobody can tell the way from how a thing faces
        x, y = place(rng, event, seconds)
        graph.append(f"[{number}:v]scale={size}:{size}:force_original_aspect_ratio=decrease,format=rgba{mirror}[t{number}]")
        graph.append(f"[{below}][t{number}]overlay=x='{x}':y='{y}':enable='{visible}':format=rgb[b{number}]")
        below = f"b{number}"
    part = target.with_suffix(".part.mp4")
    command += ["-filter_complex", ";".join(graph), "-map", f"[{below}]", "-frames:v", str(int(RATE * seconds)), "-r", str(RATE), "-c:v", "libx264",
                "-pix_fmt", "yuv420p", "-crf", "20", "-threads", "1", "-map_metadata", "-1", "-bitexact", str(part)]
    subprocess.run(command, check=True)
    part.rename(target)


def backgrounds(work: Path, name: str) -> list[Path]:
    file = work / f"pictures/{name}.jsonl"
    if not file.is_file():
        return []
    rows = [json.loads(line) for line in file.read_text().splitlines() if line.strip()]
    return [work / "pictures" / row["picture"] for row in rows if "/usr/share/backgrounds/" in row["origin"]]


def things_of(name: str) -> dict[str, str]:
    rows = (line.split("\t") for line in THINGS.read_text().splitlines())
    return {stamp: thing for part, stamp, thing in rows if part == name}


def thing_of(files: list[str], number: int, seed: str) -> str:
    """Each event goes once through all things in an order of its own before a thing comes again: a thing must not tell what happens to it."""
    turn, slot = divmod(number, len(EVENTS))
    order = list(files)
    random.Random(f"{seed}/things/{slot}/{turn // len(files)}").shuffle(order)
    return order[turn % len(files)]


def write_rows(file: Path, rows: list[dict]) -> None:
    part = file.with_suffix(".jsonl.part")
    part.write_text("".join(json.dumps(row) + "\n" for row in rows))
    part.rename(file)


def write_answers(folder: Path) -> None:
    """What the trainer asks of the clips that it makes up: every phrasing, with places for names."""
    rows = [{"event": words_of(event), "ask": ask, "answer": question["answer"]}
            for event in dict.fromkeys(EVENTS) for question in dialogue(event) for ask in question["asks"]]
    write_rows(folder / "answers.jsonl", rows)


def make(work: Path, name: str, things: dict[str, str], count: int, seed: int, seconds: float = SECONDS) -> None:
    folder = work / "clips"
    (folder / name).mkdir(parents=True, exist_ok=True)
    pictures = backgrounds(work, "train" if name == "train" else "held_out")
    files = sorted(things)
    rows = []
    for number in range(count):
        rng = random.Random(f"{seed}/{name}/{number}")
        event = EVENTS[number % len(EVENTS)]
        chosen = [thing_of(files, number, f"{seed}/{name}")]
        if event == "order":
            chosen.append(rng.choice([file for file in files if things[file] != things[chosen[0]]]))
        target = folder / name / f"{number:05d}.mp4"
        if not target.exists():
            render(target, random.Random(f"{seed}/{name}/{number}/picture"), event, chosen, pictures, seconds)
        names = ([things[file] for file in chosen] + [""])[:2]
        for question in dialogue(event):
            ask = rng.choice(question["asks"]) if name == "train" else question["asks"][0]
            rows.append({"video": f"{name}/{number:05d}.mp4", "ask": fill(ask, names), "answer": fill(question["answer"], names),
                         "words": [*names, words_of(event)], "event": event, "expect": [fill(text, names) for text in question["expect"]],
                         "reject": [fill(text, names) for text in question["reject"]]})
        if number % 100 == 99:
            print(f"{name}: {number + 1} of {count} clips", flush=True)
    write_rows(folder / f"{name}.jsonl", rows)
    print(f"{name}: {count} clips, {len(rows)} questions")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--train", type=int, default=1800, help="clips to train on")
    arguments.add_argument("--held-out", type=int, default=108, help="clips of things that are never trained on")
    arguments.add_argument("--long", type=int, default=36, help="clips of 20 seconds of the same things")
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    (given.work / "clips").mkdir(parents=True, exist_ok=True)
    write_answers(given.work / "clips")
    make(given.work, "held_out", things_of("held_out"), given.held_out, given.seed)
    make(given.work, "long", things_of("held_out"), given.long, given.seed, LONG_SECONDS)
    make(given.work, "train", things_of("train"), given.train, given.seed)


if __name__ == "__main__":
    main()
