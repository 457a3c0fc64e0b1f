"""The human recordings: Debian's asterisk-core-sounds-en-g722 (one speaker, 558 prompts), split by text.

Labels are Whisper base's transcripts, mended by ear and file name where it erred. Held out from all training are the texts of
tests/data/held_out_recordings.txt (a file name a line), those the speech encoder's own tests use, and a seeded fifth of the rest.
"""

import hashlib
import json
import random
from pathlib import Path

from texts import normalise, written

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
TESTS = Path(__file__).resolve().parents[2] / "tests"

# What the recording says where its transcript is wrong; None: leave the file out.
MENDED = {
    "agent-incorrect": "login incorrect please enter your agent number followed by the pound key",
    "agent-newlocation": "please enter a new extension followed by pound",
    "astcc-followed-by-the-pound-key": "followed by the pound key",
    "auth-incorrect": "password incorrect please enter your password followed by the pound key",
    "call-waiting": "call waiting", "conf-errormenu": "invalid choice", "basic-pbx-ivr-main": None,
    "conf-userwilljoin": "user will join the conference", "confbridge-lock-in": "to lock or unlock the conference",
    "confbridge-lock-extended": "to lock or unlock the conference when a conference is locked only conference administrators "
                                "can join",
    "confbridge-only-participant": "you are currently the only participant in the conference",
    "dictate/truncating_audio": "truncating audio", "dir-multi2": "for", "for": "for", "vm-for": "for", "is-set-to": None,
    "letters/ascii38": "ampersand", "letters/ascii39": "tick", "letters/ascii44": "comma", "letters/ascii58": "colon",
    "letters/ascii59": "semicolon", "letters/ascii94": "caret", "letters/ascii125": "right brace", "letters/ascii126": "tilde",
    "letters/c": "c", "letters/k": "k", "letters/o": "o", "letters/u": "u", "letters/y": "y", "letters/zed": "zed",
    "minute": "minute", "phonetic/f_p": "foxtrot", "phonetic/p_p": "papa", "phonetic/y_p": "yankee", "num-was-successfully":
    "the number was successfully", "priv-callee-options": None, "screen-callee-options": None, "demo-instruct": None,
    "privacy-prompt": "please enter your phone number starting with the area code",
    "privacy-to-blacklist-last-caller": "the last caller was",
    "privacy-unident": "the party you are trying to reach does not accept unidentified calls",
    "queue-callswaiting": "waiting to speak with a representative", "queue-holdtime": "the estimated hold time is currently",
    "queue-quantity2": "callers waiting to speak with a representative", "queue-thereare": "you are currently caller number",
    "removed": "removed", "spy-dahdi": None, "spy-iax": None, "spy-iax2": None, "spy-zap": "zap", "spy-h323": None,
    "to-listen-to-it": "to listen to it", "to-rerecord-it": "to rerecord it", "tt-monkeys": None,
    "tt-weasels": "weasels have eaten our phone system", "vm-incorrect": "login incorrect",
    "vm-incorrect-mailbox": "login incorrect mailbox", "vm-instructions": "to listen to your messages press one now you may "
    "quit voicemail at any time by pressing the pound key", "vm-msginstruct": None, "vm-onefor": None, "vm-minutes": "minutes",
    "vm-passchanged": "your password has been changed", "vm-reachoper": "press zero to reach an operator",
    "vm-rec-unv": "after the tone say your unavailable message and then press the pound key",
    "vm-reenterpassword": "please reenter your password followed by the pound key",
    "vm-review-nonurgent": "press four to remove the urgent status of this message", "vm-savedto": "saved to",
    "vm-star-cancel": "press star to cancel", "vm-tocancelmsg": "press star to cancel this message",
    "vm-toforward": "press eight to forward the message to another user", "vm-undelete": "press seven to undelete this message",
    "vm-undeleted": "message undeleted", "unidentified-no-callback": None, "demo-moreinfo": None, "demo-abouttotry": None,
    "demo-congrats": None, "demo-nogo": None, "letters/dash": "dash", "vm-login": "comedian mail mailbox",
}
LETTERS = set("abcdefghijklmnopqrstuvwxyz")


def _label(name: str, transcript: str, probability: float) -> str | None:
    """What the recording says, as it is written; nothing where nobody knows."""
    if name in MENDED:
        return written(MENDED[name]) if MENDED[name] else None
    parts = name.split("/")
    if parts[0] == "digits" and parts[-1].isdigit() or parts[0] == "letters" and parts[-1] in LETTERS:
        return written(parts[-1])
    return written(transcript) if transcript and probability > -0.85 else None


def _held_out_texts(transcripts: dict) -> set[str]:
    decoded = json.loads((TESTS / "golden/real/whisper_base_decode.json").read_text())
    texts = {normalise(case["text"]) for case in decoded["cases"]}
    recordings = TESTS / "data/held_out_recordings.txt"
    if recordings.exists():
        for line in recordings.read_text().splitlines():
            name = line.strip().removesuffix(".g722")
            if name and not name.startswith("#"):
                texts.add(normalise(_label(name, *_transcript(transcripts, name)) or ""))
    return texts


def _transcript(transcripts: dict, name: str) -> tuple[str, float]:
    text, _, probability = transcripts[f"{name}.g722"]
    return text, probability


def human_clips(seed: int, copies: int, joined: int) -> tuple[list[dict], set[str]]:
    """Jobs for make_speech, and every normalised text that must never be trained on."""
    transcripts = json.loads((TESTS / "golden/real/asterisk_transcripts.json").read_text())
    held_out = _held_out_texts(transcripts)
    prompts = []
    for file, (transcript, seconds, probability) in transcripts.items():
        name = file.removesuffix(".g722")
        text = _label(name, transcript, probability)
        if text and normalise(text) and seconds <= 12 and (SOUNDS / file).exists():
            prompts.append((name, text))
    phrases = sorted({normalise(text) for _, text in prompts if len(text.split()) >= 3})
    held_out |= {t for t in phrases if int(hashlib.sha256(f"{seed}/{t}".encode()).hexdigest(), 16) % 5 == 0}
    jobs = []
    kept = [(n, t) for n, t in prompts if normalise(t) not in held_out]
    for name, text in prompts:
        if normalise(text) in held_out:
            jobs.append(_job(f"human/{name}", [name], text, "human", True))
    for copy in range(copies):
        for name, text in kept:
            jobs.append(_job(f"human/{name}/{copy}", [name], text, "train", copy == 0))
    rng = random.Random(seed)
    short = [(n, t) for n, t in kept if len(t.split()) <= 4]
    for number in range(joined):
        chosen = [rng.choice(short) for _ in range(rng.randint(2, 4))]
        text = ". ".join(t for _, t in chosen)
        if normalise(text) not in held_out:
            jobs.append(_job(f"joined/{number}", [n for n, _ in chosen], text, "train", number % 2 == 0))
    return jobs, held_out


def _job(key: str, names: list[str], text: str, group: str, plain: bool) -> dict:
    name = "h" + hashlib.sha256(f"{key}/{'+'.join(names)}".encode()).hexdigest()[:16]
    return {"id": name, "audio": f"{name}.wav", "sources": [str(SOUNDS / f"{n}.g722") for n in names], "text": text,
            "voice": "allison", "list": group, "plain": plain}
