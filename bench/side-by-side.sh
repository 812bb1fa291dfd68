#!/bin/sh
# Prefill of 512 tokens and decode beside llama.cpp (its own library in node-llama-cpp), on files with random weights of the 1.1B
# Llama shape: the same file, the same threads, runs in turn, medians; memory bandwidth in the same run. Then eight sequences of 512
# tokens at once with 128 generated each, beside llama.cpp with eight in one context, and the kernels alone.
#   bench/side-by-side.sh [FOLDER] [SHAPE...]     SHAPE: a name in tests/Shared/shapes; the files stay for the next time
# Needs node and, once, npm install --ignore-scripts in tests/oracle. A run takes some minutes; ax-3.1-light needs 20 GB of disk.
set -eu
root=$(CDPATH='' cd -- "$(dirname "$0")/.." && pwd -P)
folder=${1:-$root/artifacts/bench}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- llama-1.1b
mkdir -p "$folder"
dotnet build "$root/bench/Geobuk.Bench" -c Release -v q > /dev/null
bench="$root/artifacts/bin/Geobuk.Bench/release/Geobuk.Bench"
for shape in "$@"; do
    for preset in q4_0 q4_k_m q6_k q8_0; do
        file="$folder/$shape-$preset.gguf"
        [ -f "$file" ] || "$bench" synthesize "$root/tests/Shared/shapes/$shape.json" --preset "$preset" --out "$file"
    done
    "$bench" compare "$folder/$shape-q4_0.gguf" "$folder/$shape-q4_k_m.gguf" "$folder/$shape-q6_k.gguf" "$folder/$shape-q8_0.gguf" \
        --peer "$root/tests/oracle/peer.mjs" --repeat "${REPEAT:-5}"
    "$bench" parallel "$folder/$shape-q4_k_m.gguf" "$folder/$shape-q8_0.gguf" --gen 128 --peer "$root/tests/oracle/peer.mjs" --repeat "${REPEAT:-3}"
done
"$bench" dispatch
"$bench" kernels
