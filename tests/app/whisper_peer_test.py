#!/usr/bin/env python3
"""Whisper's own decoder, here and in CTranslate2: the same weights, the same recordings, greedy, English. Usage: whisper_peer_test.py XLLM TESTS

Runs where XLLM_PEER_PYTHON names a Python with faster-whisper and XLLM_PEER_WHISPER a folder as CTranslate2 wants it (model.bin, config.json,
tokenizer.json, vocabulary.txt). Recordings: those in XLLM_PEER_SOUNDS, searched through, else the repository's; of many, XLLM_PEER_MOST evenly
taken ones; one costs some 4 s of one core. Prints how many texts are equal in float32, and for every other one the margin of the peer's choice
where the two part: in a near tie either may be right. What faster-whisper itself writes (its window ends with the sound instead of 30 s of
silence) and what bfloat16 changes is printed, too, but proves nothing.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
NEAR_TIE = 0.05  # of logits; the two programs' float32 differ by some 0.002
SUFFIXES = (".flac", ".wav")  # 16 kHz, one channel, so that both programs hear the same samples


def peer(model_folder, jobs):
    """In the peer's Python. jobs: a file with [path, [[begin, end] seconds, …]] a line; answers a line each."""
    import av
    import ctranslate2
    import numpy
    from faster_whisper import WhisperModel
    from faster_whisper.feature_extractor import FeatureExtractor

    config = json.loads((pathlib.Path(model_folder) / "config.json").read_text())
    model = ctranslate2.models.Whisper(model_folder, device="cpu", compute_type="float32", intra_threads=1)
    whole = WhisperModel(model_folder, device="cpu", compute_type="float32", cpu_threads=1)
    extract = FeatureExtractor()
    how = {"beam_size": 1, "max_length": 4 + 224, "suppress_blank": True, "suppress_tokens": config["suppress_ids"]}
    prompt = [50258, 50259, 50359, 50363]

    def samples(path):
        with av.open(path) as container:
            frames = list(container.decode(audio=0))
        joined = numpy.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])
        assert frames[0].sample_rate == 16000 and joined.dtype == numpy.int16, (path, frames[0])
        return joined.astype(numpy.float32) / 32768

    for line in pathlib.Path(jobs).read_text().splitlines():
        path, windows, ours = json.loads(line)
        sound = samples(path)
        told = {"file": path, "tokens": [], "margin": None}
        for (begin, end), wanted in zip(windows, ours):
            part = numpy.zeros(480000, numpy.float32)
            cut = sound[round(begin * 16000) : round(end * 16000)]
            part[: len(cut)] = cut
            features = ctranslate2.StorageView.from_array(extract(part, padding=0)[None].astype(numpy.float32))
            tokens = model.generate(features, [prompt], **how)[0].sequences_ids[0]
            tokens = tokens[: tokens.index(50257)] if 50257 in tokens else tokens
            told["tokens"].append(tokens)
            if tokens != wanted and told["margin"] is None:
                steps = model.generate(features, [prompt], return_logits_vocab=True, **how)[0].logits[0]
                a, b = tokens + [50257], wanted + [50257]
                at = next(i for i in range(min(len(a), len(b))) if a[i] != b[i])
                scores = numpy.array(steps[at]).reshape(-1)
                told["margin"] = float(scores[a[at]] - scores[b[at]])
        segments, _ = whole.transcribe(sound, language="en", beam_size=1, temperature=0.0, without_timestamps=True,
                                       condition_on_previous_text=False)
        told["whole"] = "".join(segment.text for segment in segments).strip()
        print(json.dumps(told), flush=True)


def heard(xllm, model, files, precision):
    start = time.monotonic()
    outcome = subprocess.run([xllm, "transcribe", "--whisper", model, "--language", "en", "--precision", precision, "--json", *files],
                             capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    print(f"xllm, {precision}: {time.monotonic() - start:.0f} s")
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def main(xllm, tests):
    python, model = os.environ.get("XLLM_PEER_PYTHON"), os.environ.get("XLLM_PEER_WHISPER")
    if not python or not model:
        print("XLLM_PEER_PYTHON and XLLM_PEER_WHISPER name no Python with faster-whisper and no Whisper for it")
        sys.exit(SKIPPED)
    given = os.environ.get("XLLM_PEER_SOUNDS")
    found = pathlib.Path(given).rglob("*") if given else (pathlib.Path(tests) / "data").glob("*")
    # Encoders need a tenth of a second: 3200 bytes of a .wav file.
    files = sorted(str(file) for file in found if file.suffix in SUFFIXES and file.stat().st_size > 3300)
    assert files, f"no recordings of 16 kHz, one channel, in {given or tests}"
    most = int(os.environ.get("XLLM_PEER_MOST") or len(files))
    files = [files[i * len(files) // most] for i in range(most)] if most < len(files) else files
    ours = heard(xllm, model, files, "float32")
    assert len(ours) == len(files), f"{len(ours)} of {len(files)} recordings were written down"
    rounded = heard(xllm, model, files, "bfloat16")
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as jobs:
        for one in ours:
            windows = one["windows"]
            jobs.write(json.dumps([one["file"], [[w["begin"], w["end"]] for w in windows], [w["tokens"] for w in windows]]) + "\n")
        jobs.flush()
        start = time.monotonic()
        outcome = subprocess.run([python, __file__, "--peer", model, jobs.name], stdout=subprocess.PIPE, text=True, check=True)
        print(f"the peer, twice: {time.monotonic() - start:.0f} s")
    theirs = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert len(theirs) == len(ours)
    apart = [(a, b) for a, b in zip(ours, theirs) if [w["tokens"] for w in a["windows"]] != b["tokens"]]
    print(f"{len(ours) - len(apart)} of {len(ours)} equal CTranslate2's, token by token")
    for mine, other in apart:
        print(f"  margin {other['margin']:.4f}: {mine['file']}: {mine['text']!r}")
    # A window that nobody speaks in is left out by both, so texts are compared with what faster-whisper makes of it.
    spoken = [(a, b) for a, b in zip(ours, theirs) if a["text"] == b["whole"]]
    print(f"{len(spoken)} of {len(ours)} equal faster-whisper's text")
    same = sum(a["text"] == b["text"] for a, b in zip(ours, rounded))
    print(f"{same} of {len(ours)} are the same in bfloat16")
    assert all(other["margin"] < NEAR_TIE for _, other in apart), "not every difference is a near tie"


if __name__ == "__main__":
    if sys.argv[1] == "--peer":
        peer(sys.argv[2], sys.argv[3])
    else:
        main(sys.argv[1], sys.argv[2])
