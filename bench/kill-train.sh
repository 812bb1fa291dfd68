#!/bin/bash
# A training killed with SIGKILL at random moments and started again must end with the weights of one that was not, bit for bit
# (fp32, one thread): model and training curve are compared.   bench/kill-train.sh [KILLS] [SEED] [LONGEST]
# LONGEST is the most seconds between a start and its kill.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
kills=${1:-20} RANDOM=${2:-1} longest=${3:-12}
program=(dotnet artifacts/bin/Geobuk.Cli/release/geobuk.dll)
[ -f "${program[1]}" ] || program=(./geobuk)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
short=(train.deterministic=true train.steps=60 train.warmup_steps=5 train.sequence_length=64 train.micro_batch=4 train.checkpoint_every=2 train.evaluate_every=30 corpus.max_validation_tokens=1000)
command=("${program[@]}" train recipes/quickstart.yaml "${short[@]/#/--set=}" --runs)
curve() { sed -E 's/,"tokens_per_second":[^}]*//' "$1"/artifacts/train-*/metrics.jsonl; }
weights() { (cd "$1"/artifacts/train-*/ && sha256sum model/model.safetensors); }
fail() { echo "kill-train: $*" >&2; exit 1; }

"${command[@]}" "$folder/whole" > /dev/null 2> "$folder/log" || fail "the undisturbed training failed: $(cat "$folder/log")"
"${program[@]}" run recipes/quickstart.yaml "${short[@]/#/--set=}" --until corpus --runs "$folder/killed" > /dev/null 2>&1
done=0
for ((try = 1; done < kills; try++)); do
    setsid "${command[@]}" "$folder/killed" > /dev/null 2> "$folder/log" &
    run=$!
    delay=$((RANDOM % (longest * 1000 - 1000) + 1000))
    sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
    # Killed after its end it counts for nothing; the artifact goes, and the next start begins anew.
    kill -9 -- "-$run" 2> /dev/null && done=$((done + 1)) || rm -rf "$folder"/killed/artifacts/train-*
    wait "$run" 2> /dev/null || true
    echo "kill $done after $delay ms, checkpoint $(ls "$folder"/killed/artifacts/.work*train*/checkpoints "$folder"/killed/artifacts/.train*/checkpoints 2> /dev/null | grep step | tail -n 1)"
done
"${command[@]}" "$folder/killed" > /dev/null 2> "$folder/log" || fail "the last start failed: $(cat "$folder/log")"
[ "$(weights "$folder/whole")" = "$(weights "$folder/killed")" ] || fail "the weights differ"
diff <(curve "$folder/whole") <(curve "$folder/killed") || fail "the training curves differ"
echo "killed $kills times: $(weights "$folder/killed") both times, $(curve "$folder/whole" | wc -l) lines of the curve the same"
