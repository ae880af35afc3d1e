#!/usr/bin/env python3
"""Validate replies of the Mirakl twin against Mirakl's published seller OpenAPI document.

    cargo run -q -p sim-mirakl --example sample_replies \
        | python3 xtask/conformance/mirakl_schema.py path/to/seller-openapi.json

Standard input: a JSON array of {"op": "OR11", "status": 200, "body": ...}. An operation is found by its operationId, or
by the beginning of its summary ("OR11 - List orders ..."). One line per failure; exit status 1 on any. An operation
without a response schema for that status is counted as not checkable, which is a failure unless the document declares
the status without a body.

Needs the package `jsonschema` (4.18 or later).
"""

import json
import sys

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

METHODS = {"get", "put", "post", "delete", "patch"}
ROOT = "urn:openapi"


def escaped(part):
    """A JSON pointer's token."""
    return part.replace("~", "~0").replace("/", "~1")


def operations(document):
    """Operation name -> JSON pointer of the operation, and the operation."""
    found = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in METHODS:
                continue
            pointer = f"/paths/{escaped(path)}/{method}"
            for name in (operation.get("operationId"), operation.get("summary", "").split(" - ")[0].strip()):
                if name:
                    found.setdefault(name, (pointer, operation))
    return found


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    known = operations(document)
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    registry = Registry().with_resource(ROOT, resource)
    replies = json.load(sys.stdin)
    failures = checked = bodyless = 0

    def fail(text):
        nonlocal failures
        failures += 1
        print(text)

    for number, reply in enumerate(replies):
        name, status, body = reply["op"], str(reply["status"]), reply["body"]
        label = f"#{number} {name} {status}"
        if name not in known:
            fail(f"{label}: no such operation in the document")
            continue
        pointer, operation = known[name]
        response = operation["responses"].get(status)
        if response is None:
            fail(f"{label}: status not declared; body {json.dumps(body)[:160]}")
            continue
        media = next((m for m in response.get("content", {}) if "json" in m), None)
        if media is None:
            bodyless += 1
            continue
        place = f"{ROOT}#{pointer}/responses/{status}/content/{escaped(media)}/schema"
        validator = Draft202012Validator({"$ref": place}, registry=registry, format_checker=FormatChecker())
        checked += 1
        for error in sorted(validator.iter_errors(body), key=lambda e: list(map(str, e.absolute_path))):
            where = "/".join(map(str, error.absolute_path)) or "."
            fail(f"{label}: {where}: {error.message[:200]}")

    seen = {reply["op"] for reply in replies}
    print(
        f"{len(replies)} replies of {len(seen)} operations: {checked} validated, "
        f"{bodyless} without a schema, {failures} failures",
        file=sys.stderr,
    )
    return 1 if failures or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
