"""Ollama's own SDK against the gateway."""

import json

import httpx
import ollama
from cases import BROKEN, COUNTED, GATEWAY, SENTENCE, TIMEOUT, WEATHER, case, equal, raised, run, true

client = ollama.Client(host=GATEWAY, timeout=TIMEOUT)

TOOLS = [{"type": "function", "function": {"name": "weather", "description": "the weather", "parameters": WEATHER}}]
# What a caller of this SDK sees when an answer breaks.
BREAKS = (ollama.ResponseError, httpx.HTTPError, ConnectionError)


def user(text):
    return [{"role": "user", "content": text}]


def simulated(**script):
    return {"simulator": script}


@case("chat")
def _():
    answer = client.chat(model="shared", messages=user("Hello"))
    equal((answer.message.content, answer.done, answer.done_reason), (SENTENCE, True, "stop"))


@case("chat stream")
def _():
    parts = list(client.chat(model="shared", messages=user("x"), stream=True, options=simulated(count=5)))
    equal("".join(part.message.content for part in parts), COUNTED)
    equal([part.done for part in parts], [False] * 5 + [True])
    equal(parts[-1].eval_count, 5)


@case("generate")
def _():
    equal(client.generate(model="shared", prompt="Hello").response, SENTENCE)


@case("generate stream")
def _():
    parts = list(client.generate(model="shared", prompt="x", stream=True, options=simulated(count=5)))
    equal("".join(part.response for part in parts), COUNTED)
    true(parts[-1].done, parts[-1])


@case("pull, copy and delete")
def _():
    parts = list(client.pull("pulled", stream=True))
    equal(parts[0].status, "pulling manifest")
    equal(max((part.completed or 0) for part in parts), 2_000_000)
    equal(parts[-1].status, "success")
    equal(client.copy("pulled", "copied").status, "success")
    equal(client.delete("pulled").status, "success")
    equal(client.delete("copied").status, "success")
    equal(raised(ollama.ResponseError, lambda: client.delete("nowhere")).status_code, 404)


@case("thinking")
def _():
    answer = client.chat(
        model="shared", messages=user("x"), think=True, options=simulated(thinking=["hm"], tokens=["yes"])
    )
    equal((answer.message.thinking, answer.message.content), ("hm", "yes"))


@case("tools")
def _():
    messages = user("Weather in Paris?")
    script = simulated(tokens=[], toolCalls=[{"name": "weather", "arguments": {"city": "Paris"}}])
    for stream in (False, True):
        answer = client.chat(model="shared", messages=messages, tools=TOOLS, options=script, stream=stream)
        calls = [c for part in (answer if stream else [answer]) for c in part.message.tool_calls or []]
        equal([(c.function.name, c.function.arguments) for c in calls], [("weather", {"city": "Paris"})])
    messages += [
        {"role": "assistant", "content": "", "tool_calls": calls},
        {"role": "tool", "tool_name": "weather", "content": "sunny"},
    ]
    equal(client.chat(model="shared", messages=messages, tools=TOOLS).message.content, SENTENCE)


@case("structured output")
def _():
    answer = client.chat(
        model="shared", messages=user("x"), format=WEATHER, options=simulated(tokens=['{"city": ', '"Bern"}'])
    )
    equal(json.loads(answer.message.content), {"city": "Bern"})


@case("embeddings")
def _():
    equal([len(e) for e in client.embed(model="embed", input=["one", "two"]).embeddings], [64, 64])
    equal(len(client.embeddings(model="embed", prompt="one").embedding), 64)


@case("models")
def _():
    names = [model.model for model in client.list().models]
    true("shared:latest" in names and "embed:latest" in names, names)
    true("completion" in client.show("shared").capabilities, "no capabilities")
    true(client.ps().models is not None, "no list")


@case("unknown model", "simulator", "real")
def _():
    for call in (
        lambda: client.chat(model="no-such-model", messages=user("x")),
        lambda: list(client.chat(model="no-such-model", messages=user("x"), stream=True)),
        lambda: client.generate(model="no-such-model", prompt="x"),
        lambda: client.embed(model="no-such-model", input="x"),
        lambda: client.show("no-such-model"),
    ):
        error = raised(ollama.ResponseError, call)
        equal(error.status_code, 404)
        true("no-such-model" in error.error, error.error)


def wrong_field(model):
    # The SDK checks every type itself, but cannot know what Ollama reads as a duration.
    error = raised(ollama.ResponseError, lambda: client.chat(model=model, messages=user("x"), keep_alive="for ever"))
    equal(error.status_code, 400)


@case("wrong field")
def _():
    wrong_field("shared")


@case("wrong field", "real")
def _():
    wrong_field("tiny")


@case("Ollama's error")
def _():
    script = simulated(failStatus=500, failBody='{"error":"no luck"}')
    for stream in (False, True):

        def call():
            answer = client.chat(model="shared", messages=user("x"), stream=stream, options=script)
            return list(answer) if stream else answer

        error = raised(ollama.ResponseError, call)
        equal((error.status_code, error.error), (500, "no luck"))


for how, field in BROKEN:

    @case("a stream that " + how)
    def _(field=field):
        script = simulated(**{"count": 5, "paceMs": 5, field: 2})
        for call in (
            lambda: client.chat(model="shared", messages=user("x"), stream=True, options=script),
            lambda: client.generate(model="shared", prompt="x", stream=True, options=script),
        ):
            seen = []

            def read():
                for part in call():
                    seen.append(part.done)

            raised(BREAKS, read)
            equal(seen, [False, False])

    @case("a whole answer that " + how)
    def _(field=field):
        script = simulated(**{"count": 5, field: 2})
        raised(BREAKS, lambda: client.chat(model="shared", messages=user("x"), options=script))
        raised(BREAKS, lambda: client.generate(model="shared", prompt="x", options=script))


@case("a stream that stalls until Ollama dies", "stalled")
def _():
    script = simulated(count=5, stallAfter=2)
    raised(BREAKS, lambda: list(client.chat(model="shared", messages=user("stalls"), stream=True, options=script)))


BOUNDS = {"num_predict": 20, "seed": 1}


@case("chat", "real")
def _():
    answer = client.chat(model="tiny", messages=user("Hello"), options=BOUNDS)
    true(answer.done and answer.message.content, answer)


@case("chat stream", "real")
def _():
    parts = list(client.chat(model="tiny", messages=user("Hello"), stream=True, options=BOUNDS))
    true("".join(part.message.content for part in parts), parts)
    true(parts[-1].done, parts[-1])


@case("tools", "real")
def _():
    messages = user("Weather in Paris?")
    bounds = BOUNDS | {"num_predict": 60}
    message = client.chat(model="tiny-tools", messages=messages, tools=TOOLS, options=bounds).message
    messages.append(message)
    true(message.tool_calls, message)
    for call in message.tool_calls:
        messages.append({"role": "tool", "tool_name": call.function.name, "content": "sunny"})
    true(client.chat(model="tiny-tools", messages=messages, tools=TOOLS, options=bounds).done, "not done")


@case("structured output", "real")
def _():
    # One of two, so that even a model of random words ends soon.
    schema = {"type": "object", "properties": {"name": {"enum": ["BERN", "ROME"]}}, "required": ["name"]}
    bounds = BOUNDS | {"num_predict": 60}
    answer = client.chat(model="tiny", messages=user("A city?"), format=schema, options=bounds)
    true(json.loads(answer.message.content)["name"] in ("BERN", "ROME"), answer)


@case("embeddings", "real")
def _():
    true(len(client.embed(model="tiny-embed", input=["one", "two"]).embeddings) == 2, "not two")


@case("models", "real")
def _():
    true("tiny:latest" in [model.model for model in client.list().models], "tiny is missing")
    true(client.show("tiny").details, "no details")


run()
