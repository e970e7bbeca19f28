# shellcheck shell=bash
# A PostgreSQL of its own for a server that needs one: NAME-postgres, on loopback, without a password. Sourced by the
# server's script, which brings PACKAGES.

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

# postgres NAME: makes and starts it; DATABASE_PORT is where it is.
postgres() {
  local bin data=$STATE/$1-postgres
  bin=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin | sort -V | tail -n 1)
  [ -n "$bin" ] || die "there is no PostgreSQL"
  DATABASE_PORT=$(port "$1-postgres")
  DATABASE_BIN=$bin
  if [ ! -e "$data/seeded" ]; then
    rm -rf "$data"
    mkdir -p "$data"
    # It refuses to run as root, so it must be able to reach its folder as somebody else.
    [ "$(id -u)" != 0 ] || { chmod 711 . && chown postgres "$data"; }
    as_postgres test -w "$data" || die "the user postgres cannot reach $data: choose a state folder below /tmp"
    as_postgres "$bin/initdb" -D "$data/data" -U lab --auth=trust -E UTF8 --no-sync >"$1-initdb.log" 2>&1 \
      || die "PostgreSQL could not be made: $(tail -n 2 "$1-initdb.log")"
    touch "$data/seeded"
  fi
  local run=("$bin/postgres" -D "$data/data" -p "$DATABASE_PORT" -c listen_addresses="$HOST" -c unix_socket_directories= -c fsync=off)
  if [ "$(id -u)" = 0 ]; then
    launch "$1-postgres" setpriv --reuid=postgres --regid=postgres --clear-groups "${run[@]}"
  else
    launch "$1-postgres" "${run[@]}"
  fi
  await "$1-postgres" 60 sql "$1" -d postgres -c 'select 1'
}

# sql NAME ARGUMENT...: psql.
sql() {
  shift
  "$DATABASE_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$HOST" -p "$DATABASE_PORT" -U lab "$@"
}
