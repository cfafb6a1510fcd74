"""Checks rendered manifests (standard input) against the schemas of Kubernetes and of the custom resources beside this file.

Usage: validate.py VERSION...     prints "<version> <kind> <name>" for each object that is right, exits 1 at the first wrong one
"""

import json
import pathlib
import sys

import jsonschema
import kubernetes_validate
import yaml

CUSTOM = pathlib.Path(__file__).parent / "crds"


def custom_schema(thing):
    file = CUSTOM / (thing["apiVersion"].replace("/", "_") + "_" + thing["kind"] + ".json")
    return json.loads(file.read_text()) if file.is_file() else None


def check(thing, version):
    schema = custom_schema(thing)
    if schema is None:
        kubernetes_validate.validate(thing, version, strict=True)
    else:
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema).validate(thing)


def main(versions):
    things = [thing for thing in yaml.safe_load_all(sys.stdin) if thing]
    for version in versions:
        for thing in things:
            told = version, thing.get("kind"), thing.get("metadata", {}).get("name")
            try:
                check(thing, version)
            except Exception as e:
                print(*told, "is wrong:", type(e).__name__, getattr(e, "message", None) or e)
                return 1
            print(*told)
    return 0


sys.exit(main(sys.argv[1:]))
