# shellcheck shell=bash
# Redmine on SQLite: a project with a custom field, two people, and issues in every state. A private copy of Debian's
# application, so that database, files and logs stay in the state folder.

# shellcheck disable=SC2034 # `up` installs them
PACKAGES=(redmine redmine-sqlite puma dbconfig-no-thanks curl)
URL=http://$HOST:$(port redmine)
# Ruby's own, newer bundler does not see Debian's gems.
export BUNDLER_VERSION=2.3.15

api() { http --header "X-Redmine-API-Key: $(<redmine-key)" --header 'Content-Type: application/json' "$@"; }

start() {
  # Not before: the installation of the package would take them for its own.
  export RAILS_ENV=production BUNDLE_GEMFILE=$STATE/app/Gemfile REDMINE_INSTANCE=default
  if [ ! -e app/ready ]; then
    rm -rf app redmine.sqlite3
    cp -r /usr/share/redmine app
    head -c 20 /dev/urandom | od -An -tx1 | tr -d ' \n' >redmine-key
    (
      cd app || exit 1
      rm -f Gemfile.lock config/database.yml instances db/redmine.sqlite3
      instance=instances/default
      mkdir -p $instance/config $instance/files $instance/log $instance/tmp $instance/public/plugin_assets
      printf 'production:\n  adapter: sqlite3\n  database: %s/redmine.sqlite3\n  timeout: 10000\n' "$STATE" \
        | tee config/database.yml >$instance/config/database.yml
      head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >$instance/config/secret_key.txt
      sed -i "s|/usr/share/redmine/|$STATE/app/|; \$a gem 'puma'" Gemfile
      cat >seed.rb <<R
Setting.rest_api_enabled = '1'
Setting.login_required = '1'
Setting.default_language = 'en'
admin = User.find_by_login('admin')
admin.update_columns(must_change_passwd: false, language: 'en')
Token.create!(user: admin, action: 'api').update_columns(value: File.read('$STATE/redmine-key'))
IssueCustomField.create!(name: 'Service', field_format: 'list', is_for_all: true, is_filter: true, trackers: Tracker.all,
  possible_values: %w[checkout payments search email login])
project = Project.create!(name: 'Operations', identifier: 'ops', trackers: Tracker.all, enabled_module_names: %w[issue_tracking])
%w[alice bob].each do |login|
  user = User.new(firstname: login.capitalize, lastname: 'Ops', mail: "#{login}@example.invalid", language: 'en')
  user.login = login
  user.password = "#{login}-test"
  user.save!
  Member.create!(project: project, principal: user, roles: [Role.find_by(name: 'Developer')])
end
R
      export SCHEMA=/dev/null REDMINE_LANG=en
      bundle install --local && bundle exec rake db:migrate && bundle exec rake redmine:load_default_data && bundle exec rails runner seed.rb
    ) >redmine-setup.log 2>&1 </dev/null || die "Redmine could not be set up: $(tail -n 3 redmine-setup.log)"
    touch app/ready
  fi
  launch redmine env -C "$STATE/app" bundle exec puma -e production -t 1:4 -b "tcp://$HOST:$(port redmine)"
  await redmine 120 api "$URL/users/current.json"
}

seed() {
  [ ! -e seeded-redmine ] || return 0
  local status priority service subject id
  # Status 1 is new, 2 in progress, 5 closed; priority 2 is normal, 5 immediate.
  while IFS='|' read -r status priority service subject; do
    id=$(api "$URL/issues.json" -d "{\"issue\": {\"project_id\": \"ops\", \"tracker_id\": 1, \"priority_id\": $priority, \"subject\": \"$subject\",
      \"custom_fields\": [{\"id\": 1, \"value\": \"$service\"}]}}" | sed 's/{"issue":{"id":\([0-9]*\).*/\1/') || die "Redmine refused an issue: $subject"
    [ "$status" = 1 ] || api -X PUT "$URL/issues/$id.json" -d "{\"issue\": {\"status_id\": $status, \"assigned_to_id\": \"me\"}}"
  done <<'L'
1|5|email|Email delivery is down
2|4|payments|Card payments fail for 6% of customers
5|4|checkout|Checkout returned 500 for 50 minutes
1|2|login|Login page typo
L
  touch seeded-redmine
}

environment() { printf '%s\n' "REDMINE_URL=$URL" "REDMINE_KEY=$(<redmine-key)" "REDMINE_DATABASE=$STATE/redmine.sqlite3" REDMINE_PROJECT=ops; }
