#!/bin/bash
# A run killed with SIGKILL at random moments and started again must end as if nothing had happened: the same artifacts, the same
# training curve, bit for bit (single-threaded fp32).   bench/kill-test.sh [KILLS] [SEED] [LONGEST]
# LONGEST is the most seconds between a start and its kill. A shortened quickstart; some minutes on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
kills=${1:-10} RANDOM=${2:-1} longest=${3:-8}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
short=(train.deterministic=true train.steps=40 train.checkpoint_every=5 train.evaluate_every=20 corpus.max_validation_tokens=1000
    evaluate.exam_limit=20 evaluate.kl_tokens=500 evaluate.speed_prompt=32 evaluate.speed_generate=8)
command=(./geobuk run recipes/quickstart.yaml "${short[@]/#/--set=}" --runs)

fail() {
    echo "kill-test: $*" >&2
    exit 1
}

# Artifact ids, and the hash of every file that does not hold a time or a speed.
results() {
    (cd "$1/artifacts" && find . -type f ! -name manifest.json ! -name metrics.jsonl ! -name compress.json ! -name spdx.json ! -name croissant.json ! -name corpus.html ! -path './corpus-*/README.md' ! -path './evaluate-*' ! -path './report-*' | sort | xargs -d '\n' sha256sum)
}

# Step, loss, learning rate, gradient norm and validation losses; not how fast it went.
curve() {
    sed -E 's/,"tokens_per_second":[^}]*//' "$1"/artifacts/train-*/metrics.jsonl
}

./geobuk --version > /dev/null
started=$SECONDS
"${command[@]}" "$folder/whole" > /dev/null 2> "$folder/whole.log" || fail "the undisturbed run failed: $(cat "$folder/whole.log")"
echo "undisturbed: $((SECONDS - started)) s"

started=$SECONDS
for ((i = 1; i <= kills; i++)); do
    # In a process group of its own, so that the kill reaches the step too.
    setsid "${command[@]}" "$folder/killed" > /dev/null 2> "$folder/killed.log" &
    run=$!
    delay=$((RANDOM % (longest * 1000 - 200) + 200))
    sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
    kill -9 -- "-$run" 2> /dev/null || fail "the run ended before kill $i of $kills; give a smaller LONGEST"
    wait "$run" 2> /dev/null || true
    echo "kill $i after $delay ms: $(tail -n 1 "$folder/killed.log" | cut -c 1-100)"
done
"${command[@]}" "$folder/killed" > /dev/null 2> "$folder/killed.log" || fail "the last start failed: $(cat "$folder/killed.log")"
echo "killed $kills times: $((SECONDS - started)) s"

diff <(results "$folder/whole") <(results "$folder/killed") || fail "the artifacts differ"
diff <(curve "$folder/whole") <(curve "$folder/killed") || fail "the training curves differ"
left=$(find "$folder/killed" -name '.*')
[ -z "$left" ] || fail "left behind: $left"
echo "the same: $(results "$folder/whole" | wc -l) files, $(curve "$folder/whole" | wc -l) lines of the training curve"
