#!/bin/bash
# The compute service killed with SIGKILL at random while it runs jobs: none may be lost, none run twice, the ledger must add up.
#   bench/compute-chaos.sh [JOBS] [KILLS] [SEED]        200 kills in 1,000 jobs take some ten minutes on two cores.
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
call() { curl -sf --retry 200 --retry-connrefused --retry-delay 0 --retry-max-time 30 -H "Authorization: Bearer $key" "$@"; }

start
until [ -f "$folder/state/server.json" ]; do sleep 0.1; done
key=$(grep -o 'gbk_[0-9a-f]*' "$folder/state/server.json")
for i in $(seq "$jobs"); do
    call -X POST "$url/compute/v1/jobs" -d "{\"command\":[\"sh\",\"-c\",\"echo \$GEOBUK_JOB >> $folder/ran; sleep 0.$((RANDOM % 3))\"]}" > /dev/null
done
echo "$jobs jobs submitted"
started=$SECONDS
for i in $(seq "$kills"); do
    sleep "0.$((RANDOM % 9))"
    kill -9 $server
    wait $server 2> /dev/null || true
    start
done
echo "killed $kills times in $((SECONDS - started)) s"
for _ in $(seq 600); do
    open=$(call "$url/compute/v1/jobs" | grep -c '"phase": "\(pending\|running\|leaving\)"' || true)
    [ "$open" = 0 ] && break
    sleep 1
done
call "$url/compute/v1/usage" > "$folder/usage.json"
entries=$(grep -c '"job":' "$folder/usage.json")
ran=$(wc -l < "$folder/ran") different=$(sort -u "$folder/ran" | wc -l)
echo "open $open, ran $ran, different $different, ledger entries $entries, after $((SECONDS - started)) s"
[ "$open" = 0 ] && [ "$ran" = "$jobs" ] && [ "$different" = "$jobs" ] && [ "$entries" -ge "$jobs" ] && echo "none lost, none twice"
