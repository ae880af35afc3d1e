#!/usr/bin/env python3
"""Validate GraphQL documents against a schema with graphql-core.

    graphql_validate.py schema.graphqls < documents.json

Standard input: a JSON array of {"name": ..., "text": ...}. One line per error; exit status 1 on any.

Needs the package `graphql-core`. The schema is taken as it is: published schemas break rules of their own that do not
matter to a client, so only the documents are judged.
"""

import json
import sys

from graphql import GraphQLSyntaxError, build_schema, parse, validate


def errors_of(schema, text):
    """What is wrong with one document."""
    try:
        return validate(schema, parse(text))
    except GraphQLSyntaxError as error:
        return [error]


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = build_schema(file.read(), assume_valid=True, assume_valid_sdl=True)
    failed = False
    for document in json.load(sys.stdin):
        for error in errors_of(schema, document["text"]):
            failed = True
            place = f" (line {error.locations[0].line})" if error.locations else ""
            print(f"{document['name']}: {error.message}{place}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
