#!/bin/bash
# Statute questions: the base, further training on the laws alone, and on the laws with structured synthetic text, the same number of
# tokens, all asked about articles of which no synthetic text was made.   bench/statute-exam.sh STATUTES [WORK]
# STATUTES is a folder of statutes as Markdown, one folder per law; LAWS names those that are read; SET="train.steps=20" tries it small.
# What was trained in WORK is not trained again, and an interrupted training goes on.
set -euo pipefail
statutes=$(realpath "${1:?a folder of statutes}") work=${2:-}
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ -n "$work" ] || { work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; }
LAWS=${LAWS:-병역법 군인사법 예비군법 군인의지위및복무에관한기본법 통합방위법}
program=(dotnet artifacts/bin/Geobuk.Cli/release/geobuk.dll)
[ -f "${program[1]}" ] || program=(./geobuk)

work=$(realpath -m "$work")
mkdir -p "$work/laws"
for law in $LAWS; do
    found=$(find "$statutes" -type d -name "$law" | head -n 1)
    [ -n "$found" ] || { echo "statute-exam: no folder $law below $statutes" >&2; exit 2; }
    cp -r "$found" "$work/laws/"
done
"${program[@]}" corpus synthesize "$work/laws" --exam-share 0.35 --out "$work/made"
train() { "${program[@]}" train recipes/statute-exam.yaml --runs "$work/$1" --set "corpus.domain=[$2]" ${SET:+--set "$SET"} 2> "$work/$1.log" | grep steps || { cat "$work/$1.log" >&2; exit 1; }; }
echo "laws alone: $(train plain "$work/laws")"
echo "with synthetic text: $(train made "$work/laws, $work/made/synthetic.jsonl")"
"${program[@]}" eval samples/ax-pico --task "$work/made/exam.jsonl"
echo "A: laws alone, B: laws and synthetic text"
"${program[@]}" compare "$work/plain/statute-exam/adapted/model" "$work/made/statute-exam/adapted/model" --task "$work/made/exam.jsonl"
