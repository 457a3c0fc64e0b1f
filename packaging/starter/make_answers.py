#!/usr/bin/env python3
"""Questions about what a picture shows, with answers that WordNet knows: make_answers.py WORK  ->  WORK/answers.jsonl, WORK/spelled.txt.

One line per class and question: {"class", "ask", "answer"}; and one per class for what I2L's soft tokens spell of it: its name and what
it is, "goldfish, animal". ImageNet's classes are WordNet nouns; the first 398 are animals, which
settles the sense of names such as "crane". Needs wordnet-base. Deterministic; standard library alone.
"""

import argparse
import json
import re
from pathlib import Path

WORDNET = Path("/usr/share/wordnet")
NAMES = Path(__file__).parent / "class_names.txt"
ANIMALS = 398  # classes 0 … 397
# What people call a kind of thing, the narrower first; the first that is among a class's ancestors is its kind.
KINDS = ("dog cat bear monkey ape fox wolf rabbit horse pig sheep goat whale seal shark snake lizard turtle frog salamander "
         "spider crab lobster snail butterfly beetle insect bird fish mammal reptile amphibian mollusk invertebrate "
         "mushroom fungus fruit vegetable flower bread sauce food "
         "ship boat aircraft train truck car bicycle vehicle musical_instrument firearm weapon "
         "chair table bed furniture hat shoe shirt clothing ball tool computer machine clock lamp "
         "bottle bag box pot vessel container church bridge shop house building fence roof structure "
         "mountain shore geological_formation toy game_equipment equipment kitchen_utensil utensil fabric device "
         "instrumentality artifact natural_object plant person animal").split()
SAID = {"mollusk": "sea animal", "invertebrate": "small animal", "musical_instrument": "musical instrument", "fungus": "mushroom",
        "instrumentality": "thing that people use", "artifact": "thing that people make", "geological_formation": "place in nature",
        "natural_object": "thing in nature", "game_equipment": "thing for games", "kitchen_utensil": "kitchen tool",
        "utensil": "kitchen tool", "vessel": "container", "clothing": "piece of clothing", "furniture": "piece of furniture",
        "food": "food", "fabric": "piece of cloth", "equipment": "piece of equipment", "aircraft": "aircraft"}
FILES = {"animal": 5, "artifact": 6, "communication": 10, "food": 13, "object": 17, "plant": 20, "substance": 27}  # WordNet's lexicographer files
UNCOUNTED = {"food", "bread"}
TOO_GENERAL = {"entity", "physical_entity", "abstraction", "abstract_entity", "object", "physical_object", "whole", "unit", "thing",
               "matter", "causal_agent", "causal_agency", "cause", "psychological_feature", "attribute", "state"}
KIND_ASKED = ("What kind of thing is this?", "What kind of thing is it?", "What sort of thing is in the picture?")


class Nouns:
    """WordNet's nouns: senses of a word, and the words of everything that a sense is a kind of."""

    def __init__(self, folder: Path = WORDNET):
        self.senses: dict[str, list[str]] = {}
        self.words: dict[str, list[str]] = {}
        self.file: dict[str, int] = {}
        self.above: dict[str, list[str]] = {}
        for line in (folder / "index.noun").read_text("latin-1").splitlines():
            if not line.startswith(" "):
                fields = line.split()
                self.senses[fields[0]] = fields[-int(fields[2]):]
        for line in (folder / "data.noun").read_text("latin-1").splitlines():
            if line.startswith(" "):
                continue
            fields = line.split("|")[0].split()
            count = int(fields[3], 16)
            self.words[fields[0]] = [w.lower() for w in fields[4:4 + 2 * count:2]]
            self.file[fields[0]] = int(fields[1])
            pointers = fields[5 + 2 * count:]
            self.above[fields[0]] = [pointers[i + 1] for i in range(0, len(pointers) - 3, 4) if pointers[i] in ("@", "@i")]

    def ancestors(self, sense: str) -> list[str]:
        """Words of the sense and of all above it, nearest first."""
        found: list[str] = []
        rank = [sense]
        while rank:
            found += [word for s in rank for word in self.words[s]]
            rank = [up for s in rank for up in self.above[s]]
        return found

    def sense_of(self, name: str, animal: bool) -> str | None:
        word = re.sub(r"[^a-z0-9'.-]+", "_", name.lower())
        options = self.senses.get(word) or self.senses.get(word.replace("_", "-")) or self.senses.get(word.split("_")[-1])
        if not options:
            return None
        right = {FILES["animal"]} if animal else {number for kind, number in FILES.items() if kind != "animal"}
        return next((s for s in options if self.file[s] in right), options[0])


def article(words: str) -> str:
    return words if words in UNCOUNTED else ("an " if words[0] in "aeiouAEIOU" else "a ") + words


def facts(name: str, number: int, nouns: Nouns) -> list[tuple[str, str]]:
    sense = nouns.sense_of(name, number < ANIMALS)
    above = nouns.ancestors(sense) if sense else []
    animal = number < ANIMALS
    food = sense is not None and nouns.file[sense] == FILES["food"]
    vehicle = not animal and any(w in above for w in ("vehicle", "craft"))
    thing = article(name)
    yes_no = lambda right, what: f"Yes, {thing} is {what}." if right else f"No, {thing} is not {what}."  # noqa: E731
    rows = [("Is this an animal?", yes_no(animal, "an animal")), ("Is it an animal?", yes_no(animal, "an animal")),
            ("Can I eat this?", f"Yes, {thing} is food." if food else f"No, {thing} is not food."),
            ("Is this food?", yes_no(food, "food")), ("Is it a vehicle?", yes_no(vehicle, "a vehicle")),
            ("Is it alive?", f"Yes, {thing} is a living thing." if animal else f"No, {thing} is not alive.")]
    kind = next((k for k in KINDS if k in above and k != name.replace(" ", "_")), "animal" if animal else None)
    if kind:
        said = article(SAID.get(kind, kind.replace("_", " ")))
        rows += [(ask, f"{thing[0].upper() + thing[1:]} is {said}.") for ask in KIND_ASKED]
    return rows


def spelled(name: str, number: int, nouns: Nouns) -> str:
    """The name and, in a word, what the questions are about."""
    asked = dict(facts(name, number, nouns))
    for ask, what in (("Is this an animal?", "animal"), ("Is this food?", "food"), ("Is it a vehicle?", "vehicle")):
        if asked[ask].startswith("Yes"):
            return f"{name}, {what}"
    return f"{name}, thing"


def right_answers(name: str, number: int, ask: str, nouns: Nouns) -> list[str]:
    """Phrases of which a right answer to `ask` holds one: the answer taught, and for a kind every kind that WordNet puts the thing in."""
    taught = dict(facts(name, number, nouns)).get(ask)
    if taught is None:
        return []
    phrases = [taught.rstrip(".").removeprefix("Yes, ").removeprefix("No, ")]
    sense = nouns.sense_of(name, number < ANIMALS)
    if ask in KIND_ASKED and sense:
        above = [word for word in nouns.ancestors(sense) if word not in TOO_GENERAL and word not in nouns.words[sense]]
        kinds = [word.replace("_", " ") for word in dict.fromkeys(above)]
        phrases += [f"{article(name)} is {form}" for kind in kinds for form in
                    (article(kind), f"a type of {kind}", f"a kind of {kind}")]
    return phrases


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("work", type=Path)
    given = arguments.parse_args()
    nouns = Nouns()
    lines = [json.dumps({"class": number, "ask": ask, "answer": answer})
             for number, name in enumerate(NAMES.read_text().splitlines()) for ask, answer in facts(name, number, nouns)]
    texts = [spelled(name, number, nouns) for number, name in enumerate(NAMES.read_text().splitlines())]
    for file, rows in (("answers.jsonl", lines), ("spelled.txt", texts)):
        part = given.work / f"{file}.part"
        part.write_text("\n".join(rows) + "\n")
        part.rename(given.work / file)
    print(f"answers: {len(lines)}")


if __name__ == "__main__":
    main()
