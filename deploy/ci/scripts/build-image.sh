#!/usr/bin/env bash
# Builds the one image of all programs, pushes it and leaves its digest in .ci/out/digest.
#   build-image.sh [--dry-run]
# IMAGE, VERSION, REVISION, PLATFORMS; NODE_IMAGE with a digest for a registry that others trust.
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_tools docker node

revision=${REVISION:-$(git -C "$root" rev-parse HEAD)}
version=${VERSION:-${revision:0:12}}
build=(docker buildx build --file "$root/deploy/docker/Dockerfile" --platform "${PLATFORMS:-linux/amd64,linux/arm64}"
  --build-arg "VERSION=$version" --build-arg "REVISION=$revision")
[ -z "${NODE_IMAGE:-}" ] || build+=(--build-arg "NODE_IMAGE=$NODE_IMAGE")
# How it was built travels with it, to be asked for by whoever runs it.
build+=(--provenance=mode=max --tag "$image:$version" --push --metadata-file "$out/image.json" "$root")

run mkdir -p "$out"
run "${build[@]}"
"$dry_run" && exit
node -e 'console.log(JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))["containerimage.digest"])' "$out/image.json" > "$out/digest"
image_reference
