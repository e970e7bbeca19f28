# shellcheck shell=bash
# Nagios Core 4 with its JSON CGIs behind lighttpd: hosts and services in every state, fed by passive results, an
# acknowledgement and a downtime.

# shellcheck disable=SC2034 # `up` installs them
PACKAGES=(nagios4-core nagios4-cgi lighttpd curl)
URL=http://$HOST:$(port nagios)/nagios4/cgi-bin

api() { http --user bsm:bsm-test "$URL/$1"; }

objects() {
  local passive=('notification_period 24x7' 'contacts bsm' 'register 0' 'check_command none' 'check_period 24x7'
    'active_checks_enabled 0' 'max_check_attempts 2') name
  define() { printf 'define %s {\n' "$1"; shift; printf '  %s\n' "$@"; printf '}\n'; }
  define timeperiod 'timeperiod_name 24x7' 'alias all' {sunday,monday,tuesday,wednesday,thursday,friday,saturday}' 00:00-24:00'
  define command 'command_name none' 'command_line /bin/true'
  define contact 'contact_name bsm' {host,service}_notifications_enabled' 0' {host,service}_notification_period' 24x7' \
    {host,service}_notification_commands' none' 'can_submit_commands 1'
  define host 'name passive-host' "${passive[@]}"
  define service 'name passive-service' 'check_interval 1' 'retry_interval 1' "${passive[@]}"
  for name in web-01 web-02 db-01 mail-01; do
    define host 'use passive-host' "host_name $name" 'address 127.0.0.1'
  done
  for name in web-01/http web-02/http web-01/disk web-02/disk db-01/disk db-01/replication mail-01/smtp mail-01/queue; do
    define service 'use passive-service' "host_name ${name%/*}" "service_description ${name#*/}"
  done
  define hostgroup 'hostgroup_name shop' 'alias Web shop' 'members web-01,web-02,db-01'
}

start() {
  mkdir -p var/rw var/spool var/archives
  objects >objects.cfg
  printf '%s\n' "cfg_file=$STATE/objects.cfg" "log_file=$STATE/nagios-core.log" "object_cache_file=$STATE/var/objects.cache" \
    "status_file=$STATE/var/status.dat" status_update_interval=1 "nagios_user=$(id -un)" "nagios_group=$(id -gn)" \
    check_external_commands=1 "command_file=$STATE/var/rw/nagios.cmd" "query_socket=$STATE/var/rw/nagios.qh" \
    "lock_file=$STATE/var/lock" "temp_file=$STATE/var/tmp" "temp_path=$STATE/var" "check_result_path=$STATE/var/spool" \
    check_result_reaper_frequency=1 "log_archive_path=$STATE/var/archives" use_syslog=0 retain_state_information=1 \
    "state_retention_file=$STATE/var/retention.dat" accept_passive_service_checks=1 accept_passive_host_checks=1 \
    passive_host_checks_are_soft=0 enable_notifications=0 check_service_freshness=0 check_for_updates=0 date_format=iso8601 >nagios.cfg
  printf '%s\n' "main_config_file=$STATE/nagios.cfg" physical_html_path=/usr/share/nagios4/htdocs url_html_path=/nagios4 \
    use_authentication=1 result_limit=0 \
    authorized_for_{system_information,configuration_information,system_commands,all_services,all_hosts,all_service_commands,all_host_commands}=bsm >cgi.cfg
  echo bsm:bsm-test >users
  cat >lighttpd.conf <<C
server.modules = ("mod_alias", "mod_auth", "mod_authn_file", "mod_setenv", "mod_cgi")
server.bind = "$HOST"
server.port = $(port nagios)
server.document-root = "/usr/share/nagios4/htdocs"
server.errorlog = "$STATE/lighttpd-error.log"
server.upload-dirs = ("$STATE/var")
alias.url = ("/nagios4/cgi-bin/" => "/usr/lib/cgi-bin/nagios4/")
cgi.assign = (".cgi" => "")
setenv.add-environment = ("NAGIOS_CGI_CONFIG" => "$STATE/cgi.cfg")
auth.backend = "plain"
auth.backend.plain.userfile = "$STATE/users"
auth.require = ("/" => ("method" => "basic", "realm" => "Nagios", "require" => "valid-user"))
C
  # The daemon has no port of its own; the web server in front has the one that is asked.
  ours nagios-core || { BSMTOP_SERVERS=$STATE setsid nagios4 "$STATE/nagios.cfg" >nagios-core.out 2>&1 </dev/null & echo $! >nagios-core.pid; }
  launch nagios lighttpd -D -f "$STATE/lighttpd.conf"
  answers() { api 'statusjson.cgi?query=programstatus' | grep -q '"type_text": "Success"' && [ -p var/rw/nagios.cmd ]; }
  await nagios 60 answers
}

seed() {
  [ ! -e seeded-nagios ] || return 0
  local now line
  now=$(date +%s)
  while read -r line; do
    echo "[$now] $line" >var/rw/nagios.cmd
  done <<L
PROCESS_HOST_CHECK_RESULT;web-01;0;PING OK - rta 0.4 ms
PROCESS_HOST_CHECK_RESULT;web-02;0;PING OK - rta 0.5 ms
PROCESS_HOST_CHECK_RESULT;db-01;0;PING OK - rta 0.3 ms
PROCESS_HOST_CHECK_RESULT;mail-01;1;PING CRITICAL - 100% loss
PROCESS_SERVICE_CHECK_RESULT;web-01;http;0;HTTP OK: 200
PROCESS_SERVICE_CHECK_RESULT;web-02;http;2;HTTP CRITICAL: 503 Service Unavailable
PROCESS_SERVICE_CHECK_RESULT;web-02;http;2;HTTP CRITICAL: 503 Service Unavailable
PROCESS_SERVICE_CHECK_RESULT;web-01;disk;0;DISK OK - 61% used
PROCESS_SERVICE_CHECK_RESULT;web-02;disk;1;DISK WARNING - 88% used, once
PROCESS_SERVICE_CHECK_RESULT;db-01;disk;2;DISK CRITICAL - 97% used
PROCESS_SERVICE_CHECK_RESULT;db-01;disk;2;DISK CRITICAL - 97% used
PROCESS_SERVICE_CHECK_RESULT;mail-01;smtp;3;UNKNOWN: no route to host
PROCESS_SERVICE_CHECK_RESULT;mail-01;smtp;3;UNKNOWN: no route to host
L
  sees() { api "statusjson.cgi?query=$1" | grep -q "$2"; }
  await nagios 60 sees 'service&hostname=mail-01&servicedescription=smtp' 'no route'
  while read -r line; do
    echo "[$now] $line" >var/rw/nagios.cmd
  done <<L
ACKNOWLEDGE_SVC_PROBLEM;db-01;disk;2;0;1;alice;INC0012: purging old WAL
SCHEDULE_HOST_DOWNTIME;mail-01;$now;$((now + 28800));1;0;28800;bob;CHG-1042: mail migration
L
  await nagios 60 sees 'service&hostname=db-01&servicedescription=disk' '"problem_has_been_acknowledged": true'
  await nagios 60 sees 'host&hostname=mail-01' '"scheduled_downtime_depth": 1'
  touch seeded-nagios
}

environment() { printf '%s\n' "NAGIOS_URL=$URL" NAGIOS_USER=bsm NAGIOS_PASSWORD=bsm-test "NAGIOS_COMMANDS=$STATE/var/rw/nagios.cmd"; }
