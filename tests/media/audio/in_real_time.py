#!/usr/bin/env python3
"""Runs a test with real sound, which plays in real time: up to three times, and says so.

Beside it a thread that wants to wake up every 10 ms notes how late it was. If every try failed and in every one the machine
stood still for longer than the sound server's patience, the test is skipped (77): it says nothing about the program.
Usage: in_real_time.py PROGRAM [ARGUMENT …]
"""
import subprocess
import sys
import threading
import time

TRIES = 3
PATIENCE_S = 0.06
SKIPPED = 77


class Watch:
    def __init__(self):
        self.latest = 0.0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.done.is_set():
            start = time.monotonic()
            time.sleep(0.01)
            self.latest = max(self.latest, time.monotonic() - start - 0.01)

    def end(self) -> float:
        self.done.set()
        self.thread.join()
        return self.latest


def main():
    standstills = []
    for attempt in range(TRIES):
        watch = Watch()
        code = subprocess.run(sys.argv[1:]).returncode
        standstills.append(watch.end())
        print(f"try {attempt + 1}: exit {code}, the machine stood still for {1000 * standstills[-1]:.0f} ms at most",
              flush=True)
        if code in (0, SKIPPED):
            sys.exit(code)
    if min(standstills) > PATIENCE_S:
        print("Not judged: this machine does not keep real time.")
        sys.exit(SKIPPED)
    sys.exit(code)


if __name__ == "__main__":
    main()
