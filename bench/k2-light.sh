#!/bin/sh
# A.X K2-Light's shape with random weights at 4 bits (about 11 GB): size, time to open, resident memory, decode speed against
# memory bandwidth. Then a bf16 folder of A.X 3.1 Light's shape (14.5 GB): time and memory of inspecting it.
#   bench/k2-light.sh [FOLDER]     the folder needs 30 GB; the files stay there for the next time
set -eu
root=$(CDPATH='' cd -- "$(dirname "$0")/.." && pwd -P)
folder=${1:-$root/artifacts/bench}
mkdir -p "$folder"
bench() { dotnet run --project "$root/bench/Geobuk.Bench" -c Release -- "$@"; }
[ -f "$folder/k2-light.gguf" ] || bench synthesize "$root/tests/Shared/shapes/ax-k2-light.json" --out "$folder/k2-light.gguf"
bench decode "$folder/k2-light.gguf"
[ -f "$folder/ax-3.1-light/config.json" ] || bench synthesize "$root/tests/Shared/shapes/ax-3.1-light.json" --format hf --out "$folder/ax-3.1-light"
started=$(date +%s%N)
"$root/geobuk" inspect "$folder/ax-3.1-light" | head -30
echo "inspected in $((($(date +%s%N) - started) / 1000000)) ms"
