#!/usr/bin/env python3
"""Mutation testing of the rule compiler: does some test fail for every fault that is put into it?

    scripts/mutate.py [--files Condition,WriteRule …] [--part 1/4] [--list] [--jobs 2] [--seconds 600] [--keep]

All mutants are compiled at once: each place that can be mutated asks an environment variable which of its faults is on
(mutant schemata; Untch, Offutt, Harrold: Mutation analysis using mutant schemata, 1993). So one build serves hundreds of
runs of the tests. The sources are changed where they stand and put back at the end; uncommitted changes to them are refused.
Mutants that no test can kill are listed with the reason in scripts/mutants-equivalent.json; any other survivor fails the run.

Each test is run once without a mutant, and writes down which places it comes by: a mutant is tried with the tests that reach
it, the quickest first, until one fails.

Operators: a comparison is turned round or moves its bound; `and` and `or` are swapped, or lose a clause; a condition is
negated; a guard is ignored; a constant becomes another.
"""

import argparse
import functools
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
REMEMBERED = ROOT / ".build" / "mutants-that-do-not-compile.json"
EQUIVALENT = ROOT / "scripts" / "mutants-equivalent.json"
# What turns rules into decisions; the rest of the module reads JSON and reports mistakes.
FILES = [
    "Condition", "Fact", "KnownComparison", "ReadBranch", "RowLimitRule", "WriteRule", "RuleCompiler", "RuleCompiler+Writes",
    "CollectionAccess", "ShapeView+Writes", "SecurePlan", "SecureWrite", "CallRule", "WhereReader", "RuleSet", "ResidueEvaluator",
    "Kinds/MatchRule", "Kinds/ForceRule", "Kinds/MaskRule", "Kinds/QueryRule", "Kinds/RemoveRule", "Kinds/WhereRule",
    "Kinds/StoredFormRule", "Kinds/DecryptRule", "Kinds/WebhookRule", "VerdictSearch", "ShapeView+Verdicts",
]  # fmt: skip
# Letters of operators that no operator of the sources has in this order: they write a mutant's number.
DIGITS = "^~"

COMPARISONS = {"==": ["!="], "!=": ["=="], "<": ["<=", ">"], "<=": ["<", ">"], ">": [">=", "<"], ">=": [">", "<"]}
PRECEDENCE = dict.fromkeys(COMPARISONS, "ComparisonPrecedence") | {"&&": "LogicalConjunctionPrecedence", "||": "LogicalDisjunctionPrecedence"}
CALLS = {
    "conjunction": "disjunction", "disjunction": "conjunction", "negation": "identity", "allSatisfy": "contains", "contains": "allSatisfy",
}  # fmt: skip
CONSTANTS = {
    ".alwaysTrue": ".alwaysFalse", ".alwaysFalse": ".alwaysTrue", ".constant(.unknown)": ".constant(.isFalse)",
    ".constant(.isFalse)": ".constant(.isTrue)", ".constant(.isTrue)": ".constant(.isFalse)",
}  # fmt: skip


class Mutation:
    def __init__(self, number, file, line, what, text):
        self.number, self.file, self.line, self.what, self.text = number, file, line, what, text

    @property
    def key(self):
        """Stable while the line stays as it is."""
        return f"{self.file}: {self.what}: {self.text}"


class Mutator:
    def __init__(self, skipped):
        self.mutations = []
        self.declarations = []
        self.operators = 0
        self.skipped = skipped
        self.place = None

    def new(self, what):
        mutation = Mutation(len(self.mutations) + 1, *self.place[:2], what, self.place[2])
        self.mutations.append(mutation)
        return mutation.number

    # -- one file ----------------------------------------------------------------------

    def mutate(self, name):
        path = RULES / f"{name}.swift"
        lines = path.read_text(encoding="utf-8").split("\n")
        for index, line in enumerate(lines):
            if (name, index + 1) in self.skipped or not self.is_code(line):
                continue
            self.place = (name, index + 1, line.strip())
            lines[index] = self.line(line)
        path.write_text("\n".join(lines), encoding="utf-8")

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
        return re.sub(r"(?<=\.)(conjunction|disjunction|negation|allSatisfy|contains)(?=\(where:|\(| \{)", self.call, text)

    def constant(self, found):
        """Not where it is compared with: there the comparison is mutated."""
        other = CONSTANTS[found[1]]
        number = self.new(f"{found[1]} becomes {other}")
        return f"(MutantSwitch.isOn({number}) ? {other} : {found[1]})"

    def operator(self, symbol):
        self.operators += 1
        own = symbol + "".join(DIGITS[int(bit)] for bit in f"{self.operators:012b}")
        if symbol in COMPARISONS:
            faults = [(self.new(f"{symbol} becomes {other}"), f"left {other} right") for other in COMPARISONS[symbol]]
            self.declare_comparison(own, symbol, faults)
        else:
            other = "||" if symbol == "&&" else "&&"
            faults = [
                (self.new(f"{symbol} becomes {other}"), f"left {other} right()"), (self.new(f"{symbol} loses its right side"), "left"),
                (self.new(f"{symbol} loses its left side"), "right()"),
            ]  # fmt: skip
            self.declarations.append(f"infix operator {own}: {PRECEDENCE[symbol]}")
            for kind in ("Bool", "Truth"):
                self.declarations.append(
                    f"func {own} (left: {kind}, right: @autoclosure () -> {kind}) -> {kind} {{\n"
                    + "".join(f"    if MutantSwitch.isOn({number}) {{ return {fault.replace('left ' + other, f'left {other}')} }}\n" for number, fault in faults)
                    + f"    return left {symbol} right()\n}}"
                )
        return own

    def declare_comparison(self, own, symbol, faults):
        self.declarations.append(f"infix operator {own}: ComparisonPrecedence")
        body = "".join(f"    if MutantSwitch.isOn({number}) {{ return {fault} }}\n" for number, fault in faults)
        body += f"    return left {symbol} right\n}}"
        limit = "Equatable" if symbol in ("==", "!=") else "Comparable"
        self.declarations.append(f"func {own} <Value: {limit}>(left: Value, right: Value) -> Bool {{\n{body}")
        if limit == "Equatable":
            nothing = body.replace("left == right", "left == nil").replace("left != right", "left != nil")
            self.declarations.append(f"func {own} <Value>(left: Value?, right: _OptionalNilComparisonType) -> Bool {{\n{nothing}")

    def call(self, found):
        name = found[1]
        if name == "contains" and not found.string[found.end():].startswith(("(where:", " {")):
            return name
        number = self.new(f"{name} becomes {CALLS[name]}")
        own = f"{name}M{number}"
        on = f"MutantSwitch.isOn({number})"
        if name in ("conjunction", "disjunction"):
            for kind in ("RowPredicate", "Condition"):
                generic = kind == "RowPredicate"
                self.declarations.append(
                    f"extension {kind} {{ static func {own}(_ parts: [{kind}]) -> {kind} {{ {on} ? {CALLS[name]}(parts) : {name}(parts) }} }}"
                    if generic or name == "conjunction"
                    else f"extension {kind} {{ static func {own}(_ parts: [{kind}]) -> {kind} {{ {on} ? conjunction(parts) : disjunction(parts) }} }}"
                )
        elif name == "negation":
            self.declarations.append(
                f"extension RowPredicate {{ static func {own}(_ inner: RowPredicate) -> RowPredicate {{ {on} ? inner : negation(inner) }} }}"
            )
        else:
            label = "where " if name == "contains" else "_ "
            plain = {"allSatisfy": "allSatisfy(holds)", "contains": "contains(where: holds)"}
            self.declarations.append(
                f"extension Sequence {{ func {own}({label}holds: (Element) throws -> Bool) rethrows -> Bool "
                f"{{ {on} ? try {plain[CALLS[name]]} : try {plain[name]} }} }}"
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
            if what == "guard is ignored":
                return f"{found[1]}MutantSwitch.isOn({number}) || ({found[2]}) {found[3]}{rest}"
            return f"{found[1]}MutantSwitch.negates({number}, {found[2]}) {rest}"
        return line

    def switch(self):
        return "\n".join(
            [
                "// Made by scripts/mutate.py, which removes it again.",
                "internal import Glibc", "internal import Planning", "",
                "enum MutantSwitch {",
                "    private static let active: Int = {",
                '        guard let text = unsafe getenv("PERIGEE_MUTANT") else { return 0 }',
                "        return Int(unsafe String(cString: text)) ?? 0",
                "    }()",
                "    /// A byte for each mutant that a test comes by, in a file; nothing while mutants are tried.",
                "    nonisolated(unsafe) private static let seen: UnsafeMutablePointer<UInt8>? = {",
                '        guard let path = unsafe getenv("PERIGEE_MUTANTS_SEEN") else { return nil }',
                "        let file = unsafe open(path, O_RDWR)",
                f"        let room = unsafe mmap(nil, {len(self.mutations) + 1}, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)",
                "        return unsafe room?.assumingMemoryBound(to: UInt8.self)",
                "    }()",
                "",
                "    static func isOn(_ number: Int) -> Bool {",
                "        if let seen = unsafe seen { unsafe seen[number] = 1 }",
                "        return number == active",
                "    }",
                "    static func negates(_ number: Int, _ flag: Bool) -> Bool { isOn(number) ? !flag : flag }",
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


def digest(files):
    contents = [(RULES / f"{name}.swift").read_bytes() for name in files.split(",")]
    return hashlib.sha256(b"".join([pathlib.Path(__file__).read_bytes(), *contents])).hexdigest()


def remembered(files):
    """The lines that an earlier run over the same sources has found not to compile."""
    restore()
    known = json.loads(REMEMBERED.read_text()) if REMEMBERED.exists() else {}
    return {tuple(place) for place in known.get("lines", [])} if known.get("digest") == known_digest(files) else set()


def remember(files, skipped):
    REMEMBERED.write_text(json.dumps({"digest": known_digest(files), "lines": sorted(skipped)}))


@functools.cache
def known_digest(files):
    """Of the sources as they are before they are mutated."""
    return digest(files)


def restore():
    subprocess.run(["git", "checkout", "-q", "--", "Sources/Rules"], cwd=ROOT, check=True)
    SWITCH.unlink(missing_ok=True)


def build():
    """The lines that do not compile, as (file, line); empty when everything does."""
    run = subprocess.run(["swift", "build", "--build-tests"], cwd=ROOT, capture_output=True, text=True)
    if run.returncode == 0:
        return set()
    found = set()
    for path, line in re.findall(r"Sources/Rules/([\w+/]+)\.swift:(\d+):\d+: error:", run.stdout + run.stderr):
        found.add((path, int(line)))
    if not found:
        raise SystemExit(f"the mutated sources do not build:\n{(run.stdout + run.stderr)[-4000:]}")
    return found


# Tests of what the rules decide; the others cannot tell more.
TESTS = r"^(RulesTests|GoldenTests|GatewayTests|PerigeeCLITests)\."
# Run by themselves they only measure, or take minutes.
LEFT_OUT = r"Bench|HostileDocument|ConsolePage|CatalogWatch|ReloadSchedule"
SEEN = ROOT / ".build" / "mutants-seen.json"
BINARY = ROOT / ".build/debug/perigeePackageTests.xctest"
# How many tests are run in one process: most mutants die of one of the first.
BATCHES = [12, 60, 1000]


class Test:
    def __init__(self, name, seconds, seen):
        self.name, self.seconds, self.seen = name, seconds, set(seen)


def run_tests(names, number=0, seen=None, seconds=120.0):
    """Whether they pass, and the processor time that was taken; ends with the first that fails."""
    pattern = "|".join(re.sub(r"[^\w/]", ".", name) for name in names)
    environment = os.environ | {"PERIGEE_MUTANT": str(number), "PERIGEE_TRIPLES": "2000"}
    if seen:
        environment["PERIGEE_MUTANTS_SEEN"] = str(seen)
    command = [BINARY, "--testing-library", "swift-testing", "--no-parallel", "--filter", pattern]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    clock = threading.Timer(seconds, process.kill)
    clock.start()
    failed = False
    for line in process.stdout:
        if line.startswith("✘"):
            failed = True
            process.kill()
            break
    process.stdout.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    clock.cancel()
    return not failed and process.returncode == 0, used.ru_utime + used.ru_stime


def learn(mutator, files):
    """Which mutants each test comes by, from an earlier run over the same sources if there was one."""
    key = f"{known_digest(files)} {len(mutator.mutations)}"
    known = json.loads(SEEN.read_text()) if SEEN.exists() else {}
    if known.get("key") != key:
        known = {"key": key, "tests": {}}
    listing = subprocess.run([BINARY, "--testing-library", "swift-testing", "--list-tests"], cwd=ROOT, capture_output=True, text=True)
    names = [name for name in listing.stdout.splitlines() if re.search(TESTS, name) and not re.search(LEFT_OUT, name)]
    for name in names:
        if name in known["tests"]:
            continue
        with tempfile.NamedTemporaryFile() as file:
            file.truncate(len(mutator.mutations) + 1)
            passed, seconds = run_tests([name], seen=file.name)
            seen = [number for number, byte in enumerate(pathlib.Path(file.name).read_bytes()) if byte and number]
        known["tests"][name] = {"passed": passed, "seconds": round(seconds, 3), "seen": seen}
        if not passed:
            print(f"fails without a mutant, and is left out: {name}", flush=True)
        SEEN.write_text(json.dumps(known))
    tests = [Test(name, found["seconds"], found["seen"]) for name, found in known["tests"].items() if found["passed"]]
    return sorted(tests, key=lambda test: test.seconds)


def survives(mutation, tests):
    reaching = [test for test in tests if mutation.number in test.seen]
    for size in BATCHES:
        batch, reaching = reaching[:size], reaching[size:]
        limit = 60 + 20 * sum(test.seconds for test in batch)
        if batch and not run_tests([test.name for test in batch], mutation.number, seconds=limit)[0]:
            return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", default=",".join(FILES))
    parser.add_argument("--part", default="1/1", help="which share of the mutants to run")
    parser.add_argument("--only", help="numbers of mutants to run, such as 12,40")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true", help="print the mutants and change nothing")
    parser.add_argument("--keep", action="store_true", help="leave the mutated sources and their build for another part")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no mutant after this time")
    options = parser.parse_args()
    known = json.loads(EQUIVALENT.read_text(encoding="utf-8"))
    is_ready = SWITCH.exists()
    if not is_ready and subprocess.run(["git", "status", "--porcelain", "Sources/Rules"], cwd=ROOT, capture_output=True, text=True).stdout:
        raise SystemExit("Sources/Rules has uncommitted changes, which would be lost")
    start = time.monotonic()
    survivors, killed, equivalent, unseen = [], 0, 0, 0
    try:
        before = {path: (path.read_bytes(), path.stat()) for path in RULES.rglob("*.swift")}
        skipped = remembered(options.files)
        while True:
            restore()
            mutator = Mutator(skipped)
            for name in options.files.split(","):
                mutator.mutate(name)
            SWITCH.write_text(mutator.switch(), encoding="utf-8")
            for path, (content, status) in before.items():
                # What an earlier part has left as it is now need not be compiled again.
                if path.exists() and path.read_bytes() == content:
                    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
            wrong = set() if options.list else build()
            if not wrong:
                break
            if wrong <= skipped:
                raise SystemExit(f"the mutated sources do not build: {sorted(wrong)}")
            skipped |= wrong
            remember(options.files, skipped)
        if options.list:
            for mutation in mutator.mutations:
                print(f"{mutation.number}: {mutation.file}.swift:{mutation.line}: {mutation.what}: {mutation.text}")
            return 0
        print(f"{len(mutator.mutations)} mutants; {len(skipped)} lines do not compile mutated", flush=True)
        part, parts = map(int, options.part.split("/"))
        tests = learn(mutator, options.files)
        print(f"{len(tests)} tests, {sum(test.seconds for test in tests):.0f} s", flush=True)
        chosen = mutator.mutations[part - 1 :: parts]
        if options.only:
            chosen = [mutator.mutations[int(number) - 1] for number in options.only.split(",")]
        equivalent = sum(mutation.key in known for mutation in chosen)

        def verdict(mutation):
            if time.monotonic() - start > options.seconds:
                return mutation, None
            return mutation, survives(mutation, tests)

        with ThreadPoolExecutor(options.jobs) as pool:
            for mutation, lives in pool.map(verdict, [mutation for mutation in chosen if mutation.key not in known]):
                if lives is None:
                    unseen += 1
                elif lives:
                    survivors.append(mutation)
                    print(f"SURVIVED {mutation.number}: {mutation.file}.swift:{mutation.line}: {mutation.what}: {mutation.text}", flush=True)
                else:
                    killed += 1
    finally:
        if not options.keep:
            restore()
    print(f"{killed} killed, {equivalent} equivalent, {len(survivors)} survived, {unseen} not run")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
