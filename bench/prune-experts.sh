#!/bin/bash
# Experts taken out of a tiny model of A.X K1's shape that learnt to use them: trained from random weights on documents, then pruned and
# recovered as bench/prune-and-recover.sh does it.
#   bench/prune-experts.sh DOCUMENTS HELDOUT.jsonl FOLDER       STEPS_FROM_SCRATCH=400 STEPS=60
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd -P)
documents=$1 heldout=$2 out=$3
mkdir -p "$out"
dotnet build "$root/bench/Geobuk.Bench" -c Release -v q > /dev/null
if [ ! -f "$out/fresh/config.json" ]; then
  "$root/artifacts/bin/Geobuk.Bench/release/Geobuk.Bench" synthesize "$root/tests/Shared/shapes/ax-k1.json" --format hf --out "$out/fresh" --set \
    num_hidden_layers=3 hidden_size=192 intermediate_size=384 moe_intermediate_size=96 n_routed_experts=16 num_experts_per_tok=4 n_group=4 topk_group=2 \
    num_attention_heads=4 num_key_value_heads=4 q_lora_rank=96 kv_lora_rank=64 qk_nope_head_dim=32 qk_rope_head_dim=16 v_head_dim=32 \
    vocab_size=6144 max_position_embeddings=512 bos_token_id=0 eos_token_id=0
  cp "$root"/samples/ax-pico/{tokenizer,tokenizer_config,special_tokens_map}.json "$out/fresh/"
fi
steps=${STEPS_FROM_SCRATCH:-400}
"$root/geobuk" run "$root/bench/recover.yaml" --runs "$out/runs" --quiet --set name=experts --set "base.model=$out/fresh" --set "corpus.domain=[$documents]" \
  --set train.distillation.teacher="$root/samples/ax-pico" --set train.distillation.share=0.5 --set train.learning_rate=0.003 --set "train.steps=$steps" \
  --set "train.evaluate_every=$steps" --set "train.checkpoint_every=$steps" > /dev/null
"$root/bench/prune-and-recover.sh" "$out/runs/experts/adapted/model" "$documents" "$heldout" "$out/cuts" "--experts 12" "--experts 8"
