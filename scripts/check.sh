#!/usr/bin/env bash
# The rules that neither the compiler nor a test looks after: formatting, where Foundation may be imported, access
# levels, and code that would stop the process on bad input. Prints each violation and fails; quiet otherwise.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=0

# forbid WHAT PATTERN FILES...: no line of the files may match (comments do not count).
forbid() {
    local what=$1 pattern=$2 found
    shift 2
    found=$(grep -nE "$pattern" "$@" /dev/null | grep -vE '^[^:]*:[0-9]+:[[:space:]]*//')
    if [ -n "$found" ]; then
        echo "$found"
        echo "error: $what"
        failed=1
    fi
}

mapfile -t sources < <(find Sources -name '*.swift')
mapfile -t gateway < <(find Sources -name '*.swift' -not -path 'Sources/Benchmarks/*' -not -path 'Sources/Fuzzing/*')
mapfile -t bare < <(find Sources -name '*.swift' \
    -not -path 'Sources/PerigeeCLI/*' -not -path 'Sources/Auth/*' -not -path 'Sources/Benchmarks/*' \
    -not -path 'Sources/Fuzzing/Fuzz/*')

if ! swift format lint --strict --parallel --recursive Sources Tests Package.swift; then
    echo 'error: formatting; `make format` mends most of it'
    failed=1
fi
forbid "Foundation is for PerigeeCLI, Auth and tests only" 'import (Foundation|FoundationEssentials)' "${bare[@]}"
forbid "this is an application: nothing is public" '^[[:space:]]*(public|open) ' "${sources[@]}"
forbid "input must not be able to stop the process" '\btry!|\bas!|\bfatalError\(' "${gateway[@]}"
forbid "a note of work to do names an issue" '\b(TODO|FIXME|XXX)\b' "${sources[@]}"
# Macros that change system headers make C modules disagree about their types.
mapfile -t c_files < <(find Sources -name '*.h')
forbid "no feature macros in headers that Swift imports" '_GNU_SOURCE' "${c_files[@]}"
exit $failed
