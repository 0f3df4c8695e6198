#!/usr/bin/env bash
# Runs the Autobahn test suite against `perigee echo` and compares every verdict with fixtures/autobahn/verdicts.txt, which
# holds one line a case: its number, what the suite says of the behaviour, and what of the closing.
#
#   scripts/autobahn.sh [--update] [quick|full|CASE-PATTERN ...]
#
# PERIGEE_BINARY is the program (.build/debug/perigee), PERIGEE_SHARED the folder with the suite's own script (../shared).
# Only OK and INFORMATIONAL are passed; --update writes the verdicts of the cases that were run. Without a CPython 2.7, which
# the suite is written in, it says so and ends with 0.
set -euo pipefail
cd "$(dirname "$0")/.."

update=
if [ "${1:-}" = --update ]; then
    update=yes
    shift
fi
suite=$(realpath "${PERIGEE_SHARED:-../shared}/autobahn.sh")
binary=$(realpath "${PERIGEE_BINARY:-.build/debug/perigee}")
verdicts=$PWD/fixtures/autobahn/verdicts.txt

work=$(mktemp -d)
"$binary" echo --port 0 >"$work/echo" &
echo=$!
trap 'kill "$echo" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 100); do
    [ -s "$work/echo" ] && break
    sleep 0.1
done
url=$(sed -n 's/^listening on //p' "$work/echo")
[ -n "$url" ] || { echo "perigee echo did not start" >&2; exit 1; }

status=0
(cd "$work" && "$suite" "$url" "${@:-quick}") 2> >(grep -v DEPRECATION >&2) || status=$?
if [ "$status" = 77 ]; then
    echo "SKIPPED: the WebSocket conformance needs a CPython 2.7, and there is none here."
    exit 0
fi
[ -f "$work/autobahn-report/index.json" ] || { echo "the suite left no report" >&2; exit 1; }

python3 - "$work/autobahn-report/index.json" "$verdicts" "$update" <<'PY' || status=1
import json
import pathlib
import sys

report, file, update = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
order = lambda case: [int(part) for part in case.split(".")]
cases = json.loads(pathlib.Path(report).read_text())["server"]
seen = {case: f"{result['behavior']} {result['behaviorClose']}" for case, result in cases.items()}
known = dict(line.split(" ", 1) for line in file.read_text().splitlines()) if file.exists() else {}
if update:
    known |= seen
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f"{case} {known[case]}\n" for case in sorted(known, key=order)))
different = [case for case in sorted(seen, key=order) if known.get(case) != seen[case]]
for case in different:
    print(f"  {case}: {seen[case]}, where the verdict is {known.get(case, 'not written down')}")
print(f"conformance autobahn: {len(seen) - len(different)} as written down, {len(different)} not, of {len(known)} cases")
sys.exit(1 if different else 0)
PY
exit "$status"
