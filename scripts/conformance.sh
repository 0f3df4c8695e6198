#!/usr/bin/env bash
# Replays the recorded cases of GraphQL and of the dialect, and prints how many pass, fail and do not apply, for every file of the cases.
#
#   scripts/conformance.sh <command that runs the replays>
#
# A replay tells its figures in one line on standard output, wherever it is written:
#
#   conformance <file>: <n> pass, <n> fail, <n> not applicable
#
# A file of cases without such a line fails the run, as a failing case does. The cases lie in $PERIGEE_SHARED/graphql-cases
# and $PERIGEE_SHARED/dialect-cases, else in ../shared beside the checkout.
set -uo pipefail
cd "$(dirname "$0")/.."

cases="${PERIGEE_SHARED:-../shared}/graphql-cases"
dialect="${PERIGEE_SHARED:-../shared}/dialect-cases"
output="$(mktemp)"
trap 'rm -f "$output"' EXIT

for folder in "$cases" "$dialect"; do
    if [ ! -d "$folder" ]; then
        echo "The recorded cases are not here: expected a folder $folder (or set PERIGEE_SHARED)." >&2
        exit 1
    fi
done

"$@" 2>&1 | tee "$output" | grep --line-buffered -E '^↳|error:|Suite .* failed|Test run with'
status=${PIPESTATUS[0]}

printf '\n%-44s %8s %8s %16s\n' "file of cases" "pass" "fail" "not applicable"
missing=0
total_pass=0 total_fail=0 total_not=0
# `_summary.json` of the dialect holds no cases.
for path in "$cases"/*.json "$dialect"/[a-z]*.json; do
    file="$(basename "$path")"
    figures="$(grep -E "^conformance $file: " "$output" | tail -1 \
        | sed -E 's/^[^:]*: ([0-9]+) pass, ([0-9]+) fail, ([0-9]+) not applicable.*/\1 \2 \3/')"
    if [ -z "$figures" ]; then
        printf '%-44s %s\n' "$file" "       no replay"
        missing=1
        continue
    fi
    read -r pass fail not <<<"$figures"
    printf '%-44s %8d %8d %16d\n' "$file" "$pass" "$fail" "$not"
    total_pass=$((total_pass + pass)) total_fail=$((total_fail + fail)) total_not=$((total_not + not))
done
printf '%-44s %8d %8d %16d\n' "all" "$total_pass" "$total_fail" "$total_not"
echo
echo "What does not apply is listed with its reason in Tests/ConformanceTests/NotApplicable.swift"
echo "and Tests/Oracle/dialect/exceptions.yaml."

if [ "$missing" = 1 ]; then echo "Some files have no replay." >&2; fi
if [ "$status" != 0 ]; then echo "The replays failed." >&2; fi
[ "$status" = 0 ] && [ "$missing" = 0 ] && [ "$total_fail" = 0 ]
