# shellcheck shell=bash
# Alerta 9 with a PostgreSQL of its own and authentication on: alerts that are open, acknowledged, shelved, in a
# blackout, and closed.

# shellcheck source=tests/servers/postgres.sh
. "$HERE/postgres.sh"
# shellcheck disable=SC2034 # `up` installs them
PACKAGES=(postgresql python3-venv curl)
URL=http://$HOST:$(port alerta)
export ALERTA_SVR_CONF_FILE=$STATE/alertad.conf

api() { http --header "Authorization: Key $(<alerta-key)" --header 'Content-Type: application/json' "$URL/$1" "${@:2}"; }

start() {
  [ -x alerta-venv/bin/waitress-serve ] || { python3 -m venv alerta-venv \
    && alerta-venv/bin/pip install --quiet --disable-pip-version-check 'alerta-server==9.1.0' 'psycopg2-binary' 'waitress' 'setuptools<81'; } >alerta-pip.log 2>&1 </dev/null \
    || die "Alerta could not be installed: $(tail -n 3 alerta-pip.log)"
  postgres alerta
  sql alerta -d postgres -tAc "select 1 from pg_database where datname = 'alerta'" | grep -q 1 || sql alerta -d postgres -c 'create database alerta'
  cat >alertad.conf <<C
DATABASE_URL = 'postgresql://lab@$HOST:$DATABASE_PORT/alerta'
SECRET_KEY = 'lab-only'
AUTH_REQUIRED = True
SIGNUP_ENABLED = False
ADMIN_USERS = ['admin@lab.invalid']
ALLOWED_ENVIRONMENTS = ['Production', 'Development']
PLUGINS = ['reject', 'blackout']
BLACKOUT_ACCEPT = ['normal', 'ok', 'cleared', 'critical', 'major', 'minor', 'warning']
NOTIFICATION_BLACKOUT = True
C
  if [ ! -e alerta-key ]; then
    head -c 20 /dev/urandom | od -An -tx1 | tr -d ' \n' >alerta-key.new
    { alerta-venv/bin/alertad user --username admin@lab.invalid --password bsm-lab-only --name Admin \
      && alerta-venv/bin/alertad key --username admin@lab.invalid --key "$(<alerta-key.new)"; } >alerta-setup.log 2>&1 </dev/null \
      || die "Alerta could not be set up: $(tail -n 3 alerta-setup.log)"
    mv alerta-key.new alerta-key
  fi
  launch alerta alerta-venv/bin/waitress-serve --listen="${URL#http://}" --call alerta:create_app
  await alerta 60 api management/healthcheck
}

seed() {
  [ ! -e seeded-alerta ] || return 0
  local action service severity resource event text id
  api blackout -o /dev/null -d '{"environment": "Production", "service": ["login"], "duration": 28800, "text": "CHG-1042: login moves"}' \
    || die 'Alerta refused a blackout'
  while IFS='|' read -r action service severity resource event text; do
    id=$(api alert -d "{\"environment\": \"Production\", \"service\": [\"$service\"], \"severity\": \"$severity\", \"resource\": \"$resource\",
      \"event\": \"$event\", \"group\": \"Lab\", \"text\": \"$text\", \"tags\": [\"site=lab\"], \"attributes\": {\"team\": \"ops\"}, \"origin\": \"seed\"}" \
      | sed 's/.*"id": "\([^"]*\)", "status": "ok".*/\1/') && [ -n "$id" ] || die "Alerta refused an alert: $event"
    [ "$action" = open ] || api "alert/$id/action" -X PUT -o /dev/null \
      -d "{\"action\": \"$action\", \"text\": \"INC0012: seen to\", \"timeout\": 7200}" || die "Alerta refused to $action $event"
  done <<'L'
open|email|critical|mail-01|ServiceDown|email is down
open|email|critical|mail-01|ServiceDown|email is down
open|search|warning|search-02|HighLatency|p95 is 2.5 s
open|checkout|major|db-01|DiskFull|97% used
open|catalog|informational|cdn|Purge|cache purged
open|login|critical|login-01|Unreachable|no answer
ack|payments|major|pay-gw|ErrorBudgetBurn|6% of payments fail
shelve|legacy|minor|legacy-01|TargetDown|not scraped
close|shop|critical|web-02|HttpError|503
L
  touch seeded-alerta
}

environment() {
  printf '%s\n' "ALERTA_URL=$URL" "ALERTA_KEY=$(<alerta-key)" "ALERTA_DATABASE=postgresql://lab@$HOST:$(port alerta-postgres)/alerta"
}
