#!/bin/bash
# Our compress beside llama.cpp's quantizer (its own library in node-llama-cpp): the same random bf16 weights, as a sharded Hugging Face
# folder for us and as one GGUF file for llama.cpp, the same threads, in turn; then llama.cpp opens our file.
#   bench/compress-side-by-side.sh [FOLDER] [SHAPE] [KEY=NUMBER...]    numbers of the shape's configuration, such as num_hidden_layers=2
#   PRESETS="q4_k_m q6_k" ROUNDS=1                                     the whole A.X 3.1 Light shape needs 40 GB of disk
# Needs node and, once, npm install --ignore-scripts in tests/oracle.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd -P)
folder=${1:-$root/artifacts/bench/compress}
shape=${2:-ax-3.1-light}
shift $(($# > 2 ? 2 : $#))
mkdir -p "$folder"
dotnet build "$root/bench/Geobuk.Bench" -c Release -v q > /dev/null
bench="$root/artifacts/bin/Geobuk.Bench/release/Geobuk.Bench"
libraries="$root/tests/oracle/node_modules/@node-llama-cpp/linux-x64/bins/linux-x64"
[ -f "$folder/model/config.json" ] || "$bench" synthesize "$root/tests/Shared/shapes/$shape.json" --format hf --out "$folder/model" ${1:+--set "$@"}
[ -f "$folder/plain.gguf" ] || "$root/geobuk" compress "$folder/model" --preset bf16 --no-surgery --out "$folder/plain.gguf" --quiet
figures() { python3 -c '
import json, sys
name, text = sys.argv[1], sys.stdin.read()
d = json.loads(text)
seconds, size, peak = d["seconds"], d["bytes"], d["peak_rss_bytes"]
print(f"{name}: {seconds:.1f} s, {size:,} bytes ({size / 2**30:.2f} GiB), at most {peak / 2**30:.2f} GiB resident")' "$1"; }
for preset in ${PRESETS:-q4_k_m}; do
  for _ in $(seq "${ROUNDS:-1}"); do
    "$root/geobuk" compress "$folder/model" --preset "$preset" --out "$folder/ours-$preset.gguf" --quiet --json | figures "$preset, ours"
    "$bench" llama-quantize "$folder/plain.gguf" --out "$folder/theirs-$preset.gguf" --preset "$preset" --libraries "$libraries" 2> /dev/null | grep '^{' | figures "$preset, llama.cpp"
  done
  "$bench" agree "$folder/ours-$preset.gguf" --peer "$root/tests/oracle/logits.mjs" 2> /dev/null
done
