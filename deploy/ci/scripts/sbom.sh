#!/usr/bin/env bash
# Lists what is in the image (SPDX) and attests the list, so that it can be had from the registry beside the image.
#   sbom.sh [--dry-run]
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_tools syft cosign

reference=$(image_reference)
run mkdir -p "$out"
run syft scan "registry:$reference" --output "spdx-json=$out/sbom.spdx.json"
attest=(cosign attest --yes --type spdxjson --predicate "$out/sbom.spdx.json")
[ -z "${COSIGN_KEY:-}" ] || attest+=(--key "$COSIGN_KEY")
run "${attest[@]}" "$reference"
