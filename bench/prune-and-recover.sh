#!/bin/bash
# Pruning with recovery: a model loses layers or channels (or experts), chosen by activation, by magnitude or at random, and learns from
# the original's stored most probable tokens. Perplexity against the original's, with its 95 % interval, on documents that neither the
# choice nor the training saw, and the mean KL divergence.
#   bench/prune-and-recover.sh MODEL DOCUMENTS HELDOUT.jsonl FOLDER ["CUT" ...]
#   DOCUMENTS: a folder of statutes; HELDOUT.jsonl: others; CUT: options of compress, such as "--drop-layers 2" or "--experts 8"
#   STEPS=60   what FOLDER has already is not measured again
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd -P)
model=$1 documents=$2 heldout=$3 out=$4
shift 4
[ $# -gt 0 ] || set -- "--drop-layers 1" "--drop-layers 2" "--ffn 576" "--ffn 384"
mkdir -p "$out"
line() { python3 -c '
import json, sys
def figures(path):
    d = json.load(open(path))
    value, low, high = (d["ppl_ratio"][key] for key in ("value", "low", "high"))
    mean = d["kld"]["mean"]
    return f"{value:.3f} [{low:.3f}, {high:.3f}] | {mean:.4f}"
cut, criterion, before, after = sys.argv[1:]
print(f"| {cut} | {criterion} | {figures(before)} | {figures(after)} |")' "$@"; }
echo '| cut | chosen by | perplexity / original, pruned | KL | recovered | KL |'
echo '|---|---|---|---|---|---|'
for cut in "$@"; do
  for criterion in activation magnitude random; do
    name=$(echo "$cut-$criterion" | tr -d ' ' | sed 's/^--//')
    if [ ! -s "$out/$name.after.json" ]; then
      # shellcheck disable=SC2086
      "$root/geobuk" compress "$model" --format hf $cut --criterion $criterion --calibration "$documents" --out "$out/$name" --quiet > /dev/null
      "$root/geobuk" compare "$model" "$out/$name" --text "$heldout" --limit 8000 --quiet --json > "$out/$name.before.json"
      "$root/geobuk" run "$root/bench/recover.yaml" --runs "$out/runs" --quiet --set "name=$name" --set "base.model=$out/$name" --set "corpus.domain=[$documents]" \
        --set "train.distillation.teacher=$model" --set "train.steps=${STEPS:-60}" --set "train.evaluate_every=${STEPS:-60}" --set "train.checkpoint_every=${STEPS:-60}" > /dev/null
      "$root/geobuk" compare "$model" "$out/runs/$name/adapted/model" --text "$heldout" --limit 8000 --quiet --json > "$out/$name.part"
      mv "$out/$name.part" "$out/$name.after.json"
    fi
    line "$cut" $criterion "$out/$name.before.json" "$out/$name.after.json"
  done
done
