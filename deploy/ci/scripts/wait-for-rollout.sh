#!/usr/bin/env bash
# Waits until every program runs in its new version and is ready. A program that gets no further for progressDeadlineSeconds fails before the time is over.
#   wait-for-rollout.sh [--dry-run]
# ROLLOUT_SECONDS, for all of them together.
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_tools kubectl

deadline=$((SECONDS + ${ROLLOUT_SECONDS:-1800}))
for program in ordering rating billing settlement notification mypage gateway; do
  left=$((deadline - SECONDS))
  # What is there already is seen in the second that is always left.
  run kubectl --namespace "$namespace" rollout status "deployment/$program" --timeout "$((left > 1 ? left : 1))s"
done
