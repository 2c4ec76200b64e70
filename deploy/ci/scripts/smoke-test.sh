#!/usr/bin/env bash
# Asks the gateway from outside, as a client would: is it there, does it refuse strangers, do the services behind it answer.
#   smoke-test.sh [--dry-run]
# GATEWAY_URL; SMOKE_TOKEN, an operator's token that may read.
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_tools curl
if "$dry_run"; then : "${GATEWAY_URL:=https://gateway.example}" "${SMOKE_TOKEN:=TOKEN}"; fi
[ -n "${GATEWAY_URL:-}" ] || fail "GATEWAY_URL is not set"
[ -n "${SMOKE_TOKEN:-}" ] || fail "SMOKE_TOKEN is not set"

# Endpoints and certificates take a moment to reach every proxy: a minute of patience, and no more.
attempts=${SMOKE_ATTEMPTS:-12}
pause=${SMOKE_PAUSE:-5}

# expect <status> <path> [curl's options]
expect() {
  local wanted=$1 path=$2 attempt got
  shift 2
  local request=(curl --silent --show-error --output /dev/null --max-time 10 --write-out '%{http_code}' "$@" "$GATEWAY_URL$path")
  if "$dry_run"; then
    run "${request[@]}"
    return
  fi
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    got=$("${request[@]}") || got=000
    if [ "$got" = "$wanted" ]; then
      echo "$path: $got"
      return
    fi
    sleep "$pause"
  done
  fail "$path: $got instead of $wanted"
}

# The token is given on standard input: on the command line every process of the machine could read it.
with_token() {
  if "$dry_run"; then expect 200 "$1" --header @-; else expect 200 "$1" --header @- <<< "authorization: Bearer $SMOKE_TOKEN"; fi
}

expect 200 /readyz
expect 401 '/v1/offerings?pageSize=1'
# One question for each service; none of them changes anything.
with_token '/v1/offerings?pageSize=1'
with_token '/v1/tariffs?pageSize=1'
with_token '/v1/invoices?pageSize=1'
with_token '/v1/trialBalance'
with_token '/v1/messages?pageSize=1'
with_token '/v1/deadLetters?pageSize=1'
