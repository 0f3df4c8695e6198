#!/usr/bin/env bash
# Coverage of Sources/Rules and Sources/Auth by the Swift tests, in percent of lines; fails below 95 (scripts/coverage.sh 90 for
# another bound). Builds into a folder of its own, for instrumented code is not what anybody runs.
set -euo pipefail
cd "$(dirname "$0")/.."

bound=${1:-95}
scratch=.build/coverage
filter=${COVERAGE_TESTS:-'RulesTests|AuthTests|GatewayTests|GoldenTests|PlanningTests|ExecutionTests|ConnectorPostgresTests'}

swift build --build-tests --enable-code-coverage --scratch-path "$scratch"
swift test --skip-build --no-parallel --enable-code-coverage --scratch-path "$scratch" --filter "$filter"
report=$(swift test --scratch-path "$scratch" --show-codecov-path)

python3 - "$report" "$bound" "$PWD" <<'END'
import json, sys

report, bound, root = sys.argv[1], float(sys.argv[2]), sys.argv[3]
files = json.load(open(report))["data"][0]["files"]
failed = False
for module in ("Rules", "Auth"):
    found = [f for f in files if f["filename"].startswith(f"{root}/Sources/{module}/")]
    lines = sum(f["summary"]["lines"]["count"] for f in found)
    covered = sum(f["summary"]["lines"]["covered"] for f in found)
    share = 100 * covered / max(1, lines)
    failed = failed or share < bound
    print(f"Sources/{module}: {share:.1f} % of {lines} lines ({'MISSED' if share < bound else 'bound'} {bound:g} %)")
    for f in sorted(found, key=lambda f: f["summary"]["lines"]["percent"]):
        summary = f["summary"]["lines"]
        if summary["percent"] < bound:
            print(f"  {summary['percent']:5.1f} %  {f['filename'].removeprefix(root + '/')} ({summary['count'] - summary['covered']} lines)")
sys.exit(failed)
END
