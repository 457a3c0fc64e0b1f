#!/usr/bin/env python3
"""Measures with `xllm evaluate`: a judge on 127.0.0.1 that this test plays itself, and the starter pack where it is
assembled. Usage: evaluate_test.py XLLM TESTS CASE

Cases that need the starter pack, or a build with libcurl, say so and exit with 77 (skipped) without it.
"""
import http.server
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

XLLM, TESTS = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
DATA = TESTS / "data"
PACK = TESTS.parent / "build/packs/starter"
NAMES = TESTS.parent / "packaging/starter/class_names.txt"
SKIPPED = 77


class Judge(http.server.BaseHTTPRequestHandler):
    """Answers with the next of `replies`: (status, text of the reply, seconds to wait first)."""
    replies, seen = [], []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Judge.seen.append((self.path, self.headers.get("Authorization"), body))
        status, text, wait = Judge.replies.pop(0)
        time.sleep(wait)
        payload = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
        except OSError:
            pass

    def log_message(self, *_):
        pass


class Bench:
    """A folder with three questions and two sets of answers, and a judge that listens."""

    def __init__(self, replies):
        Judge.replies, Judge.seen = list(replies), []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Judge)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.scratch = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.scratch.name)
        self.lines("questions.jsonl", [{"id": i, "question": f"question {i}", "category": "all"} for i in (1, 2, 3)])
        self.lines("ours.jsonl", [{"id": i, "answer": f"ours {i}"} for i in (1, 2, 3)])
        self.lines("theirs.jsonl", [{"id": i, "answer": f"theirs {i}"} for i in (1, 2, 3)])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.scratch.cleanup()

    def lines(self, name, rows):
        (self.folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))

    def config(self, **judge):
        judge = {"url": f"http://127.0.0.1:{self.server.server_port}", "model": "judge-1", "firstWaitSeconds": 0.05, **judge}
        task = {"kind": "relative", "list": "questions.jsonl", "answers": "ours.jsonl", "reference": "theirs.jsonl", "judge": judge}
        file = self.folder / "evaluate.json"
        file.write_text(json.dumps({"report": "report.json", "tasks": [task]}))
        return file

    def report(self):
        return json.loads((self.folder / "report.json").read_text())


def run(*arguments, code=0, **options):
    outcome = subprocess.run([XLLM, "evaluate", *map(str, arguments)], capture_output=True, text=True, timeout=240, **options)
    if "made without libcurl" in outcome.stderr:
        sys.exit(SKIPPED)
    assert outcome.returncode == code, f"exit code {outcome.returncode} instead of {code}\n{outcome.stdout}\n{outcome.stderr}"
    return outcome


def a_judges_scores_are_summed_and_unclear_replies_listed():
    with Bench([(200, "8 4\nshort", 0), (200, "Both get 7.", 0), (200, "10, 5", 0)]) as bench:
        environment = {**os.environ, "XLLM_TEST_KEY": "secret"}
        outcome = run(bench.config(keyVariable="XLLM_TEST_KEY"), env=environment)
        assert "50.0 %" in outcome.stdout and "1 of 3" in outcome.stdout, outcome.stdout
        result = bench.report()["tasks"][0]
        assert result["answer"] == 9 and result["reference"] == 18 and result["unparsedIds"] == ["2"], result
        assert result["categories"]["all"]["judged"] == 3, result
        items = [json.loads(line) for line in (bench.folder / "report.items.jsonl").read_text().splitlines()]
        assert [item["scores"] for item in items] == [{"answer": 4, "reference": 8}, None, {"answer": 5, "reference": 10}], items
        path, key, body = Judge.seen[0]
        assert path == "/v1/chat/completions" and key == "Bearer secret" and body["model"] == "judge-1", Judge.seen[0]
        prompt = body["messages"][0]["content"]
        assert prompt.index("theirs 1") < prompt.index("ours 1"), prompt
        assert "secret" not in outcome.stdout + outcome.stderr + json.dumps(bench.report())


def a_busy_judge_is_asked_again_and_a_refusing_one_is_not():
    busy = [(503, "", 0), (429, "", 0), (200, "8 8", 0)]
    with Bench([*busy, (400, "", 0), *[(500, "", 0)] * 3]) as bench:
        run(bench.config(retries=2, timeoutSeconds=5))
        result = bench.report()["tasks"][0]
        assert result["judged"] == 1 and result["failed"] == 2, result
        assert len(Judge.seen) == 3 + 1 + 3, len(Judge.seen)


def a_silent_judge_is_given_up_after_its_time():
    with Bench([(200, "8 8", 3)] * 3) as bench:
        start = time.time()
        run(bench.config(retries=0, timeoutSeconds=1))
        assert time.time() - start < 10
        assert bench.report()["tasks"][0]["failed"] == 3


def no_judge_at_all_is_told():
    with Bench([]) as bench:
        outcome = run(bench.config(url="http://127.0.0.1:9", retries=0))
        assert "127.0.0.1:9" in outcome.stderr, outcome.stderr
        assert "XLLM_NO_KEY" in run(bench.config(keyVariable="XLLM_NO_KEY"), code=1).stderr


def a_full_disk_is_told():
    with Bench([(200, "8 4", 0)] * 3) as bench:
        config = bench.config()
        config.write_text(json.dumps({**json.loads(config.read_text()), "items": "/dev/full"}))
        outcome = run(config, code=3)
        assert "/dev/full cannot be written" in outcome.stderr, outcome.stderr
        assert bench.report()["tasks"][0]["judged"] == 3, bench.report()  # what else there is to keep is kept


def control_c_leaves_what_was_done():
    with Bench([(200, "8 4", 0), (200, "8 8", 30), (200, "8 8", 30)]) as bench:
        process = subprocess.Popen([XLLM, "evaluate", bench.config()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while len(Judge.seen) < 2 and process.poll() is None:
            time.sleep(0.05)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        if "made without libcurl" in err:
            sys.exit(SKIPPED)
        assert process.returncode == 130, (process.returncode, out, err)
        report = bench.report()
        assert not report["complete"] and report["tasks"][0]["items"] == 1 and report["tasks"][0]["judged"] == 1, report


def wrong_configs_name_the_nearest_key():
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "e.json"
        file.write_text('{"tasks": [{"kind": "transcription", "lst": "x.jsonl"}]}')
        assert 'did you mean "list"' in run(file, code=1).stderr
        assert "nowhere.json" in run(pathlib.Path(folder) / "nowhere.json", code=1).stderr


def the_starter_is_measured_on_real_files():
    if not (PACK / "pack.json").is_file():
        print(f"{PACK} is not there; `make starter-pack` makes it")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        said = [line.split("\t") for line in (DATA / "recordings.tsv").read_text().splitlines() if line and not line.startswith("#")]
        rows = [{"audio": str(DATA / fields[0]), "text": fields[-1]} for fields in said if (DATA / fields[0]).is_file()]
        rows.append({"audio": str(folder / "gone.wav"), "text": "not there"})
        (folder / "speech.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (folder / "pictures.jsonl").write_text("".join(json.dumps({"picture": str(DATA / name)}) + "\n" for name in ("panda.jpg", "koala.jpg")))
        (folder / "questions.jsonl").write_text(json.dumps(
            {"turns": [{"user": [{"image": str(DATA / "panda.jpg")}, "What is in this picture?"]}], "accept": ["panda"]}) + "\n")
        config = folder / "e.json"
        config.write_text(json.dumps({"report": "out/report.json", "tasks": [
            {"kind": "transcription", "list": "speech.jsonl", "skipWrongRows": True},
            {"kind": "retention", "list": "pictures.jsonl", "names": str(NAMES), "maxTokens": 24},
            {"kind": "question", "list": "questions.jsonl", "maxTokens": 24}]}))
        outcome = run("--model", PACK, "--json", config)
        lines = [json.loads(line) for line in outcome.stdout.splitlines()]
        report = lines[-1]["report"]
        assert report == json.loads((folder / "out/report.json").read_text())
        speech, retention, question = report["tasks"]
        assert speech["items"] == len(rows) - 1 and 0 <= speech["wordErrorRate"] < 0.7, speech
        assert retention["items"] == 2 and retention["named"] >= 1, retention
        assert question["right"] == 1, lines
        assert len(lines) == speech["items"] + 3 + 1, len(lines)


globals()[sys.argv[3]]()
