#!/usr/bin/env bash
# Deploys an overlay and keeps it only if it works: what does not get in whole, does not roll out, or does not answer, is rolled back. Ends with 1 then.
#   release.sh <overlay> [--dry-run]
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=deploy/ci/scripts/lib.sh
source "$scripts/lib.sh"
read_arguments "$@"
require_overlay
options=()
"$dry_run" && options=(--dry-run)

# If this fails nothing has been changed.
"$scripts/check.sh" "$overlay" "${options[@]}"
if "$scripts/deploy.sh" "$overlay" "${options[@]}" && "$scripts/wait-for-rollout.sh" "$overlay" "${options[@]}" && "$scripts/smoke-test.sh" "${options[@]}"; then
  "$scripts/keep-release.sh" "$overlay" "${options[@]}"
  echo "$overlay: released $(image_reference)"
else
  echo "$overlay: does not work, rolling back" >&2
  "$scripts/rollback.sh" "$overlay" "${options[@]}"
  fail "$overlay was rolled back"
fi
