# shellcheck shell=bash
# Prism: checks requests against the vendors' OpenAPI, for services that cannot run here. One process a file of
# tests/fixtures/specs; it keeps no state and answers without content.

# shellcheck disable=SC2034 # `up` installs them
PACKAGES=(curl)
# Debian's Node does not go with one that is there already.
command -v npm >/dev/null || PACKAGES+=(nodejs npm)
SPECS=$(cd "$HERE/../fixtures/specs" && pwd)
NAMES=(github jira pagerduty)

start() {
  local name prism=$STATE/prism/node_modules/.bin/prism
  if [ ! -x "$prism" ]; then
    npm install --silent --no-audit --no-fund --prefix "$STATE/prism" @stoplight/prism-cli@5 >prism-npm.log 2>&1 \
      || die "npm install failed: $(tail -n 3 prism-npm.log)"
  fi
  for name in "${NAMES[@]}"; do
    launch "prism-$name" "$prism" mock --host "$HOST" --port "$(port "prism-$name")" "$SPECS/$name.json"
  done
  for name in "${NAMES[@]}"; do
    await "prism-$name" 120 grep -q 'Prism is listening' "prism-$name.log"
  done
}

seed() { :; }

environment() {
  local name
  for name in "${NAMES[@]}"; do echo "PRISM_${name^^}_URL=http://$HOST:$(port "prism-$name")"; done
}
