#!/usr/bin/env python3
"""Uses the command line as a person would: real files, real pack, bad input. Usage: cli_test.py XLLM TESTS CASE

Cases that need the starter pack say so and exit with 77 (skipped) where it is not assembled.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import wave

XLLM, TESTS = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
DATA = TESTS / "data"
PACK = TESTS.parent / "build/packs/starter"
SKIPPED = 77


def run(*arguments, stdin="", code=0, env=None):
    outcome = subprocess.run([XLLM, *map(str, arguments)], input=stdin, capture_output=True, text=True, errors="replace", timeout=240, env=os.environ | (env or {}))
    assert outcome.returncode == code, f"exit code {outcome.returncode} instead of {code}\n{outcome.stdout}\n{outcome.stderr}"
    return outcome


def ask(*arguments, **options):
    return run("chat", "--model", PACK, "--greedy", "--max-tokens", 40, *arguments, **options)


def need_pack():
    if not (PACK / "pack.json").is_file():
        print(f"{PACK} is not there; `make starter-pack` makes it")
        sys.exit(SKIPPED)


def words(text):
    return re.findall(r"[a-z']+", text.lower())


def word_errors(heard, said):
    """Fewest words to insert, delete or replace."""
    row = list(range(len(said) + 1))
    for i, h in enumerate(heard, 1):
        before, row[0] = row[0], i
        for j, s in enumerate(said, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (h != s))
    return row[-1]


def wrong_usage_is_2():
    assert run("chat", "--bogus", code=2).stderr
    run(code=2)
    run("chat", "--temperature", "-1", code=2)
    for value in ("nan", "", " "):
        run("chat", "--temperature", value, code=2)
    assert "at least 1, not 0" in run("chat", "--max-tokens", 0, code=2).stderr
    assert "--model: is empty" in run("chat", "--model", "", "--prompt", "hi", code=2).stderr
    run("chat", "--prompt", "", code=2)
    assert "chatt" in run("chatt", code=2).stderr
    run("transcribe", code=2)
    assert re.fullmatch(r"xllm \d+\.\d+\.\d+ \(commit ([0-9a-f]{12}|unknown)\)\n", run("--version").stdout)
    assert "transcribe" in run("--help").stdout


def output_that_cannot_be_written_is_3():
    shell = lambda command: subprocess.run(["sh", "-c", f'"{XLLM}" {command}'], capture_output=True, text=True, timeout=240)
    full = shell("--version >/dev/full")
    assert full.returncode == 3 and "Standard output" in full.stderr, full
    closed = shell("--version >&- 2>&-")
    assert closed.returncode == 0, closed


def bad_input_is_1_and_says_what_and_where():
    assert "no-such-pack" in run("chat", "--model", "no-such-pack", "--prompt", "x", code=1).stderr
    with tempfile.TemporaryDirectory() as folder:
        garbage = pathlib.Path(folder) / "model.gguf"
        garbage.write_bytes(b"GGUF" + b"\xff" * 40)
        assert "model.gguf" in run("inspect", garbage, code=1).stderr
        (pathlib.Path(folder) / "pack.json").write_text("{")
        assert folder in run("chat", "--model", folder, "--prompt", "x", code=1).stderr
        config = pathlib.Path(folder) / "train.json"
        config.write_text('{"stage": "image-words", "lerningRate": 1, "interface": {}}')
        assert "learningRate" in run("train", config, code=1).stderr
        assert "nowhere.json" in run("train", pathlib.Path(folder) / "nowhere.json", code=1).stderr
        not_utf8 = run("train", "--json", os.path.join(folder, os.fsdecode(b"caf\xe9.json")), code=1)
        assert json.loads(not_utf8.stdout)["ended"] == "failed" and "cannot be opened" in not_utf8.stderr, not_utf8
        (pathlib.Path(folder) / "model.safetensors.index.json").symlink_to("model.safetensors.index.json")  # to itself
        (pathlib.Path(folder) / "pack.json").unlink()
        assert "model.gguf" in run("inspect", folder, code=1).stderr  # the only file of weights that is there


def bad_media_are_1_and_named():
    need_pack()
    with tempfile.TemporaryDirectory() as folder:
        text = pathlib.Path(folder) / "letter.jpg"
        text.write_text("Dear friend, this is no picture.\n" * 50)
        failed = ask("--image", text, "--prompt", "What is this?", code=1)
        assert "letter.jpg" in failed.stderr and not failed.stdout.strip(), failed
        assert "gone.wav" in ask("--audio", "gone.wav", code=1).stderr
        good = DATA / "vm-msgsaved.flac"
        outcome = run("transcribe", "--model", PACK, text, good, code=1)
        assert "letter.jpg" in outcome.stderr and len(outcome.stdout.splitlines()) == 1, outcome


def text_is_answered_with_stats():
    need_pack()
    outcome = ask("--prompt", "What is the capital of France?", "--stats")
    assert outcome.stdout == "The capital of France is Paris.\n", outcome.stdout
    stats = json.loads(outcome.stderr.splitlines()[-1])
    for key in ("promptTokens newTokens firstTokenMs prefillTokensPerSecond decodeTokensPerSecond encoderMs isa threads "
                "peakMemoryBytes cacheBytes").split():
        assert key in stats, key
    assert stats["promptTokens"] > 5 and stats["newTokens"] == 7 and stats["peakMemoryBytes"] > 50e6, stats


def a_conversation_is_kept_in_half_the_memory():
    need_pack()
    question = ("--prompt", "What is the capital of France?", "--stats")
    plain, bytes_ = ask(*question), ask(*question, "--cache", "int8")
    assert bytes_.stdout == "The capital of France is Paris.\n", bytes_.stdout
    held = [json.loads(outcome.stderr.splitlines()[-1])["cacheBytes"] for outcome in (plain, bytes_)]
    assert 0.5 < held[1] / held[0] < 0.56, held  # 64 bytes and a scale of 4 in place of 128
    refused = ask(*question, "--cache", "int4", code=2)
    assert "--cache" in refused.stderr and "float16" in refused.stderr and not refused.stdout, refused


def json_lines_parse_and_a_second_prompt_follows_up():
    need_pack()
    outcome = ask("--json", "--prompt", "What is the capital of France?", "--prompt", "And of Italy?")
    lines = [json.loads(line) for line in outcome.stdout.splitlines()]
    finished = [line["finished"] for line in lines if "finished" in line]
    assert len(finished) == 2 and finished[1]["reusedPromptTokens"] > 10, finished
    assert "Paris" in "".join(line.get("text", "") for line in lines)


def interactive_keeps_the_conversation_and_survives_bad_files():
    need_pack()
    outcome = ask(stdin="/image gone.jpg\nWhat is the capital of France?\n/quit\n")
    assert "Paris" in outcome.stdout and "gone.jpg" in outcome.stderr, outcome


def pictures_are_answered_from_the_picture():
    need_pack()
    fitting = {"panda.jpg": "panda", "espresso.jpg": "espresso", "cat.jpg": "cat", "koala.jpg": "koala", "polar-bear.jpg": "bear"}
    question = ("--prompt", "What is in this picture?")
    answers = {name: ask("--image", DATA / name, *question).stdout for name in fitting}
    print(answers)
    assert len(set(answers.values())) >= 4, answers
    named = [name for name, word in fitting.items() if word in answers[name].lower()]
    assert len(named) >= 3, answers
    assert ask(*question, "--image", DATA / named[0]).stdout == answers[named[0]], "a question in front means the picture behind it"
    zeroed = ask("--zero-image", "--image", DATA / named[0], *question).stdout
    assert zeroed != answers[named[0]] and fitting[named[0]] not in zeroed.lower(), zeroed


def a_clips_sound_is_heard_with_its_frames():
    need_pack()
    if shutil.which("ffmpeg") is None:
        print("ffmpeg is not here to make a clip")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as folder:
        clip, mute = pathlib.Path(folder) / "clip.mkv", pathlib.Path(folder) / "mute.mkv"
        make = ["ffmpeg", "-v", "error", "-nostdin", "-loop", "1", "-framerate", "5", "-t", "3", "-i", DATA / "cat.jpg"]
        subprocess.run([*make, "-i", DATA / "tt-monkeysintro.flac", "-c:v", "mpeg4", "-c:a", "flac", "-shortest", clip], check=True)
        subprocess.run([*make, "-c:v", "mpeg4", mute], check=True)

        def tokens(*arguments):
            outcome = ask("--stats", *arguments, "--prompt", "What happens in this clip?")
            assert "left out" not in outcome.stderr, outcome.stderr
            return json.loads(outcome.stderr.splitlines()[-1])["promptTokens"]

        silent = tokens("--video", mute)
        assert tokens("--no-clip-sound", "--video", clip) == silent
        assert silent + 4 <= tokens("--video", clip) <= silent + 20  # seven words


def most_words_of_recordings_are_transcribed():
    need_pack()
    rows = [line.split("\t") for line in (DATA / "recordings.tsv").read_text().splitlines() if line.strip()]
    rows = [row for row in rows if (DATA / row[0]).is_file()]
    lines = run("transcribe", "--model", PACK, *[DATA / row[0] for row in rows]).stdout.splitlines()
    assert len(lines) == len(rows) > 3
    errors = total = 0
    for line, row in zip(lines, rows):
        said = words(row[1])
        errors += word_errors(words(line), said)
        total += len(said)
        print(f"{row[0]}: said {row[1]!r}, heard {line!r}")
    print(f"word error rate {errors / total:.2f}")
    assert errors / total < 0.5


def nobody_who_speaks_is_not_made_up():
    need_pack()
    with tempfile.TemporaryDirectory() as folder:
        silence = pathlib.Path(folder, "silence.wav")
        with wave.open(str(silence), "wb") as sound:
            sound.setparams((1, 2, 16000, 0, "NONE", ""))
            sound.writeframes(bytes(2 * 16000 * 5))
        for way in ([], ["--through-llm"]):
            told = run("transcribe", "--model", PACK, *way, silence)
            assert told.stdout == "\n" and "I heard nothing." in told.stderr, told
        spoken = run("transcribe", "--model", PACK, "--through-llm", DATA / "vm-msgsaved.flac").stdout
        assert spoken.strip() and spoken.count("\n") == 1, spoken


def a_published_whisper_writes_what_it_hears():
    """The starter's own Whisper base, in a folder as CTranslate2 publishes it."""
    cache = os.environ.get("XLLM_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "xllm")
    weights = pathlib.Path(cache) / "parts/whisper-base.ct2.bin"
    if not weights.is_file():
        print(f"{weights} is not there; packaging/setup/ fetches it")
        sys.exit(SKIPPED)
    cases = json.loads((TESTS / "golden/real/whisper_base_decode.json").read_text())["cases"]
    texts = {DATA / (pathlib.Path(case["file"]).stem + ".flac"): case["text"] for case in cases}
    texts = {file: text for file, text in texts.items() if file.is_file()}
    assert texts
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "model.bin"
        model.symlink_to(weights)
        assert "vocabulary.txt" in run("transcribe", "--whisper", folder, *texts, code=1).stderr
        pieces = json.loads((TESTS / "golden/real/whisper_base_pieces.json").read_text())["pieces"]
        lines = "".join(pieces.get(str(id), f"x{id}") + "\n" for id in range(50257))
        (pathlib.Path(folder) / "vocabulary.txt").write_text(lines, encoding="utf-8")
        assert run("transcribe", "--whisper", folder, "--language", "en", *texts).stdout.splitlines() == list(texts.values())
        told = json.loads(run("transcribe", "--whisper", model, "--precision", "float32", "--json", next(iter(texts))).stdout)
        assert told["language"] == "en" and told["windows"][0]["noSpeech"] < 0.5 and told["windows"][0]["tokens"], told
        assert "klingon" in run("transcribe", "--whisper", model, "--language", "klingon", *texts, code=1).stderr
    run("transcribe", "--language", "en", next(iter(texts)), code=2)
    run("transcribe", "--whisper", model, "--through-llm", next(iter(texts)), code=2)
    run("transcribe", "--whisper", model, "--precision", "float16", next(iter(texts)), code=2)


def control_c_stops_within_a_token():
    need_pack()
    process = subprocess.Popen([XLLM, "chat", "--model", PACK, "--prompt", "Tell me a very long story.", "--max-tokens", "4000"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert process.stdout.read(1)
    process.send_signal(signal.SIGINT)
    start = time.monotonic()
    process.communicate(timeout=60)
    assert process.returncode == 130, process.returncode
    assert time.monotonic() - start < 30


def published_models_become_packs():
    """ChatGLM-6B's published layouts, tiny: inspected, imported with each number of bits, talked to, refused when torn."""
    tool = TESTS / "tools/random_chatglm.py"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for bits, layers in (("4", "2"), ("8", "9"), ("16", "9")):  # 9 layers: two files and an index
            model = folder / f"chatglm-{bits}"
            subprocess.run([sys.executable, tool, model, "--bits", bits, "--layers", layers, "--hidden", "128", "--heads", "4", "--inner",
                            "512", "--vocabulary", "1000"], check=True, capture_output=True)
            told = run("inspect", model).stdout
            assert "ChatGLM-6B" in told and f"{layers} layers of width 128" in told and "fits" in told, told
            imported = run("import", model, "--into", folder / "packs", *(["--bits", "8"] if bits == "16" else []))
            pack = imported.stdout.strip()
            assert pack == str(folder / f"packs/chatglm-{bits}"), imported
            assert ("rounding moved" in imported.stderr) == (bits == "16"), imported.stderr
            run("chat", "--model", pack, "--greedy", "--max-tokens", "4", "--prompt", "ab", "--prompt", "ba")
            tensors = run("inspect", "--tensors", pack).stdout  # configs and vocabularies have none
            assert "query_key_value" in tensors and ("layers.8." in tensors) == (layers == "9"), tensors
        again = run("import", folder / "chatglm-4", "--into", folder / "packs", code=1)
        assert "is there already" in again.stderr, again.stderr
        described = json.loads(run("import", folder / "chatglm-4", "--into", folder / "packs", "--name", "other", "--json").stdout)
        assert described["family"] == "ChatGLM-6B" and described["error"] == 0, described
        part = next((folder / "chatglm-8").glob("*-00002-of-*.bin"))
        part.write_bytes(part.read_bytes()[:-1000])
        torn = run("import", folder / "chatglm-8", "--into", folder / "packs", "--name", "torn", code=1)
        assert part.name in torn.stderr, torn.stderr
        part.unlink()
        assert part.name in run("inspect", folder / "chatglm-8", code=1).stderr
        assert "chatml" in run("import", folder / "chatglm-4", "--chat-template", "alpaca", code=1).stderr
        assert "holds no model" in run("import", folder, code=1).stderr
        run("import", folder / "chatglm-4", "--bits", "3", code=2)


SMALL_LANGUAGE = "--layers 2 --hidden 128 --heads 4 --inner 512 --vocabulary 1000".split()
SMALL_EYES = "--blocks 2 --width 64 --vit-heads 4 --vit-inner 160 --side 28 --patch 7 --former-layers 4 --former-width 64 --former-heads 4 --queries 6".split()


def about_a_picture(pack):
    """The answer to a question about a picture, and how many tokens the prompt had."""
    outcome = run("chat", "--model", pack, "--greedy", "--max-tokens", "4", "--image", DATA / "cat.jpg", "--prompt", "ab", "--stats")
    return outcome.stdout, json.loads(outcome.stderr.splitlines()[-1])["promptTokens"]


def visualglm_is_imported_in_one_step_and_sees():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model = folder / "visualglm"
        subprocess.run([sys.executable, TESTS / "tools/random_visualglm.py", model, *SMALL_LANGUAGE, *SMALL_EYES], check=True, capture_output=True)
        told = run("inspect", model).stdout
        for part in ("VisualGLM-6B", "EVA vision transformer", "17 cells, 64 wide", "Q-Former", "6 queries, 4 layers", "projected to 128", "fits"):
            assert part in told, told
        described = json.loads(run("inspect", "--json", model).stdout)
        assert [part["part"] for part in described["parts"]] == ["image encoder", "image interface"], described
        tokens = {}
        for bits in ((), ("--bits", "8"), ("--bits", "4")):
            imported = run("import", model, "--into", folder / "packs", "--name", "sees" + "".join(bits), *bits)
            assert "chats    written as visualglm" in imported.stderr, imported.stderr
            tokens[bits] = about_a_picture(imported.stdout.strip())[1]
        words = run("chat", "--model", imported.stdout.strip(), "--greedy", "--max-tokens", "4", "--prompt", "ab", "--stats")
        assert tokens[()] >= json.loads(words.stderr.splitlines()[-1])["promptTokens"] + 8, tokens  # 6 queries in <img></img>
        assert len(set(tokens.values())) == 1, tokens
        index = model / "pytorch_model.bin.index.json"
        index.write_text(index.read_text().replace("vit.transformer.layers.1.mlp.dense_h_to_4h.bias", "vit.transformer.layers.1.mlp.bias"))
        assert "vit.transformer.layers.1.mlp.bias" in run("import", model, "--into", folder / "packs", "--name", "torn", code=1).stderr
        assert {entry.name for entry in (folder / "packs").iterdir()} == {"sees", "sees--bits8", "sees--bits4"}


def published_eyes_become_parts_and_the_eyes_of_a_pack():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        packs, eyes = folder / "packs", folder / "blip2.safetensors"
        subprocess.run([sys.executable, TESTS / "tools/random_blip2.py", eyes, *"--blocks 2 --width 64 --inner 160 --former-layers 2 --hidden 64 "
                        "--llm-width 128".split()], check=True, capture_output=True)
        subprocess.run([sys.executable, TESTS / "tools/random_chatglm.py", folder / "glm", *SMALL_LANGUAGE], check=True, capture_output=True)
        glm = run("import", folder / "glm", "--into", packs).stdout.strip()
        assert "EVA vision transformer" in run("inspect", eyes).stdout
        parts = run("import", eyes, "--into", packs)
        assert '"encoder": ' in parts.stderr and "--language-model" in parts.stderr, parts.stderr
        parts = parts.stdout.strip()
        assert "projected to 128" in run("inspect", parts).stdout
        for number, source in enumerate((eyes, parts)):  # the file itself, and what became of it
            pack = run("import", source, "--language-model", glm, "--into", packs, "--name", f"sees-{number}").stdout.strip()
            assert "pictures yes" in run("inspect", pack).stdout
            assert about_a_picture(pack)[1] > 32
        assert "--bits" in run("import", eyes, "--bits", "8", "--into", packs, "--name", "x", code=1).stderr
        assert "Both" in run("import", eyes, parts, "--into", packs, "--name", "x", code=1).stderr
        assert "is a pack already" in run("import", pack, "--into", packs, "--name", "x", code=1).stderr
        assert "no-such-pack" in run("import", eyes, "--language-model", "no-such-pack", "--into", packs, "--name", "x", code=1).stderr
        assert not [entry.name for entry in packs.iterdir() if entry.name.startswith((".", "x"))]


def packs_and_files_can_be_inspected():
    need_pack()
    listed = run("inspect", PACK).stdout
    assert "Apache-2.0" in listed and "llm/" in listed, listed
    described = json.loads(run("inspect", "--json", PACK / "llm/SmolLM2-135M-Instruct.Q4_1.gguf").stdout)
    assert described["format"] == "gguf" and 134e6 < described["parameters"] < 136e6, described
    assert "Q4_1" in described["types"]


def training_data_is_checked():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for picture in ("cat.jpg", "koala.jpg", "panda.jpg"):
            shutil.copy(DATA / picture, folder)
        (folder / "x.csv").write_text("image,caption\ncat.jpg,a cat\nkoala.jpg,a koala\npanda.jpg,a panda\n")
        sound = run("check-data", folder / "x.csv", "--kind", "pictures", "--lists", folder / "lists")
        assert "3 examples, 3 of them usable" in sound.stdout and "Nothing was found." in sound.stdout, sound.stdout
        lines = [json.loads(line) for part in ("training", "validation") for line in (folder / "lists" / f"{part}.jsonl").read_text().splitlines()]
        assert sorted(pathlib.Path(line["image"]).name for line in lines) == ["cat.jpg", "koala.jpg", "panda.jpg"], lines
        (folder / "koala.jpg").write_bytes((folder / "koala.jpg").read_bytes()[:9000])
        with (folder / "x.csv").open("a") as table:
            table.write("gone.jpg,it is gone\n")
        report = folder / "report.json"
        faulty = run("check-data", folder / "x.csv", "--kind", "pictures", "--report", report, code=1)
        assert "row 5 of x.csv (gone.jpg)" in faulty.stdout and "row 3 of x.csv (koala.jpg)" in faulty.stdout, faulty.stdout
        kept = json.loads(report.read_text())
        assert {finding["what"] for finding in kept["findings"]} == {"missing-file", "cut-off"}, kept["findings"]
        (folder / "link").symlink_to(report)
        run("check-data", folder / "x.csv", "--kind", "pictures", "--report", folder / "link", code=1)
        assert (folder / "link").is_symlink() and not report.read_text().startswith("{"), report.read_text()  # no name in .json
        told = json.loads(run("check-data", folder / "x.csv", "--kind", "pictures", "--json", code=1).stdout)
        assert told["usable"] == 2 and told["split"]["training"] + told["split"]["validation"] == 2, told
        assert "nowhere.csv" in run("check-data", folder / "nowhere.csv", "--kind", "pictures", code=1).stderr
        run("check-data", folder / "x.csv", code=2)
        run("check-data", folder / "x.csv", "--kind", "songs", code=2)


def the_heap_begins_in_large_pages():
    if not pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled").is_file():
        sys.exit(SKIPPED)
    need_pack()
    process = subprocess.Popen([XLLM, "chat", "--model", PACK], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        heap, deadline = None, time.monotonic() + 60
        while not heap and time.monotonic() < deadline:
            time.sleep(0.1)
            maps = pathlib.Path(f"/proc/{process.pid}/smaps").read_text()
            if "libasan" in maps or "libtsan" in maps:
                sys.exit(SKIPPED)  # another heap
            # A part of it is large, and its flags tell that large pages were asked for ("hg").
            heap = re.search(r"\[heap\]\nSize: +\d{5,} kB\n(?:[A-Z].*\n)*?VmFlags:.* hg\b", maps)
        assert heap, re.findall(r"\[heap\]\nSize:.*", maps)
    finally:
        process.kill()
        process.wait()


def speeds_are_told_beside_the_machine():
    need_pack()
    told = [json.loads(line) for line in
            run("bench", "--model", PACK, "--prefill", "16,32", "--decode", 4, "--picture", "--speech", 1, "--runs", 2, "--json").stdout.splitlines()]
    assert [line["work"] for line in told] == ["prefill", "prefill", "decode", "picture", "speech"], told
    for line in told:
        assert line["runs"] == 2 and line["isa"] and line["threads"] >= 1 and 1e8 < line["bandwidthBytesPerSecond"] < 1e13, line
        assert 0 < line["bestSeconds"] <= line["seconds"] < 60, line
    assert told[2]["bytesPerSecond"] > 1e8, told[2]
    file = PACK / "llm/SmolLM2-135M-Instruct.Q4_1.gguf"
    assert "tokens/s" in run("bench", "--language-model", file, "--decode", 2, "--runs", 1).stdout
    assert "no-such-file" in run("bench", "--language-model", "no-such-file.gguf", code=1).stderr
    assert "8192" in run("bench", "--model", PACK, "--prefill", 100000, code=1).stderr
    run("bench", "--language-model", file, "--picture", code=2)
    errors = {}
    for precision in ("float32", "bfloat16"):
        line = json.loads(run("bench", "--model", PACK, "--speech", 1, "--precision", precision, "--runs", 1, "--json").stdout)
        assert line["precision"] == precision, line
        errors[precision] = line["error"]
    assert errors["float32"] == 0 < errors["bfloat16"] < 0.1, errors
    assert "AVX2" in run("bench", "--model", PACK, "--speech", 1, "--precision", "int8", env={"XLLM_ISA": "plain"}, code=1).stderr
    run("bench", "--model", PACK, "--speech", 1, "--precision", "int4", code=2)


if __name__ == "__main__":
    globals()[sys.argv[3]]()
