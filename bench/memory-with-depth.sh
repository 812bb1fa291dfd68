#!/bin/bash
# Memory of compressing does not grow with depth: A.X K1's shape at a scaled width and 4, 8 and 16 layers, random weights. Peak resident
# memory of the conversion alone, and of gathering an importance matrix layer by layer.
#   bench/memory-with-depth.sh [FOLDER] [LAYERS...]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd -P)
folder=${1:-$root/artifacts/bench/depth}
shift $(($# > 0 ? 1 : 0))
[ $# -gt 0 ] || set -- 4 8 16
mkdir -p "$folder"
dotnet build "$root/bench/Geobuk.Bench" -c Release -v q > /dev/null
bench="$root/artifacts/bin/Geobuk.Bench/release/Geobuk.Bench"
python3 -c 'print(" ".join(chr(65 + i * 7 % 26) * (1 + i % 5) for i in range(4000)))' > "$folder/text.txt"
echo '| layers | weights, GB | compress, peak MiB | imatrix, peak MiB |'
echo '|---|---|---|---|'
for layers in "$@"; do
  [ -f "$folder/$layers/config.json" ] || "$bench" synthesize "$root/tests/Shared/shapes/ax-k1.json" --format hf --out "$folder/$layers" --set num_hidden_layers="$layers" \
    hidden_size=1024 intermediate_size=2560 moe_intermediate_size=512 n_routed_experts=32 num_attention_heads=16 num_key_value_heads=16 \
    q_lora_rank=384 kv_lora_rank=256 vocab_size=16384 bos_token_id=0 eos_token_id=0 > /dev/null
  compress=$("$root/geobuk" compress "$folder/$layers" --preset q4_k_m --out "$folder/$layers.gguf" --quiet --json)
  imatrix=$("$root/geobuk" imatrix "$folder/$layers" --text "$folder/text.txt" --limit 2048 --out "$folder/$layers.imatrix.gguf" --quiet --json 2> /dev/null)
  python3 -c '
import json, sys
layers, size, *runs = sys.argv[1:]
compress, imatrix = (json.loads(run)["peak_rss_bytes"] / 2**20 for run in runs)
print(f"| {layers} | {int(size) / 1e9:.2f} | {compress:.0f} | {imatrix:.0f} |")' \
    "$layers" "$(cat "$folder/$layers"/*.safetensors | wc -c)" "$compress" "$imatrix"
done
