#!/usr/bin/env bash
# Brings a rendered overlay into the cluster that kubectl points at: signature, difference, migrations, everything.
#   deploy.sh <overlay> [--dry-run]
# What ran before is left in .ci/out/<overlay>.revisions for rollback.sh.
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_overlay
require_tools kubectl cosign

manifests=$out/$overlay.yaml
"$dry_run" || [ -f "$manifests" ] || fail "run render.sh $overlay first"
reference=$(image_reference)

# Nothing is deployed that this pipeline has not signed.
if [ -n "${COSIGN_PUBLIC_KEY:-}" ]; then
  run cosign verify --key "$COSIGN_PUBLIC_KEY" "$reference"
else
  run cosign verify --certificate-identity-regexp "${SIGNER_IDENTITY:-^https://github\\.com/jangbu/jangbu/\\.github/workflows/}" \
    --certificate-oidc-issuer "${SIGNER_ISSUER:-https://token.actions.githubusercontent.com}" "$reference"
fi

# A job cannot be changed, so those of the last deployment make way; also for the question below.
jobs=(jobs --selector app.kubernetes.io/component=migrations)
run kubectl --namespace "$namespace" delete "${jobs[@]}" --ignore-not-found --wait

# For the log, and for the API server's opinion before anything changes. 1 says that there is a difference, more that it could not be told.
if "$dry_run" || kubectl get namespace "$namespace" > /dev/null 2>&1; then
  difference=0
  run kubectl diff --server-side --field-manager jangbu-pipeline --force-conflicts --filename "$manifests" || difference=$?
  [ "$difference" -le 1 ] || fail "the cluster does not take these manifests"
else
  # The API server answers no questions about objects of a namespace that is not there.
  echo "first deployment: there is no namespace $namespace yet"
fi

revision='{range .items[*]}{.metadata.name}{" "}{.metadata.annotations.deployment\.kubernetes\.io/revision}{"\n"}{end}'
if "$dry_run"; then
  run kubectl --namespace "$namespace" get deployments --selector app.kubernetes.io/part-of=jangbu --output "jsonpath=$revision"
else
  kubectl --namespace "$namespace" get deployments --selector app.kubernetes.io/part-of=jangbu --output "jsonpath=$revision" > "$out/$overlay.revisions"
fi

# Migrations first, while the version before still runs; it goes on if they fail. They need what is no program itself: namespace, accounts, settings, secrets,
# databases.
apply=(kubectl apply --server-side --field-manager jangbu-pipeline --force-conflicts --filename)
if "$dry_run" || grep -q '^kind: Job$' "$manifests"; then
  run "${apply[@]}" "$out/$overlay.before.yaml"
  if ! run kubectl --namespace "$namespace" wait "${jobs[@]}" --for condition=Complete --timeout "${MIGRATION_TIMEOUT:-10m}"; then
    kubectl --namespace "$namespace" logs --selector app.kubernetes.io/component=migrations --prefix --tail 20 >&2 || true
    fail "the migrations have not come to their end; the programs are as they were"
  fi
fi
run "${apply[@]}" "$manifests"
