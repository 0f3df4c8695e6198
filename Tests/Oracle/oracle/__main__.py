"""`python -m oracle CONFIG DATABASE REQUEST.json`: prints the oracle's answer to one golden request."""

import json
import sys

from . import Catalog, Caller, Oracle


def main():
    config, database, request = sys.argv[1:4]
    with open(request, encoding="utf-8") as file:
        given = json.load(file)
    who = given.get("as")
    caller = Caller(admin=True) if who == "admin" else Caller(who)
    answer = Oracle(Catalog(config, database)).answer(
        caller, given["query"], given.get("variables"), given.get("operationName")
    )
    print(json.dumps(answer, indent=2, ensure_ascii=False, default=repr))


if __name__ == "__main__":
    main()
