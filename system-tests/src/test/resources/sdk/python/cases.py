"""What the scripts of all SDKs share: which cases there are, and the one that a call runs."""

import os
import sys
import traceback

GATEWAY = os.environ["GATEWAY"]
# Bounds that only a failure reaches.
TIMEOUT = 15

SENTENCE = "Hello there, good to see you!"
COUNTED = "0 1 2 3 4 "
BROKEN = [("fails", "failAfter"), ("is cut off", "cutAfter"), ("is reset", "resetAfter")]

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
}

_cases = {}


def case(name, *modes):
    """Registers a case; without modes it is one for the simulator alone."""

    def register(function):
        for mode in modes or ("simulator",):
            _cases.setdefault(mode, []).append((name, function))
        return function

    return register


def scripted(**script):
    """Extra fields of a request: how the simulator is to answer it."""
    return {"options": {"simulator": script}}


def calling(name, **arguments):
    """A script that calls a tool."""
    return {"tokens": [], "toolCalls": [{"name": name, "arguments": arguments}]}


def equal(actual, expected):
    if actual != expected:
        raise AssertionError(f"expected {expected!r}, got {actual!r}")


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def raised(kind, function):
    """The exception that the call must end in."""
    try:
        result = function()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind}, got {result!r}")


def run():
    """Runs the cases of the mode that the first argument names."""
    failed = 0
    for name, function in _cases[sys.argv[1]]:
        try:
            function()
        except Exception:
            failed += 1
            print("FAILED", name, flush=True)
            traceback.print_exc(file=sys.stdout)
        else:
            print("ok", name, flush=True)
    sys.exit(1 if failed else 0)
