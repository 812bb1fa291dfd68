#!/bin/bash
# Size against KL divergence on held-out text: llama.cpp's presets (our blocks are its own, byte for byte) with an importance matrix,
# and bit budgets of the same sizes with joint search and error feedback, and those with their factors tuned. A table, and a picture FOLDER/size-against-divergence.svg.
#   bench/size-against-divergence.sh MODEL CALIBRATION.jsonl HELDOUT.jsonl FOLDER      what FOLDER has already is not measured again
set -euo pipefail
cd "$(dirname "$0")/.."
model=$1 calibration=$2 heldout=$3 out=$4
mkdir -p "$out"
[ -f "$out/imatrix.gguf" ] || ./geobuk imatrix "$model" --text "$calibration" --limit 60000 --out "$out/imatrix.gguf" --quiet >/dev/null
figure() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); print(eval("d"+sys.argv[2]))' "$1" "$2"; }
line() { # line NAME ARGUMENTS…
  local name=$1; shift
  if [ ! -s "$out/$name.kld.json" ]; then
    ./geobuk compress "$model" --out "$out/$name.gguf" --imatrix "$out/imatrix.gguf" --quiet --json "$@" > "$out/$name.json"
    ./geobuk compare "$model" "$out/$name.gguf" --text "$heldout" --limit 20000 --quiet --json > "$out/$name.part"
    mv "$out/$name.part" "$out/$name.kld.json"
  fi
  printf '| %s | %s | %s | %s | %s |\n' "$name" "$(figure "$out/$name.json" "['bytes']")" "$(figure "$out/$name.json" "['bits_per_weight']")" \
    "$(figure "$out/$name.kld.json" "['kld']['mean']")" "$(figure "$out/$name.kld.json" "['kld']['p99']")"
}
echo '| file | bytes | bits per weight | mean KL | p99 |'
echo '|---|---|---|---|---|'
for preset in q2_k q3_k_m q4_k_m q5_k_m q6_k; do
  line "$preset" --preset "$preset"
  line "$preset-joint" --preset "$preset" --joint-search
  line "$preset-feedback" --preset "$preset" --error-feedback --calibration "$calibration"
  line "$preset-budget" --size "$(figure "$out/$preset.json" "['bytes']")" --joint-search --error-feedback --calibration "$calibration" --effects "$out/effects.json"
  line "$preset-tuned" --plan "$out/$preset-budget.plan.json" --joint-search --error-feedback --calibration "$calibration" --tune-factors "${TUNE:-60}"
done
python3 bench/size-chart.py "$out" "$out/size-against-divergence.svg"
