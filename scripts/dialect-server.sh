#!/usr/bin/env bash
# The server for the recorded dialect cases' own runner, which writes the admin secret into the configuration, where the
# gateway takes none: it is moved to the environment first.
#
#   python3 ../shared/dialect-cases/run.py --loose --server-command 'scripts/dialect-server.sh {config}'
set -euo pipefail

config=$1
PERIGEE_ADMIN_SECRET=$(sed -n 's/^  adminSecret: \(dialect-[0-9a-f]*\)$/\1/p' "$config")
if [ -n "$PERIGEE_ADMIN_SECRET" ]; then
    echo "$PERIGEE_ADMIN_SECRET" >"$config.secret"
    sed -i 's/^  adminSecret: dialect-.*/  adminSecret: env:PERIGEE_ADMIN_SECRET/' "$config"
else
    # Started again on the same configuration.
    PERIGEE_ADMIN_SECRET=$(cat "$config.secret")
fi
export PERIGEE_ADMIN_SECRET
exec "${PERIGEE_BINARY:-.build/release/perigee}" serve --config "$config"
