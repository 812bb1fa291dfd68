#!/bin/bash
# A real Slurm on this host, for tests: one controller and four nodes of eight fake GPUs, all as the calling user (root), in a folder
# of its own, without systemd.   tests/slurm/cluster.sh up|down DIR [PORT]
# Where slurmrestd is installed it listens on PORT + 5, as nobody (it refuses to be root); DIR/token is root's token.
# With ACCOUNTING=1 slurmdbd keeps its accounts, on PORT + 6, in a MariaDB on PORT + 7.
# The device files are terminals: Slurm drops a GPU without a file, and any will do where nothing opens it.
set -euo pipefail
action=$1 folder=$2 port=${3:-17817} accounting=${ACCOUNTING:-}
export SLURM_CONF=$folder/slurm.conf

up() {
    mkdir -p "$folder"/{state,spool,log}
    local rest rest_settings= accounts=
    rest=$(PATH=$PATH:/usr/sbin command -v slurmrestd || true)
    if [ -n "$rest" ]; then
        rest_settings="AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key=$folder/jwt.key"
        (umask 077 && head -c 32 /dev/urandom > "$folder/jwt.key")
        chmod a+x "$folder"
    fi
    if [ -n "$accounting" ]; then
        accounts="AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort=$((port + 6))
AccountingStorageTRES=gres/gpu"
    fi
    cat > "$SLURM_CONF" <<CONF
ClusterName=geobuk
SlurmctldHost=localhost
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
$rest_settings
$accounts
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/slurmd.%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
GresTypes=gpu
SlurmdParameters=config_overrides
ReturnToService=2
MpiDefault=none
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0
KillWait=5
NodeName=n[1-4] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 4))] CPUs=32 RealMemory=64000 Gres=gpu:h200:8 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
    echo 'NodeName=n[1-4] Name=gpu Type=h200 File=/dev/tty[0-7]' > "$folder/gres.conf"
    [ -z "$accounting" ] || accounts
    slurmctld -f "$SLURM_CONF" -c
    for i in 1 2 3 4; do slurmd -f "$SLURM_CONF" -N "n$i"; done
    for _ in $(seq 100); do
        [ "$(sinfo -h -o %T 2> /dev/null | sort -u)" = idle ] && { [ -z "$rest" ] || rest; return; }
        sleep 0.2
    done
    sinfo >&2 || true
    tail -n 5 "$folder"/log/* >&2
    exit 1
}

accounts() {
    mariadb-install-db --user=root --datadir="$folder/db" --auth-root-authentication-method=normal --skip-test-db > "$folder/log/mariadb" 2>&1
    mariadbd --no-defaults --user=root --datadir="$folder/db" --socket="$folder/db.sock" --bind-address=127.0.0.1 --port=$((port + 7)) --pid-file="$folder/mariadb.pid" \
        --innodb-buffer-pool-size=32M --innodb-flush-log-at-trx-commit=0 >> "$folder/log/mariadb" 2>&1 &
    (umask 077 && cat > "$folder/slurmdbd.conf" <<CONF
AuthType=auth/none
$rest_settings
DbdHost=localhost
DbdPort=$((port + 6))
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$((port + 7))
StorageUser=slurm
StoragePass=slurm
LogFile=$folder/log/slurmdbd
PidFile=$folder/slurmdbd.pid
CONF
    )
    for _ in $(seq 100); do
        mariadb --no-defaults --socket="$folder/db.sock" -e "grant all on *.* to slurm@'127.0.0.1' identified by 'slurm'; grant all on *.* to slurm@localhost identified by 'slurm'" 2> /dev/null && break
        sleep 0.2
    done
    slurmdbd
    for _ in $(seq 100); do
        sacctmgr -i add cluster geobuk > /dev/null 2>&1 && return
        sleep 0.2
    done
    tail -n 5 "$folder/log/mariadb" "$folder/log/slurmdbd" >&2
    exit 1
}

rest() {
    (umask 077 && scontrol token lifespan=86400 > "$folder/token")
    # The plugins of accounting want it to be there.
    local plugins wanted='v0\.0\.[0-9]+|slurmctld'
    [ -z "$accounting" ] || wanted="$wanted|dbv0\.0\.[0-9]+|slurmdbd"
    plugins=$(cd / && as_nobody -s list 2>&1 | grep -oE "openapi/($wanted)" | sort -u | paste -sd,)
    (cd / && SLURM_JWT=daemon as_nobody -s "$plugins" -a rest_auth/jwt "127.0.0.1:$((port + 5))" > "$folder/log/slurmrestd" 2>&1 &
        echo $! > "$folder/slurmrestd.pid")
    for _ in $(seq 50); do
        (: < "/dev/tcp/127.0.0.1/$((port + 5))") 2> /dev/null && return
        sleep 0.2
    done
    tail -n 5 "$folder/log/slurmrestd" >&2
    exit 1
}

as_nobody() { exec setpriv --reuid=nobody --regid=nogroup --clear-groups "$rest" "$@"; }

down() {
    scancel --user="$(id -un)" 2> /dev/null || true
    for file in "$folder"/*.pid; do [ -f "$file" ] && kill "$(cat "$file")" 2> /dev/null || true; done
}

"$action"
