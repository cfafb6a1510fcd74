"""What schemathesis has to know of the gateway: a model that is there, and which of its answers is a fault."""

import os

import schemathesis

MODEL = os.environ["MODEL"]

# What changes models would take away the one that is there.
CHANGES = ["/api/pull", "/api/push", "/api/create", "/api/copy", "/api/delete"]


@schemathesis.hook
def map_body(context, body):
    # Made-up names of models would all end at "not found", before anything was translated.
    changes = context.operation is not None and context.operation.path in CHANGES
    if not changes and isinstance(body, dict) and isinstance(body.get("model"), str):
        return {**body, "model": MODEL}
    return body


@schemathesis.check
def no_internal_error(context, response, case):
    # 502 to 504 tell of agents and of Ollama. A 500 of Ollama's own passes through its own API; any other is our fault.
    assert response.status_code != 500 or is_ollamas(response, case), "the gateway failed in a way that nobody expected"


def is_ollamas(response, case):
    error = response.json().get("error") if case.path.startswith("/api/") else None
    return isinstance(error, str) and "error in the gateway" not in error
