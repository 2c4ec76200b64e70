#!/usr/bin/env bash
# Keeps the manifests that have just proved to work, in the cluster, for rollback.sh: wherever that runs, and whatever was deployed in between.
#   keep-release.sh <overlay> [--dry-run]
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_overlay
require_tools kubectl gzip

packed=$out/$overlay.gz
make=(kubectl --namespace "$namespace" create configmap "jangbu-release-$overlay" --from-file "manifests=$packed" --dry-run=client --output yaml)
if "$dry_run"; then
  run gzip --best --no-name --stdout "$out/$overlay.yaml"
  run "${make[@]}"
  run "${apply[@]}" -
  exit
fi
gzip --best --no-name --stdout "$out/$overlay.yaml" > "$packed"
"${make[@]}" | "${apply[@]}" -
