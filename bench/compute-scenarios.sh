#!/bin/bash
# Random clusters with random tenants and jobs, played to their end by the scheduler; after every look at the queue all that was
# promised is checked (docs/compute.md says by what).   bench/compute-scenarios.sh [SCENARIOS]     100,000 by default
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export GEOBUK_SCENARIOS=${1:-100000}
dotnet build tests/Geobuk.Compute.Tests -c Release -nologo -v q > /dev/null
started=$SECONDS
dotnet test tests/Geobuk.Compute.Tests -c Release --no-build -nologo --filter FullyQualifiedName~SchedulerProperties | grep -vE "^(Test run|A total|\\[xUnit|   at)"
echo "$GEOBUK_SCENARIOS scenarios in $((SECONDS - started)) s"
