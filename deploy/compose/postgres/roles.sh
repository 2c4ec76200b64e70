#!/usr/bin/env bash
# Run once by PostgreSQL's image, on an empty volume: a role and a database of its own for every service. No service can connect to another's.
set -euo pipefail

for service in ordering rating billing settlement notification mypage; do
  password=${service^^}_DB_PASSWORD
  # As variables of psql, whose :'…' quotes them; in a here-document, because -c knows no variables.
  psql --set ON_ERROR_STOP=1 --username postgres --set role="$service" --set database="jangbu_$service" --set password="${!password}" << 'SQL'
create role :"role" login password :'password';
create database :"database" owner :"role" template template0 encoding 'UTF8';
revoke connect on database :"database" from public;
SQL
done
