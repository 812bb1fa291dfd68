#!/bin/bash
# A PostgreSQL of its own for tests, in a folder and on a port of 127.0.0.1; as root it runs as the user postgres, for PostgreSQL
# refuses root.   tests/postgres/server.sh up|down DIR PORT
set -euo pipefail
action=$1 folder=$2 port=${3:-0}
programs=$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -n 1)
as=()
if [ "$(id -u)" = 0 ]; then as=(runuser -u postgres --); fi

up() {
    mkdir -p "$folder"
    if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; fi
    cd "$folder"
    "${as[@]}" "$programs/initdb" -D "$folder/data" -U geobuk -A trust --no-sync -E UTF8 --locale=C > "$folder.log" 2>&1
    "${as[@]}" "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -w -o "-p $port -k $folder -c listen_addresses=127.0.0.1 -c fsync=off" start >> "$folder.log" 2>&1
}

down() {
    cd "$folder"
    "${as[@]}" "$programs/pg_ctl" -D "$folder/data" -m immediate -w stop > /dev/null 2>&1 || true
    rm -f "$folder.log"
}

"$action"
