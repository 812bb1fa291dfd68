#!/bin/sh
# Training speed against the machine's own bf16 matmul rate, and against the same step in plain PyTorch (skipped where it is missing).
#   bench/train-mfu.sh [STEPS]
set -eu
root=$(CDPATH='' cd -- "$(dirname "$0")/.." && pwd -P)
steps=${1:-5}
dotnet build "$root/bench/Geobuk.TrainBench" -c Release -v quiet -nologo > /dev/null
for shape in 100m ax-pico; do
    dotnet "$root/artifacts/bin/Geobuk.TrainBench/release/Geobuk.TrainBench.dll" "$shape" "$steps"
    # Debian's package belongs to the system's own interpreter.
    if /usr/bin/python3 -c 'import torch' 2> /dev/null; then /usr/bin/python3 "$root/bench/train_torch.py" "$shape" 3; else echo "pytorch $shape: skipped, python3-torch is not installed"; fi
done
