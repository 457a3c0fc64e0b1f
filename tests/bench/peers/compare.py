#!/usr/bin/env python3
"""Our speed beside that of others, on this machine, in the same minutes: ours, theirs, ours, theirs, …

Makes an environment with the other programs from PyPI (built for this processor), runs every row at least six times each,
alternately, and writes a table: medians, their ratio, and what of the memory's speed is used. Runs with another busy process
in the background are told, not hidden.
Usage: compare.py --xllm build/release/bin/xllm [--rows small,late,busy,encoder,start,picture,large,wide] [--rounds 6] [--out docs/benchmarks.md]
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "xllm"
# llama.cpp's AMX path crashes on files of Q4_1, hence without.
PACKAGES = {"llama-cpp-python": "0.3.36", "pywhispercpp": "1.5.1", "ctranslate2": "4.8.5", "numpy": None, "gguf": None}
BUILT = "llama-cpp-python,pywhispercpp"
CMAKE = "-DGGML_NATIVE=ON -DGGML_AMX_TILE=OFF -DGGML_AMX_INT8=OFF -DGGML_AMX_BF16=OFF"


def say(text):
    print(text, file=sys.stderr, flush=True)


def environment() -> pathlib.Path:
    """The Python that has the others' packages; made once."""
    folder = CACHE / "peers"
    python, complete = folder / "bin" / "python", folder / "complete"
    wanted = [name if version is None else f"{name}=={version}" for name, version in PACKAGES.items()]
    if not complete.exists() or complete.read_text() != " ".join(wanted):
        say("installing the programs to compare with (once; llama.cpp and whisper.cpp are built for this processor)")
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--no-binary", BUILT, *wanted], check=True,
                       env={**os.environ, "CMAKE_ARGS": CMAKE, "FORCE_CMAKE": "1"})
        complete.write_text(" ".join(wanted))
    return python


class Peer:
    """Another program that stays loaded and answers one line per line."""
    running = []

    def __init__(self, *command):
        Peer.running.append(self)
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.about = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args[1]} ended with {self.process.wait()}")
        return json.loads(line)

    def seconds(self, asked) -> float:
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return self.answer()["seconds"]

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Ours:
    def __init__(self, program, *given):
        self.command = [str(program), "bench", "--json", "--runs", "1", *map(str, given)]

    def run(self, *work):
        done = subprocess.run([*self.command, *map(str, work)], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)


def cpu_seconds():
    """Of all processes together, in /proc/stat's ticks; 0 where there is none."""
    try:
        fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except OSError:
        return 0.0
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def children_seconds():
    times = os.times()
    return times.children_user + times.children_system + times.user + times.system


class Row:
    """One line of the table. `ours` answers a line of xllm bench, `theirs` seconds."""

    def __init__(self, title, peer, unit, size, demand, ours, theirs):
        self.title, self.peer, self.unit, self.size, self.demand = title, peer, unit, size, demand
        self.ours, self.theirs = ours, theirs
        self.our_times, self.their_times, self.lines = [], [], []

    def run(self, rounds):
        for _ in range(rounds):
            line = self.ours()
            self.lines.append(line)
            self.our_times.append(line["seconds"])
            self.their_times.append(self.theirs())

    def text(self):
        ours, theirs = statistics.median(self.our_times), statistics.median(self.their_times)

        def told(seconds):
            if self.unit != "tokens/s":
                return f"{seconds:.3f}"
            rate = self.size / seconds
            return f"{rate:.{1 if rate < 20 else 0}f}"

        bandwidth = statistics.median(line.get("bandwidthBytesPerSecond", 0) for line in self.lines)
        used = ""
        if "bytesPerSecond" in self.lines[0] and bandwidth:
            rate = statistics.median(line["bytesPerSecond"] for line in self.lines)
            used = f"{100 * rate / bandwidth:.0f} % of {bandwidth / 1e9:.0f} GB/s"
        return (f"| {self.title} | {self.peer} | {told(ours)} ({told(min(self.our_times))}) | "
                f"{told(theirs)} ({told(min(self.their_times))}) {self.unit} | **{theirs / ours:.2f} ×** | {self.demand} | {used} |")


class BusyRow(Row):
    """Beside a program that keeps one processor busy; what is left of our own speed is told too. `theirs` does `their_size`."""

    def __init__(self, *given, their_size):
        super().__init__(*given)
        self.their_size, self.free_times = their_size, []

    def run(self, rounds):
        for _ in range(rounds):
            self.free_times.append(self.ours()["seconds"])
            with busy_processor():
                line = self.ours()
                self.lines.append(line)
                self.our_times.append(line["seconds"])
                self.their_times.append(self.theirs() * self.size / self.their_size)

    def text(self):
        kept = statistics.median(self.free_times) / statistics.median(self.our_times)
        return f"{super().text()[:-1]}keeps {100 * kept:.0f} % of its free speed |"


class OwnRow:
    """A time of ours that nothing stands beside."""

    def __init__(self, title, measure):
        self.title, self.measure, self.times, self.lines = title, measure, [], []

    def run(self, rounds):
        self.times = [self.measure() for _ in range(rounds)]

    def text(self):
        return f"| {self.title} | – | {statistics.median(self.times):.3f} ({min(self.times):.3f}) s | – | – | printed | |"


@contextlib.contextmanager
def busy_processor():
    spinning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    time.sleep(0.2)  # until it runs
    try:
        yield
    finally:
        spinning.kill()
        spinning.wait()


class Conversation:
    """`xllm chat` as a person would use it; say() tells the seconds to the answer's first letter, the first time since the start."""

    def __init__(self, xllm):
        self.asked = time.perf_counter()
        self.process = subprocess.Popen([xllm, "chat", "--greedy", "--max-tokens", "8"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def say(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()
        if not self.process.stdout.read(1):
            raise SystemExit("xllm chat ended without an answer")
        seconds = time.perf_counter() - self.asked
        self.process.stdout.readline()
        self.asked = time.perf_counter()
        return seconds

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def lower_bits(python, source, target):
    """Q4_0 of the same weights: what llama.cpp is fastest with."""
    if target.exists():
        return
    say(f"making {target.name}")
    code = ("import llama_cpp,sys; p=llama_cpp.llama_model_quantize_default_params(); p.ftype=2; p.allow_requantize=True; "
            "sys.exit(llama_cpp.llama_model_quantize(sys.argv[1].encode(), sys.argv[2].encode(), p))")
    partial = target.with_suffix(".partial")
    subprocess.run([python, "-c", code, source, partial], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    partial.rename(target)


def small_rows(python, xllm, threads, models):
    file = CACHE / "parts" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    faster = models / "SmolLM2-135M-Instruct.Q4_0.gguf"
    lower_bits(python, file, faster)
    ours = Ours(xllm, "--language-model", file)
    peers = [("llama.cpp, same file", Peer(python, HERE / "llama_peer.py", file, threads), (5, 2)),
             ("llama.cpp, Q4_0 of it", Peer(python, HERE / "llama_peer.py", faster, threads), (2.5, 1.6))]
    for name, peer, (prefill, decode) in peers:
        yield Row("SmolLM2-135M Q4_1, prefill 512", name, "tokens/s", 512, f"≥ {prefill} ×",
                  lambda: ours.run("--prefill", 512), lambda peer=peer: peer.seconds({"work": "prefill", "size": 512}))
        yield Row("the same, decode 128", name, "tokens/s", 128, f"≥ {decode} ×",
                  lambda: ours.run("--decode", 128), lambda peer=peer: peer.seconds({"work": "decode", "size": 128}))


def late_rows(python, xllm, threads, models):
    file = CACHE / "parts" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    peer = Peer(python, HERE / "llama_peer.py", file, threads)
    for cache in ("float16", "int8"):
        ours = Ours(xllm, "--language-model", file, "--cache", cache)
        yield Row(f"SmolLM2-135M Q4_1, decode 64 behind 1,536 tokens, ours kept in {cache}", "llama.cpp, same file, float16",
                  "tokens/s", 64, "", lambda: ours.run("--decode", 64, "--past", 1536),
                  lambda: peer.seconds({"work": "decode", "size": 64, "past": 1536}))


def busy_rows(python, xllm, threads, models):
    file = CACHE / "parts" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    ours = Ours(xllm, "--language-model", file)
    peer = Peer(python, HERE / "llama_peer.py", file, threads)
    yield BusyRow("SmolLM2-135M Q4_1, decode 128, one processor busy", "llama.cpp, same file (4 tokens)", "tokens/s", 128, "≥ 2 ×",
                  lambda: ours.run("--decode", 128), lambda: peer.seconds({"work": "decode", "size": 4}), their_size=4)


def picture_rows(python, xllm, threads, models):
    picture = HERE.parents[2] / "docs" / "images" / "sees.png"
    again, followed = [], []

    def ask():
        conversation = Conversation(xllm)
        first = conversation.say(f"/image {picture}\nWhat is in this picture?\n")
        again.append(conversation.say(f"/image {picture}\nIs it an animal?\n"))
        followed.append(conversation.say("And why?\n"))
        conversation.end()
        return first

    yield OwnRow("picture and question, starter, from the program's start", ask)
    yield OwnRow("the same picture again, another question", lambda: again.pop(0))
    yield OwnRow("a further question about it", lambda: followed.pop(0))


def random_6b(python, models, columns):
    """A file of the 6B shape whose weights share a scale in so many columns of a row."""
    file = models / f"random-6b-{columns}.Q4_0.gguf"
    if not file.exists():
        say(f"making {file.name} (3.5 GB)")
        partial = file.with_suffix(".partial")
        subprocess.run([python, HERE / "random_gguf.py", partial, str(columns)], check=True)
        partial.rename(file)
    return file


def large_rows(python, xllm, threads, models):
    file = random_6b(python, models, 32)
    ours = Ours(xllm, "--language-model", file)
    peer = Peer(python, HERE / "llama_peer.py", file, threads)
    for size in (128, 512):
        yield Row(f"6B shape Q4_0, prefill {size}", "llama.cpp, same file", "tokens/s", size, "≥ 2 ×",
                  lambda size=size: ours.run("--prefill", size), lambda size=size: peer.seconds({"work": "prefill", "size": size}))
    yield Row("6B shape Q4_0, decode 32", "llama.cpp, same file", "tokens/s", 32, "≥ 1.05 ×",
              lambda: ours.run("--decode", 32), lambda: peer.seconds({"work": "decode", "size": 32}))


def wide_rows(python, xllm, threads, models):
    file = random_6b(python, models, 128)
    ours = Ours(xllm, "--language-model", file)
    peer = Peer(python, HERE / "llama_peer.py", file, threads)
    yield Row("6B shape, a scale for 128 columns, decode 32", "llama.cpp, same file (Q4_0)", "tokens/s", 32, "≥ 1.15 ×",
              lambda: ours.run("--decode", 32), lambda: peer.seconds({"work": "decode", "size": 32}))


def encoder_rows(python, xllm, threads, models):
    folder = models / "whisper-base"
    folder.mkdir(exist_ok=True)
    model = folder / "model.bin"
    if not model.exists():
        model.symlink_to(CACHE / "parts" / "whisper-base.ct2.bin")
        # CTranslate2 wants a vocabulary of the right length; the encoder never looks at it.
        (folder / "vocabulary.json").write_text(json.dumps([f"w{i}" for i in range(51865)]))
        (folder / "config.json").write_text("{}")
    same = models / "whisper-base.ggml.bin"
    if not same.exists():
        subprocess.run([python, HERE / "whisper_ggml.py", CACHE / "parts" / "whisper-base.ct2.bin", same], check=True)
    ours = Ours(xllm)
    for name, *command in (("CTranslate2, float32", "whisper_peer.py", folder, "float32"), ("CTranslate2, int8", "whisper_peer.py", folder, "int8"),
                           ("whisper.cpp, float16", "whisper_cpp_peer.py", same)):
        peer = Peer(python, HERE / command[0], *command[1:], threads)
        yield Row("Whisper base encoder, 30 s", name, "s", 30, "≥ 3.5 ×",
                  lambda: ours.run("--speech", 29), lambda peer=peer: peer.seconds({}))


def start_rows(python, xllm, threads, models):
    file = CACHE / "parts" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    question = "What is the capital of France?"
    code = ("import llama_cpp,sys; l=llama_cpp.Llama(sys.argv[1],n_ctx=2048,n_threads=int(sys.argv[2]),verbose=False); "
            "next(iter(l.create_chat_completion([{'role':'user','content':sys.argv[3]}],max_tokens=1,temperature=0,stream=True)))")

    def timed(command):
        start = time.perf_counter()
        subprocess.run([str(word) for word in command], check=True, capture_output=True)
        return time.perf_counter() - start

    yield Row("program start to first token", "llama-cpp-python, same file", "s", 1, "≥ 2 ×",
              lambda: {"seconds": timed([xllm, "chat", "--greedy", "--max-tokens", 1, "--prompt", question])},
              lambda: timed([python, "-c", code, file, threads, question]))


ROWS = {"small": small_rows, "late": late_rows, "busy": busy_rows, "encoder": encoder_rows, "start": start_rows, "picture": picture_rows,
        "large": large_rows, "wide": wide_rows}


def processor():
    """The processor's name, and its family where Linux tells it: a virtual machine may call every EPYC by the same name."""
    try:
        lines = [line.partition(":") for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()]
        told = {name.strip(): value.strip() for name, _, value in lines}
        return f"{told['model name']} (family {told['cpu family']})"
    except (OSError, KeyError):
        return platform.processor() or platform.machine()


def table(rows, line, foreign, rounds):
    versions = ", ".join(f"{name} {version}" for name, version in PACKAGES.items() if version)
    return "\n".join([
        f"### {processor()}, {line['threads']} threads, {line['isa']}", "",
        f"{datetime.date.today().isoformat()}; {versions}; {rounds} rounds, ours and theirs alternately; median (best). "
        f"Other processes used {foreign:.0f} s of processor time meanwhile.", "",
        "| work | beside | ours | theirs | ratio | demanded | memory |", "| --- | --- | --- | --- | --- | --- | --- |",
        *[row.text() for row in rows], ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--xllm", type=pathlib.Path, required=True)
    parser.add_argument("--rows", default="small,late,busy,encoder,start,picture")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--python", type=pathlib.Path, help="an environment that has the others already")
    parser.add_argument("--out", type=pathlib.Path, help="a Markdown file whose part for this machine is replaced")
    given = parser.parse_args()
    python = given.python or environment()
    models = CACHE / "bench"
    models.mkdir(parents=True, exist_ok=True)
    rows, before, own = [], cpu_seconds(), children_seconds()
    for name in given.rows.split(","):
        for row in ROWS[name](python, given.xllm, given.threads, models):
            row.run(given.rounds)
            say(row.text())
            rows.append(row)
    for peer in Peer.running:
        peer.end()
    own_line = Ours(given.xllm).run("--prefill", 8)
    text = table(rows, own_line, cpu_seconds() - before - (children_seconds() - own), given.rounds)
    print(text)
    if given.out:
        replace_part(given.out, text)


def replace_part(file, text):
    """The part under the same heading is replaced, else the new one goes to the end."""
    heading = text.splitlines()[0]
    parts = file.read_text(encoding="utf-8").split("\n### ") if file.exists() else [""]
    kept = [parts[0].rstrip()] + ["### " + part.rstrip() for part in parts[1:] if not ("### " + part).startswith(heading + "\n")]
    file.write_text("\n\n".join([*kept, text.rstrip()]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
