#!/usr/bin/env bash
# Everything that can be known before anything is changed: the image's signature and commit, the cluster's opinion of the manifests, and whether the smoke test
# will be let in.
#   check.sh <overlay> [--dry-run]
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=deploy/ci/scripts/lib.sh
source "$scripts/lib.sh"
read_arguments "$@"
require_overlay
require_tools kubectl cosign docker git

manifests=$out/$overlay.yaml
"$dry_run" || [ -f "$manifests" ] || fail "run render.sh $overlay first"
reference=$(image_reference)

# Nothing is deployed that the pipeline of main has not signed: what any other branch or workflow signs has another identity.
if [ -n "${COSIGN_PUBLIC_KEY:-}" ]; then
  run cosign verify --key "$COSIGN_PUBLIC_KEY" "$reference"
else
  run cosign verify --certificate-identity "${SIGNER_IDENTITY:-https://github.com/jangbu/jangbu/.github/workflows/ci.yml@refs/heads/main}" \
    --certificate-oidc-issuer "${SIGNER_ISSUER:-https://token.actions.githubusercontent.com}" "$reference"
fi

# Manifests and image belong together: settings, policies and migrations of one commit say little of another's programs.
inspect=(docker buildx imagetools inspect "$reference" --format '{{json .Image}}')
if "$dry_run"; then
  run "${inspect[@]}"
else
  commit=$(git -C "$root" rev-parse HEAD)
  made_from=$("${inspect[@]}" | grep -o '"org.opencontainers.image.revision": *"[^"]*"' | cut -d '"' -f 4 | sort -u) || made_from=nothing
  [ "$made_from" = "$commit" ] || fail "the image was made from $made_from, these manifests from $commit: check out the image's commit"
fi

# For the log, and for the API server's opinion. 1 says that there is a difference, more that it could not be told. Jobs are made anew each time.
if "$dry_run"; then
  run kubectl diff --server-side --field-manager jangbu-pipeline --force-conflicts --filename "$manifests"
else
  there=$(kubectl get namespace "$namespace" --ignore-not-found --output name) || fail "the cluster does not answer"
  if [ -n "$there" ]; then
    difference=0
    without Job < "$manifests" | kubectl diff --server-side --field-manager jangbu-pipeline --force-conflicts --filename - || difference=$?
    [ "$difference" -le 1 ] || fail "the cluster does not take these manifests"
  else
    # The API server answers no questions about objects of a namespace that is not there.
    echo "first deployment: there is no namespace $namespace yet"
  fi
fi

# What is good must not be rolled back because nobody has told the pipeline how to ask it.
if "$dry_run"; then "$scripts/smoke-test.sh" token --dry-run; else "$scripts/smoke-test.sh" token; fi
