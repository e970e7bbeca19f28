# shellcheck shell=bash
# Request Tracker 5 on SQLite with its REST2 API: a queue with custom fields, two people, and tickets in every state.
# Nothing is mailed: what RT pipes to sendmail is thrown away.

# shellcheck disable=SC2034 # `up` installs them
PACKAGES=(request-tracker5 rt5-db-sqlite rt5-standalone dbconfig-no-thanks curl)
URL=http://$HOST:$(port rt)
export RT_SITE_CONFIG=$STATE/RT_SiteConfig.pm RT_SITE_CONFIG_DIR=$STATE/RT_SiteConfig.d

start() {
  mkdir -p RT_SiteConfig.d mason sessions var
  printf '#!/bin/sh\ncat >/dev/null\n' >no-mail
  chmod +x no-mail
  cat >RT_SiteConfig.pm <<C
\$RT::VarPath = '$STATE/var';
\$RT::MasonDataDir = '$STATE/mason';
\$RT::MasonSessionDir = '$STATE/sessions';
Set(\$rtname, 'lab');
Set(\$Organization, 'lab.invalid');
Set(\$Timezone, 'UTC');
Set(\$OwnerEmail, 'root\@lab.invalid');
Set(\$CorrespondAddress, 'rt\@lab.invalid');
Set(\$WebDomain, '$HOST');
Set(\$WebPort, $(port rt));
Set(\$WebPath, '');
Set(\$DatabaseType, 'SQLite');
Set(\$DatabaseName, '$STATE/rt.sqlite3');
Set(\$DatabaseUser, '');
Set(\$DatabasePassword, '');
Set(\$MailCommand, 'sendmailpipe');
Set(\$SendmailPath, '$STATE/no-mail');
Set(\$LogToSyslog, undef);
Set(\$LogToSTDERR, 'warning');
1;
C
  if [ ! -e seeded-rt-database ]; then
    rm -f rt.sqlite3 token
    { rt-setup-database-5 --action init --dba '' --dba-password '' \
      && rt-setup-database-5 --action insert --datafile "$HERE/rt-initialdata.pl" --dba '' --dba-password ''; } \
      >rt-setup.log 2>&1 </dev/null || die "RT's database could not be made: $(tail -n 3 rt-setup.log)"
    [ -s token ] || die "RT gave no token: $(tail -n 3 rt-setup.log)"
    touch seeded-rt-database
  fi
  launch rt /usr/share/request-tracker5/libexec/rt-server --server Starlet --max-workers=3 --host "$HOST" --port "$(port rt)"
  await rt 120 api "$URL/REST/2.0/rt"
}

api() { http --header "Authorization: token $(<token)" --header 'Content-Type: application/json' "$@"; }

seed() {
  [ ! -e seeded-rt-tickets ] || return 0
  local status owner service priority due subject id
  while IFS='|' read -r status owner service priority due subject; do
    id=$(api "$URL/REST/2.0/ticket" -d @- <<J | grep -o '"id":"[0-9]*"' | tr -dc 0-9
{"Queue": "Operations", "Subject": "$subject", "Content": "Seeded.", "Requestor": "bob@lab.invalid",
 "CustomFields": {"Service": "$service", "Priority": "$priority"}}
J
    ) || die "RT refused a ticket: $subject"
    [ -z "$due" ] || due=", \"Due\": \"$(date -u -d "$due" '+%F %T')\""
    api -X PUT "$URL/REST/2.0/ticket/$id" -o /dev/null -d "{\"Owner\": \"$owner\", \"Status\": \"$status\"$due}"
  done <<'L'
open|alice|warehouse|P1|+2 hours|No parcel leaves the warehouse
new|Nobody|search|P3||Search answers slowly
stalled|bob|payments|P3|+3 days|Second acquirer for card payments
resolved|alice|checkout|P1|-1 day|Checkout answered 500 for 50 minutes
rejected|bob|web-shop|P4||Typo on the login page
open|bob|payments|P2|-1 hour|Disk of pay-db fills up
L
  touch seeded-rt-tickets
}

environment() { printf '%s\n' "RT_URL=$URL" "RT_TOKEN=$(<token)" "RT_QUEUE=Operations"; }
