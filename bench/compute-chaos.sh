#!/bin/bash
# The compute service killed with SIGKILL at random, also while it starts, as it runs jobs: none may be lost, none run twice, the
# ledger must be whole and add up.   bench/compute-chaos.sh [JOBS] [KILLS] [SEED]        1,000 jobs, 200 kills: some ten minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
jobs=${1:-1000} kills=${2:-200} RANDOM=${3:-1}
program=${GEOBUK_PROGRAM:-artifacts/bin/Geobuk.Cli/release/geobuk.dll}
folder=$(mktemp -d)
trap 'kill -9 $server 2> /dev/null || true; rm -rf "$folder"' EXIT
export GEOBUK_COMPUTE_STATE=$folder/state
url=http://127.0.0.1:$((20000 + RANDOM % 20000))

start() {
    dotnet "$program" compute up --urls "$url" --slots 4 --state "$folder/state" >> "$folder/up.log" 2>&1 &
    server=$!
}
call() { curl -sf --retry 200 --retry-connrefused --retry-delay 0 --retry-max-time 60 -H "Authorization: Bearer $key" "$@"; }
open() { call "$url/compute/v1/jobs?latest=0" | grep -c '"phase": "\(pending\|running\|leaving\)"' || true; }

start
until [ -f "$folder/state/server.json" ]; do sleep 0.1; done
key=$(grep -o 'gbk_[0-9a-f]*' "$folder/state/server.json")
# One call of curl for all of them; each job takes between half a second and two seconds.
for i in $(seq "$jobs"); do
    delay=$((RANDOM % 1500 + 500))
    [ "$i" = 1 ] || echo next
    printf 'url=%s\nrequest=POST\nheader="Authorization: Bearer %s"\noutput=/dev/null\ndata="{\\"command\\":[\\"sh\\",\\"-c\\",\\"echo $GEOBUK_JOB >> %s; sleep %d.%03d\\"]}"\n' \
        "$url/compute/v1/jobs" "$key" "$folder/ran" $((delay / 1000)) $((delay % 1000))
done > "$folder/submit"
curl -sf -K "$folder/submit"
echo "$jobs jobs submitted, $(open) of them to be done"
started=$SECONDS idle=0
for i in $(seq "$kills"); do
    delay=$((RANDOM % 3000))
    sleep "$((delay / 1000)).$(printf %03d $((delay % 1000)))"
    kill -9 $server
    wait $server 2> /dev/null || true
    start
done
echo "killed $kills times in $((SECONDS - started)) s; $(open) jobs were left then"
for _ in $(seq 900); do
    left=$(open)
    [ "$left" = 0 ] && break
    sleep 1
done
dotnet "$program" compute usage --verify --by job --csv > "$folder/usage.csv" || { echo "the ledger is not whole"; exit 1; }
ran=$(wc -l < "$folder/ran") different=$(sort -u "$folder/ran" | wc -l) accounted=$(($(wc -l < "$folder/usage.csv") - 1))
awk -F, 'NR > 1 { held += $2; named += $3 + $4 + $5 + $6 + $7 } END { printf "device-seconds held %.1f, named %.1f\n", held, named; exit held - named > 1 || named - held > 1 }' "$folder/usage.csv"
echo "open $left, ran $ran, different $different, in the ledger $accounted, after $((SECONDS - started)) s"
[ "$left" = 0 ] && [ "$ran" = "$jobs" ] && [ "$different" = "$jobs" ] && [ "$accounted" = "$jobs" ] && echo "none lost, none twice"
