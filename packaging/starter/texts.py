"""Sentences for synthetic speech, and the one text form that recognition is trained on.

Sources: the example sentences, definitions and words of WordNet 3.0 (Debian's wordnet-base), and grammars of our own for
commands, telephone prompts and questions. Deterministic for a given seed. Standard library alone.
"""

import random
import re
from pathlib import Path

MEASURED = 200  # clips at most, the first of each list that word errors are counted on

_UNITS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
          "seventeen eighteen nineteen").split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()


def number_words(number: int) -> str:
    if number < 20:
        return _UNITS[number]
    if number < 100:
        return _TENS[number // 10] + ("" if number % 10 == 0 else " " + _UNITS[number % 10])
    if number < 1000:
        rest = "" if number % 100 == 0 else " " + number_words(number % 100)
        return _UNITS[number // 100] + " hundred" + rest
    rest = "" if number % 1000 == 0 else " " + number_words(number % 1000)
    return number_words(number // 1000) + " thousand" + rest


def ordinal_words(number: int) -> str:
    *front, last = number_words(number).split()
    irregular = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
                 "twelve": "twelfth"}
    last = irregular.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return " ".join([*front, last])


def normalise(text: str) -> str:
    """Lower case, numbers as words, letters and inner apostrophes only: "Press 2, please." -> "press two please"."""
    text = text.replace("’", "'").lower()
    text = re.sub(r"\b(\d{1,6})(?:st|nd|rd|th)\b", lambda m: " " + ordinal_words(int(m.group(1))) + " ", text)
    text = re.sub(r"\b([a-z]+)(\d)", r"\1 \2", text)
    text = re.sub(r"(\d)-(\d)", r"\1 \2", text)
    text = re.sub(r"\d{1,6}", lambda m: " " + number_words(int(m.group())) + " ", text)
    text = re.sub(r"[^a-z' ]+", " ", text)
    text = re.sub(r"(^|\s)'+|'+(\s|$)", " ", text)
    return " ".join(text.split())


def written(text: str) -> str:
    """As it is typed into a chat: a capital first, numbers as words, no full stop at the end: "press 2, please." -> "Press two,
    please". What recognition is trained to write; normalise() of it is normalise() of the text."""
    text = text.replace("’", "'")
    text = re.sub(r"\b(\d{1,6})(?:st|nd|rd|th)\b", lambda m: " " + ordinal_words(int(m.group(1))) + " ", text)
    text = re.sub(r"\b([A-Za-z]+)(\d)", r"\1 \2", text)
    text = re.sub(r"(\d)-(\d)", r"\1 \2", text)
    text = re.sub(r"\d{1,6}", lambda m: " " + number_words(int(m.group())) + " ", text)
    text = re.sub(r"[^A-Za-z',;:.?! -]+", " ", text)
    text = re.sub(r"\s+([,;:.?!])", r"\1", " ".join(text.split())).strip(" .,;:-")
    return text[:1].upper() + text[1:]


WORDNET = Path("/usr/share/wordnet")
WORDNET_DATA = ("data.noun", "data.verb", "data.adj", "data.adv")


def wordnet_examples(folder: Path = WORDNET) -> list[str]:
    """Quoted example sentences of the glosses: 3 to 14 words, plain letters."""
    found = set()
    for name in WORDNET_DATA:
        for line in (folder / name).read_text("latin-1").splitlines():
            if line.startswith("  ") or "|" not in line:
                continue
            for example in re.findall(r'"([^"]+)"', line.split("|", 1)[1]):
                example = example.strip().rstrip(".;,")
                if re.fullmatch(r"[A-Za-z',;:?! -]+", example) and 3 <= len(example.split()) <= 14:
                    found.add(example[0].upper() + example[1:])
    return sorted(found)


def wordnet_definitions(folder: Path = WORDNET) -> list[str]:
    """What the glosses say before their examples: phrases of 3 to 12 words, plain letters; not whom an example is from ("- Author")."""
    found = set()
    for name in WORDNET_DATA:
        for line in (folder / name).read_text("latin-1").splitlines():
            if line.startswith("  ") or "|" not in line:
                continue
            gloss = re.sub(r'"[^"]*"|\([^)]*\)', "", line.split("|", 1)[1])
            for phrase in gloss.split(";"):
                phrase = " ".join(phrase.strip().strip(".,:").split())
                if re.fullmatch(r"[A-Za-z'][A-Za-z', -]+", phrase) and 3 <= len(phrase.split()) <= 12:
                    found.add(phrase[0].upper() + phrase[1:])
    return sorted(found)


def wordnet_nouns(least: int = 2, folder: Path = WORDNET) -> list[str]:
    """One-word nouns met at least `least` times in WordNet's tagged texts: the ones people use."""
    counts: dict[str, int] = {}
    for line in (folder / "cntlist.rev").read_text("latin-1").splitlines():
        key, _, times = line.split()
        lemma, sense = key.split("%")
        if sense.startswith("1") and re.fullmatch(r"[a-z]{3,}", lemma):
            counts[lemma] = counts.get(lemma, 0) + int(times)
    return sorted(lemma for lemma, times in counts.items() if times >= least)


_COMMON_NOUNS = ("book table river house garden door window letter camera bottle kitchen street train station ticket doctor "
                 "teacher child dog cat horse bird tree flower mountain island city village school office computer phone "
                 "number message password account order payment engine car bicycle bridge road map key clock watch lamp "
                 "music song film picture photo painting story newspaper question answer problem plan reason example "
                 "weather rain snow wind sun moon star planet ocean lake forest animal insect fish apple orange bread "
                 "coffee tea sugar salt meat rice soup cake dinner breakfast lunch market shop hotel room bed chair "
                 "shirt shoe hat coat money bank price language word sentence country capital president king queen "
                 "hospital museum library theatre park beach airport plane ship boat battery screen keyboard button "
                 "folder file page friend mother father sister brother family neighbour worker farmer artist").split()
_COUNTRIES = ("France Germany Italy Spain Portugal Japan China India Brazil Canada Mexico Egypt Kenya Greece Turkey Russia "
              "Poland Sweden Norway Finland Denmark Ireland Scotland Australia Chile Peru Cuba Iran Iraq Israel Vietnam "
              "Thailand Indonesia Morocco Nigeria Austria Hungary Belgium Switzerland Iceland").split()
_COLOURS = "red blue green yellow white black brown orange purple grey pink".split()
_ADJECTIVES = ("small large old new good bad long short warm cold hot dry wet clean dirty heavy light fast slow early late "
               "strong weak happy sad quiet loud empty full deep high low expensive cheap dangerous safe famous").split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = "January February March April May June July August September October November December".split()
_PEOPLE = ("Tom Anna Mary John Peter Susan David Sarah Michael Laura James Emma Robert Julia Paul Alice George Helen "
           "Martin Rose Frank Linda Steve Karen").split()
_PLACES = "kitchen garden office school park city village library hotel car station market hospital museum".split()

_PATTERNS = {
    "question": [
        "What is the capital of {country}?", "Where is {country}?", "What language do people speak in {country}?",
        "What is a {noun}?", "What is the {noun} made of?", "How many {nouns} are there in the {place}?",
        "What colour is the {noun}?", "Where is my {noun}?", "Who is {person}?", "When does the {noun} open?",
        "Can you tell me about the {noun}?", "Can you explain what a {noun} is?", "How does a {noun} work?",
        "Why is the {noun} so {adjective}?", "Which {noun} is the {adjective} one?", "Do you know a good {noun}?",
        "Could you help me with my {noun}?", "How old is the {noun}?", "How much does the {noun} cost?",
        "What time is it in {country}?", "What day is it today?", "What is {n} plus {n2}?", "What is {n} times {n2}?",
        "Is the {noun} in the {place}?", "What can I do with a {adjective} {noun}?", "Who lives in the {place}?",
        "How far is it from {country} to {country2}?", "What is in this picture?", "What do you see in the picture?",
        "What is the {noun} doing in the {place}?", "Which animal is this?", "What is the opposite of {adjective}?",
        "How do you say {noun} in another language?", "Where do {nouns} come from?", "Why do people like {nouns}?",
        "What is the best {noun} for a {noun2}?", "What happened on {day}?", "Is it {adjective} in {month}?",
        "What is the weather like in {country}?", "Did {person} find the {noun}?",
    ],
    "command": [
        "Tell me about {country}.", "Tell me a story about a {noun} and a {noun2}.", "Please open the {noun}.",
        "Close the {noun} please.", "Give me the {adjective} {noun}.", "Write a letter to {person}.",
        "Call {person} on {day}.", "Send a message to {person}.", "Turn on the {noun}.", "Turn off the {noun}.",
        "Show me the {adjective} {noun}.", "Play some music.", "Stop the {noun} now.", "Read the {noun} to me.",
        "Remind me on {day} at {n} o'clock.", "Set a clock for {n} minutes.", "Describe the {noun} in the {place}.",
        "Look for the {noun} in the {place}.", "Take the {noun} to the {place}.", "Write a poem about the {noun}.",
        "List three {nouns} from {country}.", "Explain it in simple words.", "Name a {colour} {noun}.",
        "Put the {colour} {noun} on the {noun2}.", "Wait for {person} in the {place}.", "Translate this {noun} please.",
    ],
    "statement": [
        "The {noun} is in the {place}.", "{person} has a {adjective} {noun}.", "There are {n} {nouns} in the {place}.",
        "The {colour} {noun} is very {adjective}.", "My {noun} is {adjective} and {adjective2}.",
        "I would like a {adjective} {noun}.", "{person} and {person2} are in {country}.", "We will meet on {day}.",
        "The {noun} was {adjective} in {month}.", "I have never seen a {noun} like this.", "This is a photo of a {noun}.",
        "He gave the {noun} to {person}.", "She bought a {colour} {noun} for {n} dollars.", "It is {n} minutes past {n2}.",
        "The {noun} and the {noun2} are not the same.", "They went from the {place} to the {place2}.",
        "I do not understand the {noun}.", "You can find the {noun} near the {place}.", "The {nouns} are {adjective}.",
        "On {month} {ordinal} we leave for {country}.", "My favourite colour is {colour}.",
    ],
    "prompt": [
        "Press {digit} for the {noun}.", "To change your {noun}, press {digit} now.", "Please enter the {noun} number.",
        "Please hold while I find the {noun}.", "Your {noun} has been {done}.", "The {noun} has been {done}.",
        "Thank you for calling the {place}.", "Please say the name of the {noun}.", "That {noun} is not available.",
        "You have {n} new {nouns}.", "You have no new {nouns}.", "The number is {digits}.", "Extension {digits}.",
        "Please enter your {noun} followed by the pound key.", "To hear the {noun} again, press {digit}.",
        "I'm sorry, the {noun} could not be {done}.", "All of our {nouns} are busy, please call back on {day}.",
        "The next {noun} will be {done} in {n} minutes.", "To return to the {noun} menu, press star.",
        "Dial {digits} to reach the {place}.", "Goodbye, and thank you for your {noun}.", "Invalid {noun}, please try again.",
        "Press {digit} to leave a {noun}, or {digit2} to exit.", "Your {noun} will now be {done}.",
        "If you know the {noun} of your party, press {digit}.", "This {noun} cannot be {done} at the moment.",
        "The conference {noun} is now {done}.", "Message from {person}, received on {day}.",
    ],
    "short": [
        "{noun}", "{adjective} {noun}", "{n}", "{digits}", "{day}", "{month}", "{person}", "{country}", "{colour}",
        "{ordinal}", "{done}", "Yes please.", "No thank you.", "{adjective}", "one moment", "{noun} {n}",
    ],
    "looking": [
        "Is it {kinds}?", "Is this {kinds}?", "Is that {kinds}?", "Is it {adjective}?", "Is this {adjective}?", "Is it alive?",
        "Can I {use} this?", "Can I {use} it?", "Can you {use} this?", "Can people {use} it?", "Can it {act}?", "Does it {act}?",
        "Is this good to {use}?", "What is it?", "What is this?", "What do you call this?", "What colour is it?", "What is it made of?",
        "What is it used for?", "Where does it live?", "What does it eat?", "How big is it?", "Is it a kind of {noun}?",
        "What kind of {noun} is it?", "What sort of {noun} is this?", "Is there a {noun} in the picture?", "Is there {kinds} in the picture?",
        "Is it bigger than a {noun}?", "Who made this {noun}?", "Where would I find it?", "Do you see {kinds}?",
    ],
}
_KINDS = ("a vehicle;an animal;food;a plant;a tool;a building;furniture;a piece of furniture;an instrument;a musical instrument;"
          "a bird;a fish;a dog;a cat;an insect;a snake;a reptile;a mammal;a fruit;a vegetable;a flower;a tree;clothing;a toy;a machine;"
          "a weapon;a container;a boat;a car;a computer;a living thing;a person;something to eat;a mushroom;a spider;a wild animal"
          ).split(";")
_USES = "eat drink touch wear open ride drive buy hold throw break use play lift cook cut clean carry move keep feed read".split()
_ACTS = "fly swim run jump bite float move sing talk climb walk grow burn sting".split()
_DONE = ("saved deleted changed sent received opened closed locked unlocked removed added recorded moved copied completed "
         "extended connected found forwarded cancelled enabled disabled activated muted transferred").split()
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_SHARES = (("example", 0.33), ("definition", 0.16), ("question", 0.19), ("command", 0.08), ("statement", 0.08), ("prompt", 0.10),
           ("short", 0.06))
# Texts that say more different things: what a reader of many words learns from.
RICHER_TEXTS = (("example", 0.46), ("definition", 0.26), ("question", 0.09), ("command", 0.03), ("statement", 0.03), ("prompt", 0.03),
                ("short", 0.10))
# What is asked about a picture.
LOOKING_TEXTS = (("looking", 1.0),)
_RARE_NOUNS = 0.4  # share of a pattern's nouns drawn from all of WordNet's rather than from the common ones


def _plural(noun: str) -> str:
    irregular = {"child": "children", "fish": "fish", "shelf": "shelves"}
    if noun in irregular:
        return irregular[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def _fill(pattern: str, rng: random.Random, nouns: list[str]) -> str:
    def noun() -> str:
        return rng.choice(nouns if rng.random() < _RARE_NOUNS else _COMMON_NOUNS)

    def word(match: re.Match) -> str:
        kind = match.group(1).rstrip("2")
        if kind == "noun":
            return noun()
        if kind == "nouns":
            return _plural(noun())
        if kind == "n":
            return number_words(rng.choice((rng.randint(0, 20), rng.randint(20, 99), rng.randint(100, 999))))
        if kind == "digit":
            return _UNITS[rng.randint(0, 9)]
        if kind == "digits":
            return " ".join(_UNITS[rng.randint(0, 9)] for _ in range(rng.randint(2, 5)))
        lists = {"country": _COUNTRIES, "colour": _COLOURS, "adjective": _ADJECTIVES, "day": _DAYS,
                 "month": _MONTHS, "person": _PEOPLE, "place": _PLACES, "done": _DONE, "ordinal": _ORDINALS,
                 "kinds": _KINDS, "use": _USES, "act": _ACTS}
        return rng.choice(lists[kind])

    text = re.sub(r"\{(\w+)\}", word, pattern)
    text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)
    return text[0].upper() + text[1:]


def sentences(count: int, seed: int, forbidden: set[str], shares: tuple[tuple[str, float], ...] = _SHARES) -> list[str]:
    """`count` different sentences, none of which normalises to a text in `forbidden`; the kinds of them in these shares."""
    rng = random.Random(seed)
    phrases = {"example": wordnet_examples(), "definition": wordnet_definitions()}
    for found in phrases.values():
        rng.shuffle(found)
    nouns = wordnet_nouns()
    kinds, weights = zip(*shares)
    seen = set(forbidden)
    made: list[str] = []
    while len(made) < count:
        kind = rng.choices(kinds, weights)[0]
        if kind in phrases:
            text = phrases[kind].pop() if phrases[kind] else ""
        else:
            text = _fill(rng.choice(_PATTERNS[kind]), rng, nouns)
        key = normalise(text)
        if key and (key not in seen or (kind in ("short", "looking") and key not in forbidden and rng.random() < 0.3)):
            seen.add(key)
            made.append(text)
    return made


if __name__ == "__main__":
    for line in sentences(40, 1, set()):
        print(line, "|", normalise(line))
