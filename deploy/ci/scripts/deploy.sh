#!/usr/bin/env bash
# Brings a rendered overlay into the cluster that kubectl points at: migrations, then everything. check.sh has said that it may.
#   deploy.sh <overlay> [--dry-run]
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_overlay
require_tools kubectl

manifests=$out/$overlay.yaml
"$dry_run" || [ -f "$manifests" ] || fail "run render.sh $overlay first"
jobs=(jobs --selector app.kubernetes.io/component=migrations)

# Each Job, and which of its conditions hold: "migrate-billing Complete ".
states='{range .items[*]}{.metadata.name}{" "}{range .status.conditions[?(@.status=="True")]}{.type}{" "}{end}{"\n"}{end}'

migrations_failed() {
  kubectl --namespace "$namespace" logs --selector app.kubernetes.io/component=migrations --prefix --tail 20 >&2 || true
  fail "$1; the programs are as they were"
}

# Until all are done, or one has failed: `kubectl wait` knows one condition only, and would sit out the time of a migration that was refused at once. A Job ends
# itself (activeDeadlineSeconds) before the patience does.
wait_for_migrations() {
  local now deadline=$((SECONDS + ${MIGRATION_SECONDS:-960}))
  while ((SECONDS < deadline)); do
    now=$(kubectl --namespace "$namespace" get "${jobs[@]}" --output "jsonpath=$states") || now=
    if grep -q ' Failed ' <<< "$now"; then migrations_failed "a migration has failed"; fi
    if [ -n "$now" ] && ! grep -vq ' Complete ' <<< "$now"; then return; fi
    sleep "${MIGRATION_PAUSE:-5}"
  done
  migrations_failed "the migrations have not come to their end"
}

# Migrations first, while the version before still runs. They need what is no program itself: namespace, accounts, settings, secrets, databases.
if "$dry_run" || grep -q '^kind: Job$' "$manifests"; then
  # A Job cannot be changed, so those of the last deployment make way.
  run kubectl --namespace "$namespace" delete "${jobs[@]}" --ignore-not-found --wait
  run "${apply[@]}" "$out/$overlay.before.yaml"
  if "$dry_run"; then run kubectl --namespace "$namespace" get "${jobs[@]}" --output "jsonpath=$states"; else wait_for_migrations; fi
fi
run "${apply[@]}" "$manifests"
