# shellcheck shell=bash
# Zabbix 6 with its frontend's API and a PostgreSQL of its own: hosts with a trigger each, problems of several
# severities, one acknowledged, one in maintenance, one behind another, and maintenance to come.

# shellcheck source=tests/servers/postgres.sh
. "$HERE/postgres.sh"
# shellcheck disable=SC2034 # `up` installs them
PACKAGES=(zabbix-server-pgsql zabbix-frontend-php zabbix-agent postgresql php-cli php-pgsql curl)
URL=http://$HOST:$(port zabbix)
SCHEMA=/usr/share/zabbix-server-pgsql

# rpc METHOD PARAMS: the answer of a call.
rpc() {
  local answer
  answer=$(http -H 'Content-Type: application/json' "$URL/api_jsonrpc.php" \
    -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":$2${AUTH:+,\"auth\":\"$AUTH\"}}") && grep -q '"result"' <<<"$answer" \
    || die "Zabbix refused $1: ${answer:-no answer}"
  echo "$answer"
}

# new METHOD PARAMS: the id that a call made.
new() { rpc "$@" | sed 's/.*"result":[^0-9]*\([0-9]*\).*/\1/'; }

start() {
  postgres zabbix
  if [ ! -e zabbix/schema ]; then
    mkdir -p zabbix
    sql zabbix -d postgres -c 'drop database if exists zabbix' -c 'create database zabbix' 2>/dev/null
    local part
    for part in schema images data; do
      gzip -dc "$SCHEMA/$part.sql.gz" | sql zabbix -1 -d zabbix >zabbix-schema.log 2>&1 \
        || die "Zabbix' database could not be made: $(tail -n 2 zabbix-schema.log)"
    done
    touch zabbix/schema
  fi
  if [ ! -e zabbix/web/ready ]; then
    # Where the frontend looks for its configuration is written into it.
    rm -rf zabbix/web
    cp -rL /usr/share/zabbix zabbix/web
    sed -i "s|/etc/zabbix/zabbix.conf.php|$STATE/zabbix/zabbix.conf.php|" zabbix/web/include/classes/core/CConfigFile.php
    touch zabbix/web/ready
  fi
  cat >zabbix/zabbix.conf.php <<C
<?php
\$DB = ['TYPE' => 'POSTGRESQL', 'SERVER' => '$HOST', 'PORT' => '$DATABASE_PORT', 'DATABASE' => 'zabbix', 'USER' => 'lab', 'PASSWORD' => '',
  'SCHEMA' => '', 'ENCRYPTION' => false, 'KEY_FILE' => '', 'CERT_FILE' => '', 'CA_FILE' => '', 'VERIFY_HOST' => false, 'CIPHER_LIST' => '',
  'VAULT_URL' => '', 'VAULT_DB_PATH' => '', 'VAULT_TOKEN' => '', 'DOUBLE_IEEE754' => true];
\$ZBX_SERVER = '$HOST'; \$ZBX_SERVER_PORT = '$(port zabbix-server)'; \$ZBX_SERVER_NAME = 'lab'; \$IMAGE_FORMAT_DEFAULT = IMAGE_FORMAT_PNG;
C
  printf '%s\n' LogType=console AllowRoot=1 "PidFile=$STATE/zabbix/server.pid" "SocketDir=$STATE/zabbix" "DBHost=$HOST" "DBPort=$DATABASE_PORT" \
    DBName=zabbix DBUser=lab "ListenIP=$HOST" "ListenPort=$(port zabbix-server)" CacheUpdateFrequency=1 StartPollers=1 StartTrappers=2 \
    StartPingers=0 StartDiscoverers=0 StartHTTPPollers=0 StartPollersUnreachable=1 StartPreprocessors=1 StartLLDProcessors=1 \
    StartDBSyncers=1 >zabbix/zabbix_server.conf
  launch zabbix-server zabbix_server -f -c "$STATE/zabbix/zabbix_server.conf"
  launch zabbix env PHP_CLI_SERVER_WORKERS=4 php -d max_execution_time=300 -d post_max_size=16M -d display_errors=0 \
    -S "${URL#http://}" -t "$STATE/zabbix/web"
  await zabbix 60 answers
  await zabbix-server 60 listens
}

answers() { (rpc apiinfo.version '[]'); }
listens() { (: <"/dev/tcp/$HOST/$(port zabbix-server)") 2>/dev/null; }

# sent VALUES COUNT: sends values, lines of host and number, and tells whether there are so many problems then. The server
# learns of items and triggers within seconds, and not at the same time: what comes too early is sent again.
sent() {
  sed 's/ / up /' <<<"$1" >zabbix-values
  zabbix_sender -z "$HOST" -p "$(port zabbix-server)" -i zabbix-values >zabbix-sender.log 2>&1 || return
  sleep 0.5
  (rpc problem.get '{"countOutput":true}') | grep -q "\"result\":\"$2\""
}
suppressed() { (rpc problem.get '{"output":["eventid"],"suppressed":true}') | grep -q eventid; }

seed() {
  [ ! -e seeded-zabbix ] || return 0
  local AUTH group now host team level up event values=''
  AUTH=$(http -H 'Content-Type: application/json' "$URL/api_jsonrpc.php" \
    -d '{"jsonrpc":"2.0","id":1,"method":"user.login","params":{"username":"Admin","password":"zabbix"}}' | grep -o '[0-9a-f]\{32\}') \
    || die "Zabbix lets Admin not in"
  declare -A hosts triggers
  now=$(date +%s)
  # The stock host, which has no agent here.
  new host.update '{"hostid":"10084","status":1}' >/dev/null
  group=$(new hostgroup.create '{"name":"Web shop"}')
  while read -r host team level up; do
    values+="$host $up"$'\n'
    hosts[$host]=$(new host.create "{\"host\":\"$host\",\"name\":\"Shop $host\",\"groups\":[{\"groupid\":\"$group\"}],
      \"tags\":[{\"tag\":\"team\",\"value\":\"$team\"}]}")
    new item.create "{\"hostid\":\"${hosts[$host]}\",\"name\":\"Up\",\"key_\":\"up\",\"type\":2,\"value_type\":3}" >/dev/null
    triggers[$host]=$(new trigger.create "{\"description\":\"$host is down\",\"expression\":\"last(/$host/up)=0\",\"priority\":$level,
      \"manual_close\":1,\"tags\":[{\"tag\":\"service\",\"value\":\"$host\"}]}")
  done <<'L'
checkout web 5 1
payments pay 5 0
search web 3 1
catalog web 2 0
email core 4 0
uplink core 4 1
till store 4 0
L
  # The maintenance of today, and one that comes every day at four.
  new maintenance.create "{\"name\":\"CHG-1042\",\"active_since\":$((now - 60)),\"active_till\":$((now + 86400)),\"hosts\":[{\"hostid\":\"${hosts[catalog]}\"}],
    \"timeperiods\":[{\"timeperiod_type\":0,\"start_date\":$((now - 60)),\"period\":82800}]}" >/dev/null
  new maintenance.create "{\"name\":\"Backup\",\"active_since\":$((now - 60)),\"active_till\":$((now + 864000)),\"hosts\":[{\"hostid\":\"${hosts[search]}\"}],
    \"timeperiods\":[{\"timeperiod_type\":2,\"every\":1,\"start_time\":14400,\"period\":3600}]}" >/dev/null
  await zabbix-server 60 sent "${values%$'\n'}" 4
  # What was down before what it depends on: afterwards Zabbix would not tell it at all.
  new trigger.update "{\"triggerid\":\"${triggers[till]}\",\"dependencies\":[{\"triggerid\":\"${triggers[uplink]}\"}]}" >/dev/null
  await zabbix-server 60 sent 'uplink 0' 5
  event=$(rpc problem.get '{"output":["eventid"],"tags":[{"tag":"service","value":"email","operator":1}]}' | sed 's/.*"eventid":"\([0-9]*\)".*/\1/')
  new event.acknowledge "{\"eventids\":\"$event\",\"action\":6,\"message\":\"INC0012: mail team is on it\"}" >/dev/null
  await zabbix-server 120 suppressed
  rpc token.generate "[\"$(new token.create '{"name":"bsm","userid":"1"}')\"]" | grep -o '[0-9a-f]\{64\}' >zabbix-token || die "Zabbix gave no token"
  touch seeded-zabbix
}

environment() {
  printf '%s\n' "ZABBIX_URL=$URL" ZABBIX_USER=Admin ZABBIX_PASSWORD=zabbix "ZABBIX_TOKEN=$(<zabbix-token)" \
    "ZABBIX_DATABASE=postgresql://lab@$HOST:$(port zabbix-postgres)/zabbix" "ZABBIX_STATE=$STATE"
}
