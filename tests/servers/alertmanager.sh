# shellcheck shell=bash
# Alertmanager: one silence, over the alert of the system that is being retired; a page of a service inhibits its tickets.
# PROMETHEUS of the same state folder sends the alerts.

# shellcheck disable=SC2034 # `up` installs them
PACKAGES=(prometheus-alertmanager curl)
URL=http://$HOST:$(port alertmanager)

start() {
  cat >alertmanager.yml <<Y
route: {receiver: nobody, group_by: [service]}
receivers: [{name: nobody}]
inhibit_rules: [{source_matchers: ['severity="page"'], target_matchers: ['severity="ticket"'], equal: [service]}]
Y
  launch alertmanager prometheus-alertmanager --web.listen-address="${URL#http://}" --cluster.listen-address= \
    --config.file=alertmanager.yml --storage.path=alertmanager
  await alertmanager 60 http "$URL/-/ready"
}

seed() {
  http "$URL/api/v2/silences" | grep -q '"state":"active"' && return
  http "$URL/api/v2/silences" -H 'Content-Type: application/json' -o /dev/null -d @- <<J
{"matchers": [{"name": "service", "value": "legacy", "isRegex": false, "isEqual": true}], "createdBy": "carol",
 "comment": "legacy is being retired, CHG-1042",
 "startsAt": "$(date -u +%FT%TZ)", "endsAt": "$(date -u -d '+1 day' +%FT%TZ)"}
J
}

environment() { echo "ALERTMANAGER_URL=$URL"; }
