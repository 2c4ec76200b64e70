#!/usr/bin/env bash
# Waits until every program runs in its new version and is ready.
#   wait-for-rollout.sh [--dry-run]
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_tools kubectl

for program in ordering rating billing settlement notification mypage gateway; do
  run kubectl --namespace "$namespace" rollout status "deployment/$program" --timeout "${ROLLOUT_TIMEOUT:-10m}"
done
