#!/usr/bin/env bash
# Asks the gateway from outside, as a client would: is it there, does it refuse strangers, do the services behind it answer, and does what one of them writes
# come by the broker to another. It leaves one customer, "smoke test", behind.
#   smoke-test.sh [token] [--dry-run]
# With `token` it only gets its token: whether it will be let in is better known before anything is deployed.
# GATEWAY_URL; SMOKE_TOKEN_URL, SMOKE_CLIENT_ID and SMOKE_CLIENT_SECRET of a client with the role operator, or SMOKE_TOKEN, which has to live long enough.
set -euo pipefail
# shellcheck source=deploy/ci/scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
read_arguments "$@"
require_tools curl
if "$dry_run"; then : "${GATEWAY_URL:=https://gateway.example}" "${SMOKE_TOKEN_URL:=https://issuer.example/token}" "${SMOKE_CLIENT_SECRET:=SECRET}"; fi
[ -n "${GATEWAY_URL:-}" ] || fail "GATEWAY_URL is not set"

# Endpoints and certificates take a moment to reach every proxy: a minute of patience, and no more.
attempts=${SMOKE_ATTEMPTS:-12}
pause=${SMOKE_PAUSE:-5}
curl=(curl --silent --show-error --max-time 10)
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# The first member of a name in the JSON last answered, where its value is a text.
member() {
  local pattern="\"$1\" *: *\"([^\"]*)\""
  if [[ $(< "$answer") =~ $pattern ]]; then echo "${BASH_REMATCH[1]}"; fi
}

# Secrets are given on standard input: on the command line every process of the machine could read them.
get_token() {
  token=${SMOKE_TOKEN:-}
  [ -z "$token" ] || return 0
  if [ -z "${SMOKE_TOKEN_URL:-}" ] || [ -z "${SMOKE_CLIENT_SECRET:-}" ]; then
    fail "neither SMOKE_TOKEN_URL with SMOKE_CLIENT_SECRET nor SMOKE_TOKEN is set"
  fi
  local request=("${curl[@]}" --fail --output "$answer" --data grant_type=client_credentials --config - "$SMOKE_TOKEN_URL")
  if "$dry_run"; then
    run "${request[@]}"
    token=TOKEN
    return
  fi
  "${request[@]}" <<< "user = \"${SMOKE_CLIENT_ID:-smoke}:$SMOKE_CLIENT_SECRET\"" || fail "the issuer gives no token"
  token=$(member access_token)
  [ -n "$token" ] || fail "the issuer's answer has no token"
}

# expect <status> <path> [curl's options]; what is on standard input is for curl.
expect() {
  local wanted=$1 path=$2 attempt got input=
  shift 2
  local request=("${curl[@]}" --output "$answer" --write-out '%{http_code}' "$@" "$GATEWAY_URL$path")
  if "$dry_run"; then
    run "${request[@]}"
    return
  fi
  [ -t 0 ] || input=$(cat)
  for ((attempt = 1; attempt <= attempts; attempt++)); do
    got=$("${request[@]}" <<< "$input") || got=000
    if [ "$got" = "$wanted" ]; then
      echo "$path: $got"
      return
    fi
    sleep "$pause"
  done
  fail "$path: $got instead of $wanted: $(head -c 500 "$answer")"
}

with_token() {
  expect 200 "$@" --header @- <<< "authorization: Bearer $token"
}

get_token
[ "${arguments[0]:-}" != token ] || exit 0

expect 200 /readyz < /dev/null
expect 401 '/v1/offerings?pageSize=1' < /dev/null
# One question for each service that owns something; none of them changes anything.
with_token '/v1/offerings?pageSize=1'
with_token '/v1/tariffs?pageSize=1'
with_token '/v1/invoices?pageSize=1'
with_token '/v1/trialBalance'
with_token '/v1/messages?pageSize=1'
# What ordering writes, my page hears of: database, outbox, broker, inbox, database.
with_token /v1/customers --header 'content-type: application/json' --data '{"displayName":"smoke test"}'
customer=CUSTOMER
"$dry_run" || customer=$(member id)
[[ $customer =~ ^[A-Za-z0-9-]+$ ]] || fail "the new customer has no id"
with_token "/v1/mypages/$customer"
