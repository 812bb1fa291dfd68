#!/usr/bin/env python3
"""Quoting: a model that knows four statutes continues them, plain and with drafts from the prompt and from the statutes' text, as a
client of a server that has answered before. Prints medians of tokens per second (the whole request), the ratio, and whether the answers are the same.
    bench/quoting.py MODEL.gguf CORPUS.txt GEOBUK...      (GEOBUK: the command that starts it; the model comes from bench/quoting.yaml)"""
import json, re, statistics, subprocess, sys, time, urllib.error, urllib.request

model, corpus, geobuk = sys.argv[1], sys.argv[2], sys.argv[3:]
text = open(corpus, encoding="utf-8").read()
# A statute's title and the heading of its first article: the model goes on with what it knows.
openings = [found.group() for found in re.finditer(r"^.+\n\n제1조 ?\(.+\)\n", text, re.MULTILINE)][:3]
if not openings: sys.exit(f"{corpus}: no statute begins in it; expected its title, an empty line, and the line of its article 1, such as 제1조 (목적).")
# For the prompt's own text: the regulation is given, and the model, which knows it, says it again.
quoted = [f"{text[text.find(opening):][:700]}\n\n{opening}" for opening in openings]


class Server:
    def __init__(self, port, *options):
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen([*geobuk, "serve", model, "--urls", self.url, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while True:
            try:
                self.name = json.load(urllib.request.urlopen(f"{self.url}/v1/models"))["data"][0]["id"]
                return
            except urllib.error.URLError:
                if self.process.poll() is not None: sys.exit(f"{geobuk}: serve ended with {self.process.returncode}")
                time.sleep(0.1)

    def ask(self, prompt):
        """The answer, its tokens per second, guessed tokens that were right."""
        body = json.dumps({"model": self.name, "prompt": prompt, "max_tokens": 256, "temperature": 0}).encode()
        before, started = self.accepted(), time.perf_counter()
        answer = json.load(urllib.request.urlopen(urllib.request.Request(f"{self.url}/v1/completions", body, {"Content-Type": "application/json"})))
        seconds, tokens = time.perf_counter() - started, answer["usage"]["completion_tokens"]
        return answer["choices"][0]["text"], tokens / seconds, tokens, self.accepted() - before

    def accepted(self):
        lines = urllib.request.urlopen(f"{self.url}/metrics").read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith("llamacpp:spec_decode_num_accepted_tokens_total"))


servers = {"plain": Server(18091, "--no-draft"), "corpus": Server(18092, "--draft-corpus", corpus), "lookup": Server(18093)}
try:
    for name, prompts in (("corpus", openings), ("lookup", quoted)):
        plain, drafted, same, accepted, tokens = [], [], True, 0, 0
        for round in range(24):
            for prompt in prompts:
                a, b = servers["plain"].ask(prompt), servers[name].ask(prompt)
                same &= a[0] == b[0]
                # The first rounds compile, in the background for some seconds, and fill the prefix caches of both.
                if round < 12: continue
                plain.append(a[1]); drafted.append(b[1]); tokens += b[2]; accepted += b[3]
        print(f"{name}: plain {statistics.median(plain):.0f}, drafted {statistics.median(drafted):.0f} tokens/s, {statistics.median(d / p for p, d in zip(plain, drafted)):.2f} x, "
              f"{accepted:.0f} of {tokens} tokens accepted, {'the same answers' if same else 'DIFFERENT ANSWERS'}", flush=True)
finally:
    for server in servers.values(): server.process.terminate()
