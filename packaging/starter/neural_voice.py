"""Speaks lines of {"text", "out", "seed"} from standard input with one Piper voice, varied by seed. Runs in WORK/tts."""

import json
import random
import sys
import wave
from pathlib import Path

from piper import PiperVoice, SynthesisConfig

voice = PiperVoice.load(sys.argv[1])
for line in sys.stdin:
    job = json.loads(line)
    rng = random.Random(job["seed"])
    how = SynthesisConfig(length_scale=rng.uniform(0.85, 1.2), noise_scale=rng.uniform(0.4, 0.9), noise_w_scale=rng.uniform(0.5, 1.0))
    part = Path(job["out"] + ".part")
    with wave.open(str(part), "wb") as sound:
        voice.synthesize_wav(job["text"], sound, syn_config=how)
    part.rename(job["out"])
