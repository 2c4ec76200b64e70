# What all scripts of the pipeline share; sourced, never run.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
# What one step leaves for the next: digest, SBOM, rendered manifests.
out=${OUT_DIR:-$root/.ci/out}
image=${IMAGE:-ghcr.io/jangbu/jangbu}
# The namespace that the overlays deploy to.
# shellcheck disable=SC2034
namespace=${NAMESPACE:-jangbu}
dry_run=false

# `--dry-run` may stand anywhere; everything else is left in `arguments`.
arguments=()
read_arguments() {
  local argument
  for argument in "$@"; do
    case $argument in
      --dry-run) dry_run=true ;;
      -*) fail "unknown option $argument" ;;
      *) arguments+=("$argument") ;;
    esac
  done
}

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# Runs a command, or prints it in a form that a shell would read back.
run() {
  if "$dry_run"; then
    printf '%q ' "$@"
    echo
  else
    "$@"
  fi
}

require_tools() {
  "$dry_run" && return
  local tool
  for tool in "$@"; do
    command -v "$tool" > /dev/null || fail "$tool is not installed"
  done
}

# The image by digest, as build-image.sh has left it: what was signed and scanned is what is deployed, whatever a tag points to by then.
image_reference() {
  local digest=${IMAGE_DIGEST:-}
  [ -n "$digest" ] || [ ! -f "$out/digest" ] || digest=$(< "$out/digest")
  if [ -z "$digest" ] && "$dry_run"; then digest=sha256:$(printf '0%.0s' {1..64}); fi
  [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || fail "no digest: run build-image.sh first, or set IMAGE_DIGEST"
  echo "$image@$digest"
}

# The objects on standard input without those of some kinds: `without Job`, `without 'Deployment|Job'`. Kustomize writes one object a document,
# its kind at the line's beginning.
without() {
  awk -v RS='\n---\n' -v kinds="$1" '("\n" $0 "\n") !~ "\nkind: (" kinds ")\n" { printf "%s%s", separator, $0; separator = "\n---\n" }'
}

# The names of our Deployments on standard input: an overlay may bring others, into other namespaces.
deployments() {
  awk -v RS='\n---\n' -v ours="\n  namespace: $namespace\n" '("\n" $0 "\n") ~ "\nkind: Deployment\n" && index($0, ours) && match($0, /\n  name: [^\n]+/) {
    print substr($0, RSTART + 9, RLENGTH - 9)
  }'
}

# As one field manager, so that what an earlier version set and this one does not is taken away.
# shellcheck disable=SC2034
apply=(kubectl apply --server-side --field-manager jangbu-pipeline --force-conflicts --filename)

# The overlay that was asked for.
require_overlay() {
  overlay=${arguments[0]:-}
  [ -n "$overlay" ] || fail "which overlay? dev, staging or prod"
  [[ $overlay =~ ^[a-z][a-z0-9-]*$ ]] || fail "not the name of an overlay: $overlay"
}
