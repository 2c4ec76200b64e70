#!/usr/bin/env bash
# Signs the image by its digest. Without COSIGN_KEY the pipeline's own identity signs (keyless: GitHub's or Jenkins's OIDC token), and no key has to be kept.
#   sign-image.sh [--dry-run]
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_tools cosign

reference=$(image_reference)
sign=(cosign sign --yes)
[ -z "${COSIGN_KEY:-}" ] || sign+=(--key "$COSIGN_KEY")
run "${sign[@]}" "$reference"
