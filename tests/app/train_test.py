#!/usr/bin/env python3
"""Trains a tiny speech interface with the command line and treats it badly: kills, full disks, second starts, ranks.

Usage: train_test.py XLLM CASE. Everything it needs is made here: a language model of a few thousand weights as a GGUF
file, recordings of noise, and a feature store that holds what an encoder would have made of them.
"""
import array
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

XLLM = pathlib.Path(sys.argv[1])
WIDTH, LLM_WIDTH, STEPS = 8, 16, 24
WORDS = ["ask", "old", "sun", "key", "red", "map"]


def byte_alphabet():
    """The characters that stand for the 256 bytes in byte-level BPE vocabularies."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + i) for i in range(len(others))]


def gguf_string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_value(value):
    if isinstance(value, str):
        return struct.pack("<I", 8) + gguf_string(value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    kind = 8 if isinstance(value[0], str) else 5
    items = [gguf_string(item) if kind == 8 else struct.pack("<i", item) for item in value]
    return struct.pack("<IIQ", 9, kind, len(value)) + b"".join(items)


def write_language_model(path):
    alphabet = byte_alphabet()
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *alphabet, "as", "ed"]
    heads, feed_forward = 2, 32
    facts = {
        "general.architecture": "llama", "llama.context_length": 64, "llama.embedding_length": LLM_WIDTH,
        "llama.block_count": 1, "llama.feed_forward_length": feed_forward, "llama.attention.head_count": heads,
        "llama.attention.head_count_kv": heads, "llama.rope.dimension_count": LLM_WIDTH // heads,
        "llama.vocab_size": len(tokens), "llama.attention.layer_norm_rms_epsilon": 1e-5, "llama.rope.freq_base": 10000.0,
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "smollm", "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [3, 3, 3] + [1] * (len(tokens) - 3), "tokenizer.ggml.merges": ["a s", "e d"],
        "tokenizer.ggml.bos_token_id": 1, "tokenizer.ggml.eos_token_id": 2,
    }
    shapes = {"token_embd.weight": (len(tokens), LLM_WIDTH), "output_norm.weight": (LLM_WIDTH,)}
    for name in ("attn_norm", "ffn_norm"):
        shapes[f"blk.0.{name}.weight"] = (LLM_WIDTH,)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        shapes[f"blk.0.{name}.weight"] = (LLM_WIDTH, LLM_WIDTH)
    shapes |= {"blk.0.ffn_gate.weight": (feed_forward, LLM_WIDTH), "blk.0.ffn_up.weight": (feed_forward, LLM_WIDTH),
               "blk.0.ffn_down.weight": (LLM_WIDTH, feed_forward)}
    chance = random.Random(5)
    header = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(facts))
    header += b"".join(gguf_string(key) + gguf_value(value) for key, value in facts.items())
    data = b""
    for name, shape in shapes.items():
        header += gguf_string(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *reversed(shape))
        header += struct.pack("<IQ", 0, len(data))
        count = 1
        for size in shape:
            count *= size
        data += array.array("f", [chance.gauss(0, 0.5) for _ in range(count)]).tobytes()
        data += bytes(-len(data) % 32)
    path.write_bytes(header + bytes(-len(header) % 32) + data)
    return len(tokens)


def content_key(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}-{len(data)}"


def bfloat16(value):
    return struct.pack("<f", value)[2:]


def make_project(folder, **overrides):
    """Writes everything into `folder`; answers the path of the config."""
    vocabulary = write_language_model(folder / "model.gguf")
    chance = random.Random(3)
    lines, features, index = [], b"", ""
    (folder / "features").mkdir()
    for number in range(20):
        said = chance.sample(WORDS, 2)
        name = f"{number}.wav"
        content = f"recording {number}".encode()  # never decoded: the store knows it
        (folder / name).write_bytes(content)
        lines.append(json.dumps({"audio": name, "text": " ".join(said)}))
        frames = []
        for word in said:
            voice = random.Random(word)
            frames += [[voice.gauss(0, 1) + chance.gauss(0, 0.1) for _ in range(WIDTH)] for _ in range(14)]
        features += b"".join(bfloat16(value) for frame in frames for value in frame)
        index += f"{content_key(content)} {len(frames)} {WIDTH}\n"
    (folder / "features/speech.features").write_bytes(features)
    (folder / "features/speech.index").write_text(index)
    (folder / "train.jsonl").write_text("\n".join(lines[:16]) + "\n")
    (folder / "valid.jsonl").write_text("\n".join(lines[16:]) + "\n")
    config = {
        "stage": "speech-recognition", "run": "run", "languageModel": "model.gguf", "encoder": "no-encoder.bin",
        "train": "train.jsonl", "validation": "valid.jsonl", "store": "features", "seed": 4, "precision": "float32",
        "export": "float32", "steps": STEPS, "warmupSteps": 4, "batch": 4, "learningRate": 1e-3, "logEvery": 1,
        "validateEvery": 6, "checkpointEvery": 2, "timeMasks": 1,
        "interface": {
            "featureWidth": WIDTH, "convolutionStride": 2, "frontWidth": 16, "frontLayers": 1, "frontHeads": 2,
            "frontIntermediate": 24, "ctcAlphabet": " abcdefghijklmnopqrstuvwxyz'", "hidden": 16, "layers": 1,
            "heads": 2, "intermediate": 24, "positions": 32, "formerNorm": "before", "dropout": 0.1,
            "adapter": "vocabulary", "vocabularyScale": True, "llmWidth": LLM_WIDTH, "llmVocabulary": vocabulary,
        },
    }
    config.update(overrides)
    path = folder / "train.json"
    path.write_text(json.dumps(config))
    return path


def environment(**variables):
    return {**os.environ, "OMP_NUM_THREADS": "1", **variables}


def start(config, *arguments, **variables):
    return subprocess.Popen([XLLM, "train", config, "--json", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, env=environment(**variables))


def run(config, *arguments, code=0, **options):
    outcome = subprocess.run([XLLM, "train", config, "--json", *arguments], capture_output=True, text=True, timeout=120,
                             env=environment(), **options)
    assert outcome.returncode == code, f"{outcome.returncode} instead of {code}\n{outcome.stdout}\n{outcome.stderr}"
    return outcome


def checkpoints(folder, run_name="run"):
    return sorted((folder / run_name / "checkpoints").glob("*.safetensors"))


def results(folder, run_name="run"):
    return [(folder / run_name / "interface.safetensors").read_bytes(), checkpoints(folder, run_name)[-1].read_bytes()]


def metrics(folder, run_name="run"):
    lines = [json.loads(line) for line in (folder / run_name / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        line.pop("secondsPerStep", None)
    return lines


def tensors(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    found = {}
    for name, about in header.items():
        if name != "__metadata__":
            begin, end = about["data_offsets"]
            found[name] = array.array("f", data[8 + length + begin:8 + length + end])
    return found


def killed_at_20_random_moments_it_ends_with_the_same_bytes():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        config = make_project(folder)
        run(config, "--set", "run=straight")
        chance = random.Random(20)
        kills = 0
        while True:
            resume = ["--resume"] if checkpoints(folder) else []
            process = start(config, *resume)
            if kills == 20:
                out, err = process.communicate(timeout=120)
                assert process.returncode == 0, err
                break
            steps = chance.choice([0, 0, 1, 1, 2, 2, 3])  # then up to 20 ms: somewhere within a step, a save, a rename
            for line in process.stdout:
                if steps == 0:
                    break
                steps -= "loss" in json.loads(line)
            time.sleep(chance.uniform(0, 0.02))
            process.kill()
            process.communicate()
            kills += process.returncode == -signal.SIGKILL
            if process.returncode == 0:  # it was done before: begin anew, there are kills left
                shutil.rmtree(folder / "run")
        assert results(folder) == results(folder, "straight")
        assert metrics(folder) == metrics(folder, "straight")
        assert [line["step"] for line in metrics(folder) if "loss" in line] == list(range(1, STEPS + 1))
        assert not list((folder / "run").rglob("*.part"))


def the_same_seed_gives_the_same_bytes_and_another_does_not():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        config = make_project(folder, precision="bfloat16")
        for name, seed in (("a", 4), ("b", 4), ("c", 5)):
            run(config, "--set", f"run={name}", "--set", f"seed={seed}")
        assert results(folder, "a") == results(folder, "b")
        assert metrics(folder, "a") == metrics(folder, "b")
        assert results(folder, "a") != results(folder, "c")


def a_second_start_in_the_same_folder_is_refused():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        config = make_project(folder, steps=100000)
        first = start(config)
        try:
            first.stdout.readline()
            while not checkpoints(folder):
                time.sleep(0.01)
            refused = run(config, "--resume", code=1)
            assert f"process {first.pid}" in refused.stderr, refused.stderr
        finally:
            first.send_signal(signal.SIGINT)
            first.communicate(timeout=60)
        assert first.returncode == 130, first.returncode
        run(config, "--resume", "--set", f"steps={int(checkpoints(folder)[-1].stem[5:]) + 1}")


def a_full_disk_is_told_and_the_last_checkpoint_stays():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        config = make_project(folder)
        run(config, "--set", "steps=4")
        before = [(path.name, path.read_bytes()) for path in checkpoints(folder)]
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that a write past the limit fails as on a full disk
        limit = len(before[-1][1]) // 2
        failed = run(config, "--resume", code=3, restore_signals=False,
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        assert "last good checkpoint" in failed.stderr and before[-1][0] in failed.stderr, failed.stderr
        assert [(path.name, path.read_bytes()) for path in checkpoints(folder)] == before
        run(config, "--resume")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def start_ranks(config, size, *arguments):
    port = free_port()
    return [start(config, *arguments, RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(size),
                  MASTER_ADDR="127.0.0.1", MASTER_PORT=port, GLOO_SOCKET_IFNAME="lo") for rank in range(size)]


def two_ranks_are_one_with_doubled_accumulation():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        config = make_project(folder, steps=10)
        run(config, "--set", "run=one", "--set", "accumulate=2")
        ranks = start_ranks(config, 2, "--set", "run=two")
        for rank in ranks:
            out, err = rank.communicate(timeout=120)
            assert rank.returncode == 0, err
        one, two = tensors(folder / "one/interface.safetensors"), tensors(folder / "two/interface.safetensors")
        assert one.keys() == two.keys()
        furthest = max(abs(a - b) for name in one for a, b in zip(one[name], two[name]))
        print("furthest apart:", furthest)
        assert furthest < 1e-5, furthest


def a_lost_rank_ends_the_other_and_the_run_can_be_resumed():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for victim in (1, 0):
            name = f"lost{victim}"
            config = folder / "train.json"
            if not config.is_file():
                config = make_project(folder, steps=100000)
            ranks = start_ranks(config, 2, "--set", f"run={name}")
            while not checkpoints(folder, name):
                time.sleep(0.01)
                assert all(rank.poll() is None for rank in ranks), [rank.communicate() for rank in ranks]
            ranks[victim].kill()
            begin = time.monotonic()
            out, err = ranks[1 - victim].communicate(timeout=60)
            took = time.monotonic() - begin
            ranks[victim].communicate()
            print(f"{took:.1f} s: {err.strip()}")
            assert ranks[1 - victim].returncode == 1 and "gone" in err, (ranks[1 - victim].returncode, err)
            assert took < 30, took
            done = int(checkpoints(folder, name)[-1].stem[5:])
            run(config, "--resume", "--set", f"run={name}", "--set", f"steps={done + 2}")


def control_c_on_one_rank_stops_all_with_a_checkpoint():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        config = make_project(folder, steps=100000)
        ranks = start_ranks(config, 2)
        while not checkpoints(folder):
            time.sleep(0.01)
        ranks[1].send_signal(signal.SIGINT)
        for rank in ranks:
            rank.communicate(timeout=60)
            assert rank.returncode == 130, rank.returncode


def a_dry_run_says_what_it_takes_and_leaves_nothing():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        config = make_project(folder)
        # The store of the try is empty, and there is no encoder to fill it: that is told as a start would tell it.
        told = subprocess.run([XLLM, "train", config, "--dry-run"], capture_output=True, text=True, timeout=120,
                              env=environment())
        assert told.returncode == 1 and "no-encoder.bin" in told.stderr, told.stderr
        assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) == []
        assert not (folder / "run").exists()


def back_at_a_checkpoint_it_ends_with_the_same_bytes():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        config = make_project(folder, keepCheckpoints=20)
        run(config, "--set", "run=straight")
        run(config)
        refused = run(config, "--from-step", "7", code=1)
        assert "There are: 2, 4, 6" in refused.stderr, refused.stderr
        run(config, "--from-step", "6")
        assert results(folder) == results(folder, "straight")
        assert metrics(folder) == metrics(folder, "straight")


def a_mistake_costs_a_run_nothing():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        config = make_project(folder, keepCheckpoints=20)
        run(config)
        files = lambda: {str(path.relative_to(folder)): path.read_bytes() for path in sorted((folder / "run").rglob("*")) if path.is_file() and path.name not in ("lock", "run.json")}
        before = files()
        described = (folder / "run/run.json").read_text()
        refused = run(config, "--from-step", "6", "--set", "train=nosuch", code=1)
        assert "nosuch" in refused.stderr and files() == before, refused.stderr
        other = run(config, "--resume", "--set", "stage=speech-language", code=1)
        assert "speech-recognition" in other.stderr and files() == before, other.stderr
        run(config, "--resume")
        assert (folder / "run/run.json").read_text() == described
        watched = run(config, "--set", "run=watched", "--set", 'earlyStop={"measure": "nosuch"}', code=1)
        assert "nosuch" in watched.stderr and checkpoints(folder, "watched"), watched.stderr


def the_last_line_says_how_it_ended():
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        config = make_project(folder, steps=100000)
        last = lambda text: json.loads(text.strip().splitlines()[-1])
        process = start(config)
        while not checkpoints(folder):
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
        assert last(out)["ended"] == "stopped", out
        assert "Stopped after step" in said and "--resume" in said, said
        end = int(checkpoints(folder)[-1].stem[5:]) + 1
        assert last(run(config, "--resume", "--set", f"steps={end}").stdout)["ended"] == "finished"
        failed = last(run(config, "--set", "stepps=3", code=1).stdout)
        assert failed["ended"] == "failed" and failed["code"] == "bad-input" and "stepps" in failed["message"], failed


def only_makes_the_project():
    make_project(pathlib.Path(sys.argv[3]), **json.loads(sys.argv[4]))


if __name__ == "__main__":
    globals()[sys.argv[2]]()
