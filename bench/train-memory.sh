#!/bin/bash
# Peak resident memory of the training step, planned (geobuk plan) against taken (the artifact's manifest), under each memory option.
# Fails where a plan is off by more than 10 %.   bench/train-memory.sh [quickstart | full[:OPTION,...] | lora[:OPTION,...] | narrow[:OPTION,...]]...
#   quickstart  recipes/quickstart.yaml in bf16, two steps, without the sweep
#   full        a 77M Llama shape, all weights, fp32
#   lora        adapters of rank 16 on a 1B Llama shape of random weights, 512 tokens, fp32
#   narrow      a 29M Llama shape, all weights, then adapters, 2 x 512 tokens, fp32
# Options: plain, checkpointing (activation_checkpointing), int8 (optimizer_state), fused (fused_update), returned (return_memory), all (the four).
# MEMORY_FOLDER keeps the models for another call.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
program=(dotnet artifacts/bin/Geobuk.Cli/release/geobuk.dll)
[ -f "${program[1]}" ] || program=(./geobuk)
folder=${MEMORY_FOLDER:-$(mktemp -d)}
[ -n "${MEMORY_FOLDER:-}" ] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"
worst=0

shape() { # name hidden inner layers heads key-value-heads steps
    cat > "$folder/$1.yaml" << YAML
geobuk: 1
name: memory-$1
base:
  architecture: {hidden_size: $2, intermediate_size: $3, layers: $4, heads: $5, key_value_heads: $6, max_positions: 512}
  tokenizer: {vocabulary_size: 4096}
corpus: {domain: ["$PWD/samples/rulebook"], licenses: {domain: open_license (Apache-2.0)}, min_characters: 20, validation_share: 0.05, max_validation_tokens: 1000}
train: {sequence_length: 512, micro_batch: 1, precision: fp32, steps: $7, warmup_steps: 0, evaluate_every: 100, checkpoint_every: 100}
YAML
}

measure() { # name option recipe settings...
    local name=$1 option=$2 recipe=$3
    shift 3
    local plan=$folder/plan.json run=$folder/run.json status=0
    "${program[@]}" plan "$recipe" "${@/#/--set=}" --runs "$folder/runs" --json > "$plan" 2> "$folder/log" || status=$?
    "${program[@]}" train "$recipe" "${@/#/--set=}" --runs "$folder/runs" > "$run" 2> "$folder/log" || { cat "$folder/log" >&2; exit 1; }
    python3 - "$plan" "$(ls -td "$folder"/runs/artifacts/train-*/ | head -n 1)manifest.json" "$name" "$option" << 'PYTHON' || worst=1
import json, sys
plan = next(step for step in json.load(open(sys.argv[1]))["steps"] if step["name"] == "train")
planned, taken = plan["peak_rss_bytes"], json.load(open(sys.argv[2]))["peak_rss_bytes"]
off = planned / taken - 1
print(f"| {sys.argv[3]} | {sys.argv[4]} | {planned / 1e6:,.0f} MB | {taken / 1e6:,.0f} MB | {off:+.1%} |", flush=True)
print("    " + ", ".join(f"{part} {size / 1e6:,.0f}" for part, size in (plan.get("memory") or {}).items()), file=sys.stderr)
sys.exit(abs(off) > 0.1)
PYTHON
    rm -rf "$folder"/runs/artifacts/train-*
}

options() { # options name recipe settings...
    local again=train.activation_checkpointing=true int8=train.optimizer_state=int8 returned=train.return_memory=true option
    local fused=(train.fused_update=true train.clip_norm=null train.spike_deviations=null)
    for option in ${1//,/ }; do
        case $option in
            plain) measure "$2" plain "${@:3}" ;;
            checkpointing) measure "$2" checkpointing "${@:3}" "$again" ;;
            int8) measure "$2" int8 "${@:3}" "$int8" ;;
            fused) measure "$2" fused "${@:3}" "${fused[@]}" ;;
            returned) measure "$2" returned "${@:3}" "$returned" ;;
            all) measure "$2" all "${@:3}" "$again" "$int8" "$returned" "${fused[@]}" ;;
            *) echo "train-memory: $option; expected plain, checkpointing, int8, fused, returned or all" >&2; exit 2 ;;
        esac
    done
}

echo "| training | option | planned | taken | off |"
echo "|---|---|---|---|---|"
for which in ${*:-quickstart full lora}; do
    wanted=plain,checkpointing,int8,fused,returned,all
    [ "${which#*:}" = "$which" ] || wanted=${which#*:}
    case ${which%%:*} in
        quickstart) measure quickstart plain recipes/quickstart.yaml train.precision=bf16 train.steps=2 train.warmup_steps=0 train.evaluate_every=100 train.checkpoint_every=100 train.forgetting=null corpus.max_validation_tokens=500 ;;
        full) shape full 768 2048 10 12 12 3; options "$wanted" "full 77M" "$folder/full.yaml" ;;
        lora) shape lora 2048 8192 16 32 8 1; options "$wanted" "LoRA 1B" "$folder/lora.yaml" train.method=lora ;;
        narrow)
            shape narrow 512 1376 8 8 8 3
            options "$wanted" "full 29M" "$folder/narrow.yaml" train.micro_batch=2
            options "$wanted" "LoRA 29M" "$folder/narrow.yaml" train.micro_batch=2 train.method=lora
            ;;
        *) echo "train-memory: $which; expected quickstart, full, lora or narrow" >&2; exit 2 ;;
    esac
done
exit "$worst"
