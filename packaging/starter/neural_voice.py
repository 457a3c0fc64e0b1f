"""Speaks lines of {"text", "out", "seed"} from standard input with one Piper voice, varied by seed. Runs in WORK/tts.

neural_voice.py MODEL SEED: the model draws random numbers of its own as it goes, so the same lines in the same order with the same
SEED give the same sound.
"""

import json
import random
import sys
import wave
from pathlib import Path

import onnxruntime
from piper import PiperVoice, SynthesisConfig

onnxruntime.set_seed(int(sys.argv[2]))
voice = PiperVoice.load(sys.argv[1])
for line in sys.stdin:
    job = json.loads(line)
    rng = random.Random(job["seed"])
    how = SynthesisConfig(length_scale=rng.uniform(0.85, 1.2), noise_scale=rng.uniform(0.4, 0.9), noise_w_scale=rng.uniform(0.5, 1.0))
    part = Path(job["out"] + ".part")
    with wave.open(str(part), "wb") as sound:
        voice.synthesize_wav(job["text"], sound, syn_config=how)
    part.rename(job["out"])
