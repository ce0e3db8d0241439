#!/bin/sh
# A throw-away PostgreSQL for the tests.
#
#   eval "$(tests/postgres.sh start)"   starts one and sets TEST_POSTGRES_URL
#   tests/postgres.sh url               starts one unless it runs, prints the URL alone
#   tests/postgres.sh stop              ends it and removes its files
#
# It lives in $SCHALTER_TEST_POSTGRES (default: schalter-postgres-<user> below
# the temporary folder) and listens on 127.0.0.1 only, on a free port. `fsync`
# stays on: the store refuses a server that would lose acknowledged cases.
set -eu

dir=${SCHALTER_TEST_POSTGRES:-${TMPDIR:-/tmp}/schalter-postgres-$(id -un)}
data=$dir/data

say() { printf '%s\n' "$*" >&2; }

# The programs of the server: on the path, or where Debian and Ubuntu put them.
find_server() {
    if command -v initdb >/dev/null 2>&1 && command -v pg_ctl >/dev/null 2>&1; then
        dirname "$(command -v initdb)"
        return
    fi
    for bin in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/pgsql/bin; do
        [ -x "$bin/initdb" ] && found=$bin
    done
    printf '%s' "${found:-}"
}

install_server() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing the Debian package postgresql"
        {
            apt-get update -q
            # The package would start a server of its own, which nobody asked for.
            mkdir -p /etc/postgresql-common/createcluster.d
            echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/schalter-tests.conf
            DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql
        } >&2
        return
    fi
    say "MISSING: the PostgreSQL server (initdb, pg_ctl)."
    say "Install it, on Debian and Ubuntu: sudo apt-get install postgresql"
    exit 1
}

# initdb refuses to run as root; the package brings a user for it.
as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

running() { [ -f "$data/postmaster.pid" ] && as_owner "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; }

start_on() {
    as_owner "$bin/pg_ctl" -D "$data" -w -t 60 -l "$dir/log" \
        -o "-p $1 -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300" \
        start >/dev/null
}

start() {
    bin=$(find_server)
    if [ -z "$bin" ]; then
        install_server
        bin=$(find_server)
    fi
    if running; then
        return
    fi
    rm -rf "$dir"
    mkdir -p -m 700 "$dir"
    [ "$(id -u)" != 0 ] || chown postgres "$dir"
    as_owner "$bin/initdb" -D "$data" -U postgres --auth=trust -E UTF8 --locale=C >"$dir.initdb" 2>&1 || {
        cat "$dir.initdb" >&2
        exit 1
    }
    rm -f "$dir.initdb"
    # No program common to all systems names a free port: try, and trust the
    # server, which does not start on one that is taken.
    port=${SCHALTER_TEST_POSTGRES_PORT:-$((20000 + $$ % 30000))}
    tries=0
    until start_on "$port"; do
        tries=$((tries + 1))
        if [ "$tries" -ge 10 ] || [ -n "${SCHALTER_TEST_POSTGRES_PORT:-}" ]; then
            say "PostgreSQL does not start; its log:"
            tail -n 20 "$dir/log" >&2
            exit 1
        fi
        port=$((port + 1))
    done
    printf '%s' "$port" >"$dir/port"
}

url() { printf 'postgres://postgres@127.0.0.1:%s/postgres\n' "$(cat "$dir/port")"; }

case ${1:-} in
start)
    start
    printf 'export TEST_POSTGRES_URL=%s\n' "$(url)"
    ;;
url)
    start
    url
    ;;
stop)
    bin=$(find_server)
    if [ -n "$bin" ] && running; then
        as_owner "$bin/pg_ctl" -D "$data" -m immediate stop >/dev/null
    fi
    rm -rf "$dir"
    ;;
*)
    say "usage: tests/postgres.sh start | url | stop"
    exit 2
    ;;
esac
