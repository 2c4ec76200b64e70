#!/usr/bin/env bash
# Looks for known vulnerabilities in what sbom.sh has listed, and fails on those that are grave and can be mended.
#   scan-image.sh [--dry-run]
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_tools grype

# One without a mended version would keep everything else from being mended, too.
run grype "sbom:$out/sbom.spdx.json" --fail-on "${SCAN_FAIL_ON:-high}" --only-fixed --output table
