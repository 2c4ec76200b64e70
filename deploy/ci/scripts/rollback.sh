#!/usr/bin/env bash
# Brings back what release.sh has kept last: programs, settings, policies and routes of the version that worked, and waits for it. Databases stay as they are:
# migrations are made so that the version before runs on them, so its Jobs are not run either.
#   rollback.sh <overlay> [--dry-run]
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=deploy/ci/scripts/lib.sh
source "$scripts/lib.sh"
read_arguments "$@"
require_overlay
require_tools kubectl base64 gzip

file=$out/$overlay.kept.yaml
kept=(kubectl --namespace "$namespace" get configmap "jangbu-release-$overlay" --ignore-not-found --output 'jsonpath={.binaryData.manifests}')
if "$dry_run"; then
  run "${kept[@]}"
  run "${apply[@]}" "$file"
  "$scripts/wait-for-rollout.sh" "$overlay" --dry-run
  exit
fi

mkdir -p "$out"
packed=$("${kept[@]}")
[ -n "$packed" ] || fail "nothing has worked before, so there is nothing to go back to"
base64 --decode <<< "$packed" | gzip --decompress | without Job > "$file"
# An object that cannot go back (a volume does not shrink) must not keep the programs from it: kubectl goes on with the others, and says so at its end.
applied=0
"${apply[@]}" "$file" || applied=$?
MANIFESTS=$file "$scripts/wait-for-rollout.sh" "$overlay"
[ "$applied" -eq 0 ] || fail "the programs are back; other objects could not be brought back"
