#!/usr/bin/env bash
# Makes sure that the libraries and tools a build (with `all`: one with every database; with `test`: the test run) needs are there. Silent when nothing is
# missing; otherwise says what it installs and why, and installs it with apt-get (through sudo when not root).
set -euo pipefail

purpose=${1:-build}

fail() {
    echo "$*" >&2
    exit 1
}

require_swift() {
    command -v swift >/dev/null ||
        fail "Perigee is built with Swift 6.3, and there is no \"swift\" in the PATH. Toolchains: https://www.swift.org/install/linux/"
    local version
    version=$(swift --version 2>/dev/null | grep -o 'Swift version [0-9]*\.[0-9]*' | head -n 1 | cut -d ' ' -f 3)
    local major=${version%%.*} minor=${version##*.}
    if [ -n "$version" ] && { [ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "$minor" -lt 3 ]; }; }; then
        fail "Perigee needs Swift 6.3 or later; this is Swift $version. Toolchains: https://www.swift.org/install/linux/"
    fi
}

missing=()

# need PACKAGE WHY PROBE...: the package is missing when the probe fails.
need() {
    local package=$1 why=$2
    shift 2
    if ! "$@" >/dev/null 2>&1; then
        missing+=("$package")
        echo "$package is missing: $why"
    fi
}

# The compiler of the toolchain answers, whatever way the header came here.
clang_path() {
    command -v clang || echo "$(dirname "$(readlink -f "$(command -v swift)")")/clang"
}

has_header() {
    echo "#include <$1>" | "$clang" -fsyntax-only -x "${2:-c}" -
}

# Its header wants to know the width of a character first.
has_pcre() {
    printf '#define PCRE2_CODE_UNIT_WIDTH 8\n#include <pcre2.h>\n' | "$clang" -fsyntax-only -x c -
}

has_libpq() {
    pkg-config --exists libpq
}

has_postgres() {
    ls /usr/lib/postgresql/*/bin/initdb
}

has_pgbouncer() {
    command -v pgbouncer || [ -x /usr/sbin/pgbouncer ]
}

has_venv() {
    python3 -c 'import ensurepip, venv'
}

install() {
    command -v apt-get >/dev/null ||
        fail "There is no apt-get here. Please install what provides: ${missing[*]} (names as in Debian)."
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "Installing needs root. Please run: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    echo "Installing with apt-get: ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { "${as_root[@]}" apt-get update -q &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"; } \
        >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail "apt-get could not install: ${missing[*]}"
    fi
    rm -f "$log"
}

require_swift
clang=$(clang_path)
need libsqlite3-dev "the SQLite library and its header" has_header sqlite3.h
need libssl-dev "OpenSSL, for hashes" has_header openssl/evp.h
need zlib1g-dev "zlib, for compressed messages" has_header zlib.h
need libpcre2-dev "the engine of the regular expressions in filters" has_pcre
need libcurl4-openssl-dev "the HTTP client library, for what the gateway asks of others" has_header curl/curl.h
need pkg-config "tells the build where libraries are" command -v pkg-config
need g++ "the C++ library, which a dependency is built with" has_header vector c++
if [ "$purpose" != build ]; then
    need libpq-dev "the PostgreSQL client library and its header" has_libpq
fi
if [ "$purpose" = test ]; then
    need postgresql "a PostgreSQL server, which tests start and throw away" has_postgres
    need postgresql-client "psql, which fills their databases" command -v psql
    need pgbouncer "a pooler that tests put in front of the server" has_pgbouncer
    need python3-venv "the black-box tests are Python" has_venv
    need curl "the README's examples are tested as they stand" command -v curl
    need openssl "tests make keys and certificates" command -v openssl
    need chromium "a browser, whose pages subscribe in tests" command -v chromium
    need sqlite3 "tests look into databases from outside" command -v sqlite3
fi
if [ ${#missing[@]} -gt 0 ]; then install; fi
