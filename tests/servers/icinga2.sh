# shellcheck shell=bash
# Icinga 2 with its REST API over TLS: hosts and services in every state, fed over that API by passive results, an
# acknowledgement, downtimes now and to come, and a host that is out of reach behind another.

# shellcheck disable=SC2034 # `up` installs them
PACKAGES=(icinga2-bin icinga2-common curl)
# The certificate is for this name.
URL=https://localhost:$(port icinga2)
USER_NAME=bsm PASSWORD=bsm-lab-only

api() {
  local path=$1
  shift
  http --cacert icinga2-ca.crt --user "$USER_NAME:$PASSWORD" --header 'Accept: application/json' "$URL/v1/$path" "$@"
}

act() {
  local answer
  answer=$(api "actions/$1" -X POST -d "$2") && grep -q '"code":200' <<<"$answer" || die "Icinga refused $1: $answer"
}

start() {
  # Every path that Icinga would look for below /etc, /var and /run, and who it would become.
  local paths=("-DConfiguration.ConfigDir=$STATE/icinga2" "-DConfiguration.DataDir=$STATE/icinga2/data" "-DConfiguration.LogDir=$STATE/icinga2"
    "-DConfiguration.CacheDir=$STATE/icinga2/cache" "-DConfiguration.InitRunDir=$STATE/icinga2" "-DConfiguration.SpoolDir=$STATE/icinga2/spool"
    "-DConfiguration.RunAsUser=$(id -un)" "-DConfiguration.RunAsGroup=$(id -gn)")
  mkdir -p icinga2/data/certs icinga2/data/api icinga2/cache icinga2/spool
  if [ ! -e icinga2-ca.crt ]; then
    local certs=icinga2/data/certs
    { icinga2 pki new-ca "${paths[@]}" \
      && icinga2 pki new-cert "${paths[@]}" --cn localhost --key $certs/localhost.key --csr icinga2/localhost.csr \
      && icinga2 pki sign-csr "${paths[@]}" --csr icinga2/localhost.csr --cert $certs/localhost.crt; } >icinga2-pki.log 2>&1 \
      || die "Icinga's certificates could not be made: $(tail -n 2 icinga2-pki.log)"
    cp icinga2/data/ca/ca.crt $certs/ca.crt
    cp icinga2/data/ca/ca.crt icinga2-ca.crt
  fi
  cat >icinga2.conf <<C
const NodeName = "localhost"
const ZoneName = "localhost"
include <itl>
object Endpoint NodeName {}
object Zone ZoneName { endpoints = [ NodeName ] }
object CheckerComponent "checker" {}
object NotificationComponent "notification" {}
object ApiListener "api" { bind_host = "$HOST"; bind_port = $(port icinga2); accept_commands = true }
object ApiUser "$USER_NAME" { password = "$PASSWORD"; permissions = [ "*" ] }
object ApiUser "reader" { password = "$PASSWORD"; permissions = [ "objects/query/Host", "objects/query/Service", "objects/query/Comment", "objects/query/Downtime" ] }
object ApiUser "nobody" { password = "$PASSWORD"; permissions = [ "status/query" ] }
template Host "passive" { check_command = "dummy"; enable_active_checks = false; max_check_attempts = 1 }
template Service "passive" { check_command = "dummy"; enable_active_checks = false; max_check_attempts = 1 }
object HostGroup "shop" { display_name = "Web shop" }
object ServiceGroup "customer-facing" { assign where service.name in [ "http", "smtp" ] }
for (name => team in { "web-01" = "web"; "web-02" = "web"; "db-01" = "data"; "mail-01" = "core"; "router" = "network"; "till" = "store" }) {
  object Host name use(team) {
    import "passive"
    address = "127.0.0.1"
    groups = [ "shop" ]
    vars.team = team
    vars.database_password = "never-shown"
    notes_url = "https://wiki.invalid/" + name
  }
}
apply Service "http" { import "passive"; vars.tier = 1; assign where host.vars.team == "web" }
apply Service "disk" { import "passive"; assign where host.vars.team in [ "web", "data", "core" ] }
apply Service "replication" { import "passive"; max_check_attempts = 3; assign where host.name == "db-01" }
apply Service "smtp" { import "passive"; assign where host.name == "mail-01" }
apply Dependency "uplink" to Host { parent_host_name = "router"; assign where host.name == "till" }
C
  icinga2 daemon -C "${paths[@]}" -c icinga2.conf >icinga2-check.log 2>&1 \
    || die "Icinga refuses its configuration: $(grep -m1 critical icinga2-check.log)"
  launch icinga2 icinga2 daemon "${paths[@]}" -c "$STATE/icinga2.conf"
  await icinga2 60 api status/IcingaApplication
}

result() {
  local object=$1 type=Host
  [[ $object != *!* ]] || type=Service
  act process-check-result "{\"type\":\"$type\",\"${type,,}\":\"$object\",\"exit_status\":$2,\"plugin_output\":\"$3\"}"
}

seed() {
  [ ! -e seeded-icinga2 ] || return 0
  local object status output now
  now=$(date +%s)
  while IFS='|' read -r object status output; do result "$object" "$status" "$output"; done <<'L'
web-01|0|PING OK - rta 0.4 ms
web-02|0|PING OK - rta 0.5 ms
db-01|0|PING OK - rta 0.3 ms
mail-01|1|PING CRITICAL - 100% loss
router|1|PING CRITICAL - 100% loss
till|1|PING CRITICAL - 100% loss
web-01!http|0|HTTP OK: 200 in 0.03 s
web-02!http|2|HTTP CRITICAL: 503 Service Unavailable
web-01!disk|0|DISK OK - 61% used
web-02!disk|1|DISK WARNING - 88% used
db-01!disk|2|DISK CRITICAL - 97% used
db-01!replication|0|in step
db-01!replication|2|lag 420 s
mail-01!smtp|3|UNKNOWN: no route to host
L
  act acknowledge-problem '{"type":"Service","service":"db-01!disk","author":"alice","comment":"INC0012: purging old WAL","notify":false,"sticky":true}'
  act schedule-downtime "{\"type\":\"Host\",\"host\":\"mail-01\",\"author\":\"bob\",\"comment\":\"CHG-1042: mail migration\",\"start_time\":$now,\"end_time\":$((now + 28800)),\"fixed\":true,\"all_services\":true}"
  act schedule-downtime "{\"type\":\"Service\",\"service\":\"web-01!http\",\"author\":\"bob\",\"comment\":\"CHG-1043: new certificate\",\"start_time\":$((now + 36000)),\"end_time\":$((now + 39600)),\"fixed\":true}"
  act add-comment '{"type":"Host","host":"web-02","author":"carol","comment":"vendor called"}'
  touch seeded-icinga2
}

environment() {
  printf '%s\n' "ICINGA2_URL=$URL" "ICINGA2_USER=$USER_NAME" "ICINGA2_PASSWORD=$PASSWORD" "ICINGA2_CA=$STATE/icinga2-ca.crt" "ICINGA2_FILES=$STATE/icinga2/data/api/packages/_api"
}
