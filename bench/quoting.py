#!/usr/bin/env python3
"""Quoting: a model that knows four statutes continues them, plain and with drafts from the prompt and from the statutes' text.
Prints medians of tokens per second, the ratio, and whether the answers are the same.
    bench/quoting.py MODEL.gguf CORPUS.txt GEOBUK...      (GEOBUK: the command that starts it; the model comes from bench/quoting.yaml)"""
import json, statistics, subprocess, sys

model, corpus, geobuk = sys.argv[1], sys.argv[2], sys.argv[3:]
text = open(corpus, encoding="utf-8").read()
openings = ["국방과학연구소법\n\n제1조 (목적)\n", "방첩업무 규정\n\n제1조 (목적)\n", "군위탁생 규정\n\n제1조 (목적)\n"]
# For the prompt's own text: the regulation is given, and the model, which knows it, says it again.
quoted = [f"{text[max(0, text.find(first) - 40):][:900]}\n\n{opening}" for opening, first in zip(openings, ("이 법은 국방과학연구소", "이 영은 「국가정보원법」", "이 영은 군인"))]


def run(prompt, spec):
    out = subprocess.run([*geobuk, "generate", model, "--prompt", prompt, "--max-tokens", "256", "--spec", spec, "--json"], capture_output=True, text=True)
    return json.loads(out.stdout)


for name, prompts, spec in (("corpus", openings, f"corpus:{corpus}"), ("lookup", quoted, "lookup")):
    plain, drafted, same, accepted, tokens = [], [], True, 0, 0
    for prompt in prompts:
        for _ in range(3):
            a, b = run(prompt, "off"), run(prompt, spec)
            plain.append(a["decode_tps"]); drafted.append(b["decode_tps"])
            same &= a["ids"] == b["ids"]; accepted += b["accepted"]; tokens += len(b["ids"])
    print(f"{name}: plain {statistics.median(plain):.0f}, drafted {statistics.median(drafted):.0f} tokens/s, {statistics.median(d / p for p, d in zip(plain, drafted)):.2f} x, "
          f"{accepted} of {tokens} tokens accepted, {'the same answers' if same else 'DIFFERENT ANSWERS'}", flush=True)
