#!/usr/bin/env bash
# A PostgreSQL server for tests, thrown away afterwards: a cluster in a folder of its own under /tmp, reached by a socket in
# that folder and by nothing else, with nothing written to the disk for safety. Prints the folder when the server is ready,
# runs until standard input ends (whoever started it may die in any way), then stops the server and removes the folder.
#
#   psql -h <folder> -U perigee -d postgres
set -euo pipefail

bin=${POSTGRES_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)}
if [ -z "$bin" ] || [ ! -x "$bin/initdb" ]; then
    echo "there is no PostgreSQL server here; install the package \"postgresql\", or set POSTGRES_BIN to its programs" >&2
    exit 1
fi

folder=$(mktemp -d /tmp/perigee-postgres.XXXXXX)
as=()
# The server does not run as root.
if [ "$(id -u)" -eq 0 ]; then
    as=(runuser -u postgres --)
    chown postgres "$folder"
fi
cd "$folder"

finish() {
    trap - EXIT INT TERM HUP
    "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT INT TERM HUP

"${as[@]}" "$bin/initdb" -D "$folder/data" -U perigee -A trust --locale=C --lc-ctype=C.UTF-8 --encoding=UTF8 --no-sync >"$folder/initdb.log" 2>&1 ||
    { cat "$folder"/*.log >&2; exit 1; }
cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
port = 5432
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
shared_buffers = 64MB
CONF
# Without the pipes of whoever started this: the server would keep them open.
"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w start </dev/null >/dev/null 2>&1 ||
    { cat "$folder"/*.log >&2; exit 1; }
echo "$folder"
cat >/dev/null
