#!/usr/bin/env bash
# Waits until every program of an overlay runs in its new version and is ready. One that gets no further for progressDeadlineSeconds fails before the time is over.
#   wait-for-rollout.sh <overlay> [--dry-run]
# MANIFESTS, where it is not what render.sh has left; ROLLOUT_SECONDS, for all programs together.
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_overlay
require_tools kubectl

manifests=${MANIFESTS:-$out/$overlay.yaml}
if "$dry_run"; then
  programs='ordering rating billing settlement notification mypage gateway'
else
  [ -f "$manifests" ] || fail "run render.sh $overlay first"
  programs=$(deployments < "$manifests")
  [ -n "$programs" ] || fail "no program in $manifests"
fi
deadline=$((SECONDS + ${ROLLOUT_SECONDS:-1800}))
for program in $programs; do
  left=$((deadline - SECONDS))
  # What is there already is seen in the second that is always left.
  run kubectl --namespace "$namespace" rollout status "deployment/$program" --timeout "$((left > 1 ? left : 1))s"
done
