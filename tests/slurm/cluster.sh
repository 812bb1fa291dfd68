#!/bin/bash
# A real Slurm on this host, for tests: one controller and four nodes of eight fake GPUs, all as the calling user (root), in a folder
# of its own, without systemd.   tests/slurm/cluster.sh up|down DIR [PORT]
# The device files are terminals: Slurm drops a GPU without a file, and any will do where nothing opens it.
set -euo pipefail
action=$1 folder=$2 port=${3:-17817}
export SLURM_CONF=$folder/slurm.conf

up() {
    mkdir -p "$folder"/{state,spool,log}
    cat > "$SLURM_CONF" <<CONF
ClusterName=geobuk
SlurmctldHost=localhost
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/none
CredType=cred/none
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
    slurmctld -f "$SLURM_CONF" -c
    for i in 1 2 3 4; do slurmd -f "$SLURM_CONF" -N "n$i"; done
    for _ in $(seq 100); do
        [ "$(sinfo -h -o %T 2> /dev/null | sort -u)" = idle ] && return
        sleep 0.2
    done
    sinfo >&2 || true
    tail -n 5 "$folder"/log/* >&2
    exit 1
}

down() {
    scancel --user="$(id -un)" 2> /dev/null || true
    for file in "$folder"/*.pid; do [ -f "$file" ] && kill "$(cat "$file")" 2> /dev/null || true; done
}

"$action"
