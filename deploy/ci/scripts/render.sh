#!/usr/bin/env bash
# Writes what an overlay comes to, with the image by digest, to .ci/out/<overlay>.yaml; and without its programs, for what has to be there before them, to
# .ci/out/<overlay>.before.yaml.
#   render.sh <overlay> [--dry-run]
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_overlay
require_tools kubectl
"$dry_run" || [ -d "$root/deploy/k8s/overlays/$overlay" ] || fail "there is no overlay $overlay"

reference=$(image_reference)
# An overlay over the overlay, so that no file of the repository changes; kustomize takes relative paths only.
folder=$root/.ci/out/kustomize-$overlay
kustomization="# Made by deploy/ci/scripts/render.sh.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../../deploy/k8s/overlays/$overlay
images:
  - name: ghcr.io/jangbu/jangbu
    newName: ${reference%@*}
    digest: ${reference#*@}"

run mkdir -p "$folder" "$out"
if "$dry_run"; then
  echo "# ${kustomization//$'\n'/$'\n'# }"
  run kubectl kustomize "$folder" --output "$out/$overlay.yaml"
  exit
fi
echo "$kustomization" > "$folder/kustomization.yaml"
kubectl kustomize "$folder" --output "$out/$overlay.yaml"
if grep -E "image: ${image//./\\.}(:|$)" "$out/$overlay.yaml"; then
  fail "an image of ours is not named by its digest"
fi
# KEDA refuses to scale by CPU what is not there yet.
without 'Deployment|ScaledObject' < "$out/$overlay.yaml" > "$out/$overlay.before.yaml"
echo "$out/$overlay.yaml"
