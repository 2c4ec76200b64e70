#!/usr/bin/env bash
# Brings every program back to what ran before deploy.sh, and waits for it. Databases stay as they are: migrations are made so that the version before
# runs on them.
#   rollback.sh <overlay> [--dry-run]
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_overlay
require_tools kubectl

file=$out/$overlay.revisions
if [ -s "$file" ]; then
  revisions=$(< "$file")
elif "$dry_run"; then
  revisions='gateway 1'
else
  fail "nothing ran before, so there is nothing to go back to"
fi

programs=()
while read -r program revision; do
  [ -n "$revision" ] || continue
  programs+=("$program")
  # A program that the deployment did not touch is at its revision already, which kubectl calls an error.
  run kubectl --namespace "$namespace" rollout undo "deployment/$program" --to-revision "$revision" ||
    echo "$program: left as it is" >&2
done <<< "$revisions"
for program in "${programs[@]}"; do
  run kubectl --namespace "$namespace" rollout status "deployment/$program" --timeout "${ROLLOUT_TIMEOUT:-10m}"
done
