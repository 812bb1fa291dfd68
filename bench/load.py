#!/usr/bin/env python3
"""Load on a server of one's own: many clients, random prompts and lengths, streams and whole answers, some cut off. Then twice as many, then one.
Only 429 may be refused; afterwards no block may be held, and memory must be what it was after warm-up.
    bench/load.py http://127.0.0.1:8080 MODEL [--clients 64] [--minutes 10] [--max-tokens 64] [--pid SERVER]"""
import argparse, http.client, json, random, threading, time, urllib.parse
from collections import Counter

p = argparse.ArgumentParser()
p.add_argument("url"); p.add_argument("model")
p.add_argument("--clients", type=int, default=64); p.add_argument("--minutes", type=float, default=10)
p.add_argument("--max-tokens", type=int, default=64); p.add_argument("--pid", type=int)
a = p.parse_args()
where = urllib.parse.urlsplit(a.url)
assert where.hostname in ("127.0.0.1", "localhost"), "load is for a server on this machine"


def memory():
    if not a.pid: return 0
    return next(int(line.split()[1]) / 1024 for line in open(f"/proc/{a.pid}/status") if line.startswith("VmRSS"))


def ask(rng, count, gaps, careful=False):
    """One request on a connection of its own: cutting that off is what a vanished client does."""
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=600)
    words = "".join(chr(ord("가") + rng.randrange(600)) for _ in range(rng.randint(1, 160)))
    stream = rng.random() < 0.75
    body = {"model": a.model, "prompt": ("제1조(목적) 이 규정은 휴가에 관한 사항을 정한다. " if rng.random() < 0.5 else "") + words,
            "max_tokens": rng.randint(1, a.max_tokens), "temperature": 1, "stream": stream}
    leave = rng.randint(0, 8) if stream and not careful and rng.random() < 0.17 else None
    try:
        connection.request("POST", "/v1/completions", json.dumps(body), {"Content-Type": "application/json"})
        if not careful and not stream and rng.random() < 0.1:
            count["left early"] += 1
            return False
        response = connection.getresponse()
        if response.status == 429:
            count["refused with 429"] += 1
            response.read()
            time.sleep(rng.uniform(0.2, 1))
            return False
        if response.status != 200:
            count[f"ERROR {response.status}"] += 1
            return False
        if not stream:
            json.loads(response.read())
            count["answered"] += 1
            return True
        last, events = None, 0
        for line in response:
            if not line.startswith(b"data: "): continue
            if line.startswith(b"data: [DONE]"):
                count["answered"] += 1
                return True
            if b'"error"' in line: count["ERROR in a stream"] += 1
            now = time.perf_counter()
            if last: gaps.append(1000 * (now - last))
            last, events = now, events + 1
            if leave is not None and events > leave:
                count["left early"] += 1
                return False
        count["ERROR a stream without its end"] += 1
    except OSError as e:
        count[f"ERROR {type(e).__name__}"] += 1
    finally:
        connection.close()
    return False


def phase(clients, minutes):
    count, gaps, end = Counter(), [], time.monotonic() + 60 * minutes

    def client(number):
        rng = random.Random(number)
        while time.monotonic() < end: ask(rng, count, gaps)

    threads = [threading.Thread(target=client, args=(i,)) for i in range(clients)]
    for t in threads: t.start()
    for t in threads: t.join()
    gaps.sort()
    times = f"between events: median {gaps[len(gaps) // 2]:.0f} ms, p99 {gaps[len(gaps) * 99 // 100]:.0f} ms, largest {gaps[-1]:.0f} ms" if gaps else "no events"
    print(f"{clients} clients, {60 * minutes:.0f} s: {dict(count)}; {times}; {memory():.0f} MB resident", flush=True)
    return sum(n for what, n in count.items() if what.startswith("ERROR"))


phase(a.clients, a.minutes / 5)
errors = phase(a.clients, a.minutes) + phase(2 * a.clients, a.minutes / 5)
time.sleep(2)
well = ask(random.Random(1), Counter(), [], careful=True)
connection = http.client.HTTPConnection(where.hostname, where.port)
connection.request("GET", "/metrics")
held = [line for line in connection.getresponse().read().decode().splitlines() if line.startswith(("geobuk:kv_blocks_used{", "vllm:num_requests_", "vllm:num_preemptions"))]
print("\n".join(held))
print("answers again after the overload" if well else "DOES NOT ANSWER after the overload")
raise SystemExit(0 if errors == 0 and well and all(line.endswith(" 0") for line in held if "preemptions" not in line) else 1)
