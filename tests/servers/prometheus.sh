# shellcheck shell=bash
# Prometheus over a small shop: two days of request counters that go on live, alerts of both severities, a pending one,
# a heartbeat in a file of its own (so that a test can take it away), and a target that is really down.
#
# The counters are recording rules over the clock: they go on where the back-filled history ends, with no exporter that
# could be late. Alerts go to the Alertmanager of the same state folder, if it has one.

# shellcheck disable=SC2034 # `up` installs them
PACKAGES=(prometheus curl)
URL=http://$HOST:$(port prometheus)

# Counters of requests: "service; requests a second; usual share of errors; share of errors of the last 90 minutes".
COUNTERS='checkout 20 0.0002 0.04
search 8 0.0005 0.0005'

# Writes two days of counters in the OpenMetrics form, and the rules by which they go on.
history() {
  awk -v now="$(($(date +%s) / 60 * 60))" '
    NR == 1 { print "# TYPE shop_requests counter"; print "groups:\n- name: counters\n  rules:" >"rules/counters.yml" }
    {
      for (bad = 0; bad < 2; bad++) {
        count = 0
        for (t = now - 2 * 86400; t <= now; t += 60) {
          printf "shop_requests_total{service=\"%s\",code=\"%d\"} %.3f %d\n", $1, bad ? 500 : 200, count, t
          errors = t >= now - 5400 ? $4 : $3
          rate = $2 * (bad ? errors : 1 - errors)
          if (t < now) count += 60 * rate
        }
        printf "  - {record: shop_requests_total, expr: \"vector(%.6f) * (time() - %d) + %.3f\", labels: {service: %s, code: \"%d\"}}\n", \
          rate, now, count, $1, bad ? 500 : 200 >"rules/counters.yml"
      }
    }
    END { print "# EOF" }' <<<"$COUNTERS"
}

start() {
  local alertmanager=''
  [ -s alertmanager.port ] && alertmanager="'$HOST:$(<alertmanager.port)'"
  mkdir -p rules
  if [ ! -e seeded-prometheus ]; then
    rm -rf tsdb
    history >history.om
    promtool tsdb create-blocks-from openmetrics --quiet history.om tsdb >backfill.log 2>&1 \
      || die "promtool could not write the history: $(tail -n 3 backfill.log)"
    rm history.om
    cp "$HERE"/rules/*.yml rules/
    touch seeded-prometheus
  fi
  cat >prometheus.yml <<Y
global: {scrape_interval: 3s, evaluation_interval: 3s}
rule_files: [rules/*.yml]
alerting: {alertmanagers: [{static_configs: [{targets: [$alertmanager]}]}]}
scrape_configs:
- {job_name: prometheus, static_configs: [{targets: ['${URL#http://}']}]}
- {job_name: legacy, static_configs: [{targets: ['$HOST:1'], labels: {service: legacy}}]}
Y
  launch prometheus prometheus --web.listen-address="${URL#http://}" --config.file=prometheus.yml --storage.tsdb.path=tsdb \
    --web.enable-lifecycle --rules.alert.resend-delay=10s
  await prometheus 120 http "$URL/-/ready"
  # Ready for tests means: every rule was evaluated, the down target was tried, and Alertmanager has heard of it all.
  await prometheus 120 fires "$URL/api/v1/alerts"
  [ -z "$alertmanager" ] || await prometheus 120 fires "http://${alertmanager//\'/}/api/v2/alerts"
}

# fires URL: whether a list of alerts has one of each kind; the heartbeat only while its rule is there.
fires() {
  local alerts name
  alerts=$(http "$1") || return
  for name in InstanceDown QueueStopped BacklogGrows SlowAnswers TargetDown $(sed -n 's/.*alert: \(Watchdog\).*/\1/p' rules/*.yml); do
    grep -q "\"$name\"" <<<"$alerts" || return
  done
}

seed() { :; }

environment() { printf '%s\n' "PROMETHEUS_URL=$URL" "PROMETHEUS_RULES=$STATE/rules"; }
