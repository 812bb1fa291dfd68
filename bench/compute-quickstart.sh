#!/bin/bash
# The quickstart as jobs of a pool, one per step, must leave what `geobuk run` leaves: the same artifacts, file by file, but for those
# that hold times and speeds.   bench/compute-quickstart.sh [--whole]     Shortened and on one thread by default; some minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=(dotnet "${GEOBUK_PROGRAM:-artifacts/bin/Geobuk.Cli/release/geobuk.dll}")
short=(--set=train.deterministic=true)
if [ "${1:-}" != --whole ]; then
    short+=(--set=train.steps=40 --set=train.evaluate_every=20 --set=corpus.max_validation_tokens=1000 --set=evaluate.exam_limit=20 --set=evaluate.kl_tokens=500
        --set=evaluate.speed_prompt=32 --set=evaluate.speed_generate=8)
fi
folder=$(mktemp -d)
trap 'kill $server 2> /dev/null || true; sleep 1; rm -rf "$folder"' EXIT
results() {
    (cd "$1/artifacts" && find . -type f ! -name manifest.json ! -name metrics.jsonl ! -name compress.json ! -path './evaluate-*' ! -path './report-*' | sort | xargs -d '\n' sha256sum)
}

"${program[@]}" compute up --state "$folder/state" --urls http://127.0.0.1:0 > "$folder/up.log" 2>&1 &
server=$!
until [ -f "$folder/state/server.json" ]; do sleep 0.1; done
"${program[@]}" compute submit recipes/quickstart.yaml "${short[@]}" --runs "$folder/pool" --state "$folder/state"
"${program[@]}" run recipes/quickstart.yaml "${short[@]}" --runs "$folder/run" > /dev/null 2>&1
while [[ "$("${program[@]}" compute ps --state "$folder/state" --json)" == *'"phase"'* ]]; do sleep 1; done
"${program[@]}" compute ps --all --state "$folder/state"
ls "$folder/run/artifacts" "$folder/pool/artifacts"
diff <(results "$folder/run") <(results "$folder/pool") && echo "$(results "$folder/pool" | wc -l) files of the artifacts are the same"
