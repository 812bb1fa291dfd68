#!/bin/bash
# Short jobs per second, from the first submission to the last end: this machine's pool against a real Slurm on the same machine in
# the same run (needs Slurm and root, as the tests do).   bench/compute-throughput.sh [JOBS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${1:-500} slots=32
program=${GEOBUK_PROGRAM:-artifacts/bin/Geobuk.Cli/release/geobuk.dll}
folder=$(mktemp -d)
chmod 711 "$folder" # slurmrestd runs as nobody
trap 'kill $server 2> /dev/null || true; bash tests/slurm/cluster.sh down "$folder/slurm" 2> /dev/null || true; sleep 1; rm -rf "$folder"' EXIT
url=http://127.0.0.1:$((20000 + RANDOM % 20000)) port=$((17000 + RANDOM % 9000))
rate() { awk -v name="$1" -v jobs="$jobs" -v from="$2" -v to="$3" 'BEGIN { printf "%-28s %5d jobs in %6.2f s: %6.1f jobs/s\n", name, jobs, to - from, jobs / (to - from) }'; }

dotnet "$program" compute up --urls "$url" --slots $slots --state "$folder/state" > "$folder/up.log" 2>&1 &
server=$!
until [ -f "$folder/state/server.json" ]; do sleep 0.1; done
key=$(grep -o 'gbk_[0-9a-f]*' "$folder/state/server.json")
for i in $(seq "$jobs"); do
    printf 'url=%s\nrequest=POST\nheader="Authorization: Bearer %s"\noutput=/dev/null\ndata="{\\"command\\":[\\"sh\\",\\"-c\\",\\"echo >> %s\\"]}"\nnext\n' "$url/compute/v1/jobs" "$key" "$folder/ran"
done | sed '$d' > "$folder/submit" # no request follows the last "next"
touch "$folder/ran"
from=$(date +%s.%N)
curl -sf -K "$folder/submit"
# No grep -q behind a pipe: it ends at the first line, and what wrote the rest counts as failed.
while [[ "$(curl -sf -H "Authorization: Bearer $key" "$url/compute/v1/jobs?latest=0")" == *'"phase"'* ]]; do sleep 0.05; done
rate "geobuk, local pool" "$from" "$(date +%s.%N)"
[ "$(wc -l < "$folder/ran")" = "$jobs" ] || { echo "only $(wc -l < "$folder/ran") ran"; exit 1; }
kill $server

bash tests/slurm/cluster.sh up "$folder/slurm" "$port"
export SLURM_CONF=$folder/slurm/slurm.conf
printf '#!/bin/sh\necho >> %s\n' "$folder/slurm-ran" > "$folder/job.sh"
touch "$folder/slurm-ran"
until_empty() { while [ -n "$(squeue -h)" ]; do sleep 0.05; done; }
from=$(date +%s.%N)
seq "$jobs" | xargs -P 4 -I{} sbatch --parsable --output=/dev/null "$folder/job.sh" > /dev/null
until_empty
rate "slurm, sbatch, 4 at a time" "$from" "$(date +%s.%N)"
from=$(date +%s.%N)
sbatch --parsable --output=/dev/null --array="1-$jobs" "$folder/job.sh" > /dev/null
until_empty
rate "slurm, one array" "$from" "$(date +%s.%N)"
[ "$(wc -l < "$folder/slurm-ran")" = $((2 * jobs)) ] || { echo "only $(wc -l < "$folder/slurm-ran") ran on Slurm"; exit 1; }
