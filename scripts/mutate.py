#!/usr/bin/env python3
"""Mutation testing of the rule compiler: does some test fail for every fault that is put into it?

    scripts/mutate.py                       all of it: about an hour on one core; the sources are put back at the end
    scripts/mutate.py --list                print the mutants and change nothing
    scripts/mutate.py --prepare             put the faults in and build, and leave both
    scripts/mutate.py --try [--only 12,40] [--files Condition,WriteRule] [--part 1/4] [--jobs 2] [--seconds 600] [--again]
                                            try mutants with what --prepare has left

All mutants are compiled at once: each place that can be mutated asks an environment variable which of its faults is on
(mutant schemata; Untch, Offutt, Harrold: Mutation analysis using mutant schemata, 1993). So one build serves hundreds of
runs of the tests. The sources are changed where they stand; uncommitted changes to them are refused.

Each test is run once without a mutant, and writes down the faults that would have made a difference where they stand (weak
mutation; Howden, 1982): a mutant is tried with these tests alone, those that have found most first, until one fails. What a
test wrote down is kept until its file changes, and a mutant that a test has found is tried with that test first.

Mutants that no test can find are listed with the reason in scripts/mutants-equivalent.json; any other survivor fails the run.

Operators: a comparison is turned round or moves its bound; `and` and `or` are swapped, or lose a clause, in Swift and in what
is made of rules; a condition is negated; a guard is ignored; a constant becomes another.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
RULES = ROOT / "Sources" / "Rules"
SWITCH = RULES / "MutantSwitch.swift"
EQUIVALENT = ROOT / "scripts" / "mutants-equivalent.json"
STATE = ROOT / ".build" / "mutants"
# What turns rules into decisions; the rest of the module reads JSON, prints, and reports mistakes.
FILES = [
    "Condition", "Fact", "KnownComparison", "ReadBranch", "RowLimitRule", "WriteRule", "RuleCompiler", "RuleCompiler+Writes",
    "CollectionWriteRules", "CollectionAccess", "ShapeView+Writes", "SecurePlan", "SecureWrite", "CallRule", "WhereReader",
    "RuleSet", "ResidueEvaluator", "Kinds/MatchRule", "Kinds/ForceRule", "Kinds/MaskRule", "Kinds/QueryRule", "Kinds/RemoveRule",
    "Kinds/WhereRule", "Kinds/StoredFormRule", "Kinds/DecryptRule", "Kinds/WebhookRule", "VerdictSearch", "ShapeView+Verdicts",
]  # fmt: skip
# Letters of operators that no operator of the sources has in this order: they write a place's number.
DIGITS = "^~"

COMPARISONS = {"==": ["!="], "!=": ["=="], "<": ["<=", ">"], "<=": ["<", ">"], ">": [">=", "<"], ">=": [">", "<"]}
PRECEDENCE = dict.fromkeys(COMPARISONS, "ComparisonPrecedence") | {"&&": "LogicalConjunctionPrecedence", "||": "LogicalDisjunctionPrecedence"}
CONSTANTS = {
    ".alwaysTrue": ".alwaysFalse", ".alwaysFalse": ".alwaysTrue", ".constant(.unknown)": ".constant(.isFalse)",
    ".constant(.isFalse)": ".constant(.isTrue)", ".constant(.isTrue)": ".constant(.isFalse)",
}  # fmt: skip
# What joins a list of parts, the types that have it, and what else could join them.
JOINS = {
    "conjunction": {"RowPredicate": "disjunction"}, "disjunction": {"RowPredicate": "conjunction"},
    "all": {"Condition": "any", "RowPredicate": "any", "VerdictFinding": "any", "WriteRule": "firstOf"},
    "any": {"Condition": "all", "RowPredicate": "all", "VerdictFinding": "all"}, "firstOf": {"WriteRule": "all"},
}  # fmt: skip


class Mutation:
    def __init__(self, number, file, line, what, text, again):
        self.number, self.file, self.line, self.what, self.text, self.again = number, file, line, what, text, again

    @property
    def key(self):
        """Stable while the line stays as it is."""
        return f"{self.file}: {self.what}: {self.text}" + (f" ({self.again})" if self.again > 1 else "")

    def __str__(self):
        return f"{self.number}: {self.file}.swift:{self.line}: {self.what}: {self.text}"


class Mutator:
    def __init__(self, skipped):
        self.mutations = []
        self.declarations = []
        self.operators = 0
        self.skipped = skipped
        self.place = None
        self.keys = {}

    def new(self, what):
        file, line, text = self.place
        again = self.keys[file, what, text] = self.keys.get((file, what, text), 0) + 1
        mutation = Mutation(len(self.mutations) + 1, file, line, what, text, again)
        self.mutations.append(mutation)
        return mutation.number

    # -- one file ----------------------------------------------------------------------

    def mutate(self, name):
        """The text of the file with its mutants in it."""
        lines = committed(name).split("\n")
        for index, line in enumerate(lines):
            if (name, index + 1) in self.skipped or not self.is_code(line):
                continue
            self.place = (name, index + 1, line.strip())
            lines[index] = self.line(line)
        return "\n".join(lines)

    @staticmethod
    def is_code(line):
        text = line.strip()
        return not text.startswith(("//", "import", "internal import", "package import", "///", "@", "case let", "extension", "func ==", "static func =="))

    def line(self, line):
        code, comment = (line.split(" //", 1) + [None])[:2]
        head = re.match(r"\s*case [^:]*(?::|$)", code)
        # A pattern is no expression.
        start, rest = (head[0], code[head.end():]) if head and "=" not in head[0] else ("", code)
        pieces = re.split(r'("(?:[^"\\]|\\.)*")', rest)
        pieces = [piece if piece.startswith('"') else self.expression(piece) for piece in pieces]
        return start + self.conditions("".join(pieces)) + (f" //{comment}" if comment is not None else "")

    def expression(self, text):
        text = re.sub(r" (==|!=|<=|>=|<|>|&&|\|\|) ", lambda found: f" {self.operator(found[1])} ", text)
        if " case " not in text:
            # In one go, so that no mutant is mutated.
            found = "|".join(map(re.escape, CONSTANTS))
            text = re.sub(rf"(?<![\w)=!~^] )(?<![\w)?\]])({found})(?![\w(])", self.constant, text)
            joins = "|".join(JOINS)
            text = re.sub(rf"(?:(?<![\w)\]?])|(?<=SecuredPredicate)|(?<=VerdictFinding))\.({joins})(?=\((?!\[\]))", self.join, text)
        return re.sub(r"(?<=\.)(allSatisfy|contains)(?=\(where:|\(\{| \{|\(\\)", self.search, text)

    def constant(self, found):
        """Not where it is compared with: there the comparison is mutated."""
        other = CONSTANTS[found[1]]
        number = self.new(f"{found[1]} becomes {other}")
        return f"(MutantSwitch.isOn({number}) ? {other} : {found[1]})"

    def operator(self, symbol):
        self.operators += 1
        own = symbol + "".join(DIGITS[int(bit)] for bit in f"{self.operators:012b}")
        self.declarations.append(f"infix operator {own}: {PRECEDENCE[symbol]}")
        if symbol in COMPARISONS:
            faults = [(self.new(f"{symbol} becomes {other}"), f"left {other} right") for other in COMPARISONS[symbol]]
            kind = "Equatable" if symbol in ("==", "!=") else "Comparable"
            body = self.choice(f"left {symbol} right", faults)
            self.declarations.append(f"func {own} <Value: {kind}>(left: Value, right: Value) -> Bool {{\n{body}}}")
            if kind == "Equatable":
                body = body.replace("== right", "== nil").replace("!= right", "!= nil")
                self.declarations.append(f"func {own} <Value>(left: Value?, right: _OptionalNilComparisonType) -> Bool {{\n{body}}}")
        else:
            other = "||" if symbol == "&&" else "&&"
            faults = [
                (self.new(f"{symbol} becomes {other}"), f"left {other} right()"), (self.new(f"{symbol} loses its right side"), "left"),
                (self.new(f"{symbol} loses its left side"), "right()"),
            ]  # fmt: skip
            body = self.choice(f"left {symbol} right()", faults)
            for kind in ("Bool", "Truth"):
                self.declarations.append(f"func {own} (left: {kind}, right: @autoclosure () -> {kind}) -> {kind} {{\n{body}}}")
        return own

    @staticmethod
    def choice(own, faults):
        """The original or the fault that is on; while it is learnt what tests reach, a note of which would make a difference."""
        notes = "".join(f"MutantSwitch.note({number}, own != ({fault})); " for number, fault in faults)
        cases = "".join(f"    case {number}: return {fault}\n" for number, fault in faults)
        return (
            f"    if MutantSwitch.isLearning {{ let own = {own}; {notes}return own }}\n"
            f"    switch MutantSwitch.active {{\n{cases}    default: return {own}\n    }}\n"
        )

    def join(self, found):
        name = found[1]
        numbers = [self.new(f"{name} becomes another join"), self.new(f"{name} loses its first part"), self.new(f"{name} loses its last part")]
        own = f"{name}M{numbers[0]}"
        for kind, other in JOINS[name].items():
            faults = [f"{other}(parts)", f"{name}(Array(parts.dropFirst()))", f"{name}(Array(parts.dropLast()))"]
            cases = "".join(f"    case {number}: return {fault}\n" for number, fault in zip(numbers, faults))
            self.declarations.append(
                f"extension {kind} {{ static func {own}(_ parts: [{kind}]) -> {kind} {{\n"
                f"    if parts.count < 2 {{ return {name}(parts) }}\n"
                f"    for number in {numbers} {{ MutantSwitch.note(number, true) }}\n"
                f"    switch MutantSwitch.active {{\n{cases}    default: return {name}(parts)\n    }}\n}} }}"
            )
        return f".{own}"

    def search(self, found):
        name = found[1]
        other = {"allSatisfy": "contains", "contains": "allSatisfy"}[name]
        number = self.new(f"{name} becomes {other}")
        plain = {"allSatisfy": "try allSatisfy(holds)", "contains": "try contains(where: holds)"}
        label = "where " if name == "contains" else "_ "
        own = f"{name}M{number}"
        self.declarations.append(
            f"extension Sequence {{ func {own}({label}holds: (Element) throws -> Bool) rethrows -> Bool {{\n"
            f"    if MutantSwitch.isLearning {{ let own = {plain[name]}; MutantSwitch.note({number}, own != ({plain[other]})); return own }}\n"
            f"    return MutantSwitch.active == {number} ? {plain[other]} : {plain[name]}\n}} }}"
        )
        return own

    def conditions(self, line):
        """`guard`, `if` and `where` of one Boolean expression in one line."""
        body = body_brace(line)
        if body is None:
            return line
        head, rest = line[:body], line[body:]
        for opening, closing, what in (
            (r"\s*guard ", "else ", "guard is ignored"), (r"\s*(?:\} else )?if ", "", "if is negated"), (r"\s*for .* where ", "", "where is negated"),
        ):  # fmt: skip
            found = re.match(rf"({opening})(.*?) ({closing})$", head)
            if not found or re.search(r"\b(?:let|var|case)\b", found[2]) or has_outer_comma(found[2]):
                continue
            number = self.new(what)
            does = "passes" if what == "guard is ignored" else "negates"
            return f"{found[1]}MutantSwitch.{does}({number}, {found[2]}) {found[3]}{rest}"
        return line

    def switch(self):
        return "\n".join(
            [
                "// Made by scripts/mutate.py, which removes it again.",
                "internal import Glibc", "internal import Planning", "",
                "enum MutantSwitch {",
                "    static let active: Int = {",
                '        guard let text = unsafe getenv("PERIGEE_MUTANT") else { return 0 }',
                "        return Int(unsafe String(cString: text)) ?? 0",
                "    }()",
                "    /// A byte for each mutant that would make a difference, in a file; nothing while mutants are tried.",
                "    nonisolated(unsafe) private static let seen: UnsafeMutablePointer<UInt8>? = {",
                '        guard let path = unsafe getenv("PERIGEE_MUTANTS_SEEN") else { return nil }',
                "        let file = unsafe open(path, O_RDWR)",
                f"        let room = unsafe mmap(nil, {len(self.mutations) + 1}, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)",
                "        return unsafe room?.assumingMemoryBound(to: UInt8.self)",
                "    }()",
                "    static let isLearning = unsafe seen != nil",
                "",
                "    static func note(_ number: Int, _ differs: Bool) {",
                "        if differs, let seen = unsafe seen { unsafe seen[number] = 1 }",
                "    }",
                "    static func isOn(_ number: Int) -> Bool {",
                "        note(number, true)",
                "        return number == active",
                "    }",
                "    static func negates(_ number: Int, _ flag: Bool) -> Bool { isOn(number) ? !flag : flag }",
                "    static func passes(_ number: Int, _ flag: Bool) -> Bool {",
                "        note(number, !flag)",
                "        return number == active || flag",
                "    }",
                "}",
                "", *self.declarations, "",
            ]
        )  # fmt: skip


def body_brace(line):
    """Where the body of a statement opens that begins in this line."""
    text = line.rstrip()
    if text.endswith("{"):
        return len(text) - 1
    if not text.endswith("}"):
        return None
    depth = 0
    for index in range(len(text) - 1, -1, -1):
        depth += {"}": 1, "{": -1}.get(text[index], 0)
        if depth == 0:
            return index
    return None


def has_outer_comma(text):
    depth = 0
    for letter in text:
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(letter, 0)
        if depth < 0 or letter == "," and depth == 0:
            return True
    return depth != 0


# -- the build -----------------------------------------------------------------------------


def read(name, otherwise):
    path = STATE / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else otherwise


def write(name, value):
    STATE.mkdir(parents=True, exist_ok=True)
    path = STATE / f"{name}.json"
    path.with_suffix(".new").write_text(json.dumps(value), encoding="utf-8")
    path.with_suffix(".new").rename(path)


def committed(name):
    return subprocess.run(["git", "show", f"HEAD:Sources/Rules/{name}.swift"], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def restore():
    subprocess.run(["git", "checkout", "-q", "--", "Sources/Rules"], cwd=ROOT, check=True)
    SWITCH.unlink(missing_ok=True)


def build(*what):
    """The lines that do not compile, as (file, line); empty when everything does."""
    run = subprocess.run(["swift", "build", *what], cwd=ROOT, capture_output=True, text=True)
    if run.returncode == 0:
        return set()
    text = run.stdout + run.stderr
    found = {(path, int(line)) for path, line in re.findall(r"Sources/Rules/([\w+/]+)\.swift:(\d+):\d+: error:", text)}
    found = {(path, line) for path, line in found if path != SWITCH.stem}
    if not found:
        raise SystemExit(f"the mutated sources do not build:\n{text[-4000:]}")
    return found


def prepare():
    """Mutates and builds; what lines do not compile mutated stay as they are."""
    status = subprocess.run(["git", "status", "--porcelain", "Sources/Rules"], cwd=ROOT, capture_output=True, text=True)
    if status.stdout and not SWITCH.exists():
        raise SystemExit("Sources/Rules has uncommitted changes, which would be lost")
    skipped = set()
    while True:
        mutator = Mutator(skipped)
        texts = {RULES / f"{name}.swift": mutator.mutate(name) for name in FILES} | {SWITCH: mutator.switch()}
        for path, text in texts.items():
            # What an earlier run has left as it is to be need not be compiled again.
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
        wrong = build("--target", "Rules")
        if not wrong:
            break
        if wrong <= skipped:
            raise SystemExit(f"the mutated sources do not build: {sorted(wrong)}")
        print(f"do not compile mutated: {sorted(wrong - skipped)}", flush=True)
        skipped |= wrong
    if build("--build-tests"):
        raise SystemExit("the mutated sources do not build")
    write("manifest", {"mutants": [vars(mutation) for mutation in mutator.mutations], "skipped": sorted(skipped)})


# -- the tests -----------------------------------------------------------------------------

# Tests of what the rules decide; the others cannot tell more.
TESTS = r"^(RulesTests|GoldenTests|GatewayTests|PerigeeCLITests)\."
# Run by themselves they only measure, take minutes, or wait for the clock.
LEFT_OUT = r"Bench|HostileDocument|ConsolePage|CatalogWatch|ReloadSchedule|LiveMemory|WebSocketEngine|ServeTests"
BINARY = ROOT / ".build/debug/perigeePackageTests.xctest"
# How many tests are run in one process: most mutants die of one of the first.
BATCHES = [3, 12, 60, 1000]


class Test:
    def __init__(self, name, seconds, seen):
        self.name, self.seconds, self.seen = name, seconds, set(seen)
        self.found = 0

    @property
    def worth(self):
        return (1 + self.found) / (0.05 + self.seconds)


def pattern(names):
    """The tests by name; a regular expression that fails early on all the others."""
    suites = {}
    for name in names:
        suite, _, test = name.partition("/")
        suites.setdefault(suite, []).append(re.sub(r"[^\w]", ".", test))
    return "^(?:" + "|".join(re.sub(r"[^\w]", ".", suite) + "/(?:" + "|".join(tests) + ")" for suite, tests in suites.items()) + ")"


def run_tests(names, number=0, seen=None, seconds=120.0):
    """What failed first (`None`: nothing did), and the processor time that was taken."""
    with tempfile.TemporaryDirectory(prefix="mutant-", ignore_cleanup_errors=True) as folder:
        environment = os.environ | {"PERIGEE_MUTANT": str(number), "PERIGEE_TRIPLES": "2000", "PERIGEE_LIVE_WORLDS": "1", "TMPDIR": folder}
        environment["SWIFT_BACKTRACE"] = "enable=no"
        if seen:
            environment["PERIGEE_MUTANTS_SEEN"] = str(seen)
        command = [BINARY, "--testing-library", "swift-testing", "--no-parallel", "--filter", pattern(names)]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
        )
        late = threading.Event()
        clock = threading.Timer(seconds, lambda: (late.set(), process.kill()))
        clock.start()
        failed = None
        for line in process.stdout:
            if line.startswith("✘"):
                failed = line.strip()
                process.kill()
                break
        process.stdout.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        clock.cancel()
    if late.is_set():
        failed = f"no end within {seconds:.0f} s"
    if not failed and process.returncode != 0:
        failed = f"ended with {process.returncode}"
    return failed, used.ru_utime + used.ru_stime


def learn(mutants):
    """For each test the mutants that would make a difference in it, from earlier runs as far as nothing has changed."""
    manifest = hashlib.sha256((STATE / "manifest.json").read_bytes()).hexdigest()
    known = read("tests", {})
    if known.get("manifest") != manifest:
        known = {"manifest": manifest, "tests": {}}
    digests = {}
    for path in sorted((ROOT / "Tests").rglob("*.swift")):
        text = path.read_text(encoding="utf-8")
        for suite in re.findall(r"^(?:private )?(?:final )?(?:struct|class|enum|extension) (\w+)", text, re.MULTILINE):
            digests[suite] = digests.get(suite, "") + hashlib.sha256(text.encode()).hexdigest()[:12]
    listing = subprocess.run([BINARY, "--testing-library", "swift-testing", "--list-tests"], cwd=ROOT, capture_output=True, text=True)
    names = [name for name in listing.stdout.splitlines() if re.search(TESTS, name) and not re.search(LEFT_OUT, name)]
    tests = {}
    for name in names:
        digest = digests.get(name.split(".")[1].split("/")[0], "")
        entry = known["tests"].get(name)
        if not entry or entry["digest"] != digest:
            with tempfile.NamedTemporaryFile() as file:
                file.truncate(len(mutants) + 1)
                failed, seconds = run_tests([name], seen=file.name)
                seen = [number for number, byte in enumerate(pathlib.Path(file.name).read_bytes()) if byte and number]
            entry = {"failed": failed, "seconds": round(seconds, 3), "seen": seen, "digest": digest}
            if failed:
                print(f"fails without a mutant, and is left out: {name}: {failed}", flush=True)
        tests[name] = entry
        known["tests"][name] = entry
        if len(tests) % 50 == 0:
            write("tests", known)
    write("tests", known)
    return [Test(name, entry["seconds"], entry["seen"]) for name, entry in tests.items() if not entry["failed"]]


class Trial:
    """Tries mutants, and remembers which test has found which."""

    def __init__(self, tests, again):
        self.tests = tests
        self.verdicts = {} if again else read("verdicts", {})
        by_name = {test.name: test for test in tests}
        for verdict in self.verdicts.values():
            if verdict and verdict in by_name:
                by_name[verdict].found += 1

    def finds(self, mutation):
        """The test that fails; `None` if all pass, `False` if the mutant makes no difference in any."""
        reaching = sorted((test for test in self.tests if mutation.number in test.seen), key=lambda test: -test.worth)
        if not reaching:
            return False
        first = [test for test in reaching if test.name == self.verdicts.get(mutation.key)]
        rest = [test for test in reaching if test not in first]
        batches = [first]
        for size in BATCHES:
            batches.append(rest[:size])
            rest = rest[size:]
        for batch in filter(None, batches):
            limit = 20 + 10 * sum(test.seconds for test in batch)
            failed, _ = run_tests([test.name for test in batch], mutation.number, seconds=limit)
            if failed:
                named = [test for test in batch if test.name.split("/")[1].split("(")[0].strip("`") in failed] or batch[:1]
                named[0].found += 1
                self.verdicts[mutation.key] = named[0].name
                return named[0].name
        self.verdicts[mutation.key] = None
        return None


def attempt(options):
    manifest = read("manifest", None)
    if not manifest or not SWITCH.exists():
        raise SystemExit("nothing is prepared: scripts/mutate.py --prepare")
    mutants = [Mutation(**mutation) for mutation in manifest["mutants"]]
    known = json.loads(EQUIVALENT.read_text(encoding="utf-8"))
    print(f"{len(mutants)} mutants; {len(manifest['skipped'])} lines do not compile mutated", flush=True)
    start = time.monotonic()
    tests = learn(mutants)
    print(f"{len(tests)} tests, {sum(test.seconds for test in tests):.0f} s one by one", flush=True)
    part, parts = map(int, options.part.split("/"))
    chosen = mutants[part - 1 :: parts]
    if options.files:
        chosen = [mutation for mutation in chosen if mutation.file in options.files.split(",")]
    if options.only:
        chosen = [mutants[int(number) - 1] for number in options.only.split(",")]
    stale = set(known) - {mutation.key for mutation in mutants}
    for key in sorted(stale):
        print(f"listed as equivalent, and no mutant: {key}")
    equivalent = [mutation for mutation in chosen if mutation.key in known]
    trial = Trial(tests, options.again)
    killed, survivors, left = 0, [], 0

    def verdict(mutation):
        if time.monotonic() - start > options.seconds:
            return mutation, ...
        return mutation, trial.finds(mutation)

    with ThreadPoolExecutor(options.jobs) as pool:
        for mutation, found in pool.map(verdict, [mutation for mutation in chosen if mutation.key not in known]):
            if found is ...:
                left += 1
            elif found:
                killed += 1
            else:
                survivors.append(mutation)
                print(f"{'SURVIVED' if found is None else 'NO DIFFERENCE'} {mutation}", flush=True)
            if (killed + len(survivors)) % 10 == 0:
                write("verdicts", trial.verdicts)
    write("verdicts", trial.verdicts)
    print(f"{len(chosen)} mutants: {killed} killed, {len(equivalent)} equivalent, {len(survivors)} survived, {left} not run")
    return 1 if survivors or stale else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("--try", action="store_true", dest="attempt")
    parser.add_argument("--files", help="of which files mutants are tried")
    parser.add_argument("--part", default="1/1", help="which share of the mutants is tried")
    parser.add_argument("--only", help="numbers of mutants to try, such as 12,40")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no mutant after this time")
    parser.add_argument("--again", action="store_true", help="forget which tests have found which mutants")
    options = parser.parse_args()
    if options.list:
        mutator = Mutator(set())
        for name in FILES:
            mutator.mutate(name)
        for mutation in mutator.mutations:
            print(mutation)
        return 0
    if options.prepare:
        prepare()
        return 0
    if options.attempt:
        return attempt(options)
    try:
        prepare()
        return attempt(options)
    finally:
        restore()


if __name__ == "__main__":
    sys.exit(main())
