#!/bin/bash
# The Arm build, run by an emulator beside this machine's own: the same file and the same tokens must give the same logits to the last
# bit, on Arm's dot products (NEON) as on AVX. Says nothing about speed.   bench/arm64.sh
# Needs qemu-aarch64 and Arm's C and C++ libraries; on Debian:
#   dpkg --add-architecture arm64 && apt-get update && apt-get install qemu-user libc6:arm64 libstdc++6:arm64 zlib1g:arm64
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v qemu-aarch64 > /dev/null || { echo "qemu-aarch64: not found; the beginning of this script says what to install" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GEOBUK_PANELS=$work/panels DOTNET_EnableWriteXorExecute=0
dotnet build src/Geobuk.Cli -c Release -nologo -v quiet > /dev/null
# The lock files are of this machine's packages, so it is a copy that is built for Arm.
tar cf - --exclude=packages.lock.json src Directory.*.props global.json | tar xf - -C "$work"
(cd "$work" && dotnet publish src/Geobuk.Cli -c Release -nologo -v quiet -r linux-arm64 --self-contained -p:RestorePackagesWithLockFile=false -p:RunAnalyzers=false -o "$work/arm64")
here() { dotnet artifacts/bin/Geobuk.Cli/release/geobuk.dll "$@"; }
arm() { qemu-aarch64 -L / "$work/arm64/geobuk" "$@"; }
failed=0
for preset in q4_0 q4_k_m q6_k q8_0; do
    here compress samples/ax-pico --preset $preset --out "$work/$preset.gguf" --quiet
    for count in 1 7 120; do
        here logits "$work/$preset.gguf" --ids "$(seq -s, 5 $((4 + count)))" --out "$work/here" --quiet > /dev/null
        arm logits "$work/$preset.gguf" --ids "$(seq -s, 5 $((4 + count)))" --out "$work/arm" --quiet > /dev/null
        if cmp -s "$work/here" "$work/arm"; then echo "$preset, $count tokens: the same bits"; else echo "$preset, $count tokens: DIFFERENT"; failed=1; fi
    done
done
exit $failed
