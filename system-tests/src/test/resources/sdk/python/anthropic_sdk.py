"""Anthropic's SDK against the gateway."""

from typing import Literal

import anthropic
import pydantic
from cases import BROKEN, COUNTED, GATEWAY, SENTENCE, TIMEOUT, WEATHER, calling, case, equal, raised, run, scripted, true

client = anthropic.Anthropic(base_url=GATEWAY, api_key="any", max_retries=0, timeout=TIMEOUT)

TOOLS = [{"name": "weather", "description": "the weather", "input_schema": WEATHER}]


class City(pydantic.BaseModel):
    name: str
    people: int


class Place(pydantic.BaseModel):
    """One of two, so that even a model of random words ends soon."""

    name: Literal["BERN", "ROME"]


def asking(text, model="shared", **more):
    return {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": text}], **more}


@case("chat")
def _():
    answer = client.messages.create(**asking("Hello", system="Be brief."))
    equal([block.type for block in answer.content], ["text"])
    equal(answer.content[0].text, SENTENCE)
    equal((answer.role, answer.stop_reason), ("assistant", "end_turn"))
    true(answer.usage.output_tokens > 0, answer.usage)


@case("chat stream")
def _():
    events = list(client.messages.create(**asking("count"), stream=True, extra_body=scripted(count=5)))
    equal("".join(e.delta.text for e in events if e.type == "content_block_delta"), COUNTED)
    equal((events[0].type, events[-1].type), ("message_start", "message_stop"))


@case("chat stream helper")
def _():
    with client.messages.stream(**asking("count"), extra_body=scripted(count=5)) as stream:
        equal("".join(stream.text_stream), COUNTED)
        final = stream.get_final_message()
    equal((final.stop_reason, final.usage.output_tokens), ("end_turn", 5))


@case("thinking")
def _():
    thinking = {"type": "enabled", "budget_tokens": 1024}
    turns = asking("x", thinking=thinking)
    with client.messages.stream(**turns, extra_body=scripted(thinking=["h", "m"], tokens=["yes"])) as stream:
        final = stream.get_final_message()
    equal([block.type for block in final.content], ["thinking", "text"])
    equal((final.content[0].thinking, final.content[1].text), ("hm", "yes"))
    turns["messages"] += [{"role": "assistant", "content": final.content}, {"role": "user", "content": "more"}]
    equal(client.messages.create(**turns).content[0].text, SENTENCE)


@case("tools")
def _():
    turns = asking("Weather in Paris?", tools=TOOLS)
    answer = client.messages.create(**turns, extra_body=scripted(**calling("weather", city="Paris")))
    equal(answer.stop_reason, "tool_use")
    call = answer.content[-1]
    equal((call.type, call.name, call.input), ("tool_use", "weather", {"city": "Paris"}))
    turns["messages"] += [
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}]},
    ]
    equal(client.messages.create(**turns).content[0].text, SENTENCE)


@case("tools stream")
def _():
    calls = [{"name": "weather", "arguments": {"city": city}} for city in ("Paris", "Rome")]
    with client.messages.stream(
        **asking("x", tools=TOOLS), extra_body=scripted(tokens=["So: "], toolCalls=calls)
    ) as stream:
        final = stream.get_final_message()
    equal([block.type for block in final.content], ["text", "tool_use", "tool_use"])
    equal([block.input["city"] for block in final.content[1:]], ["Paris", "Rome"])


@case("structured output")
def _():
    answer = client.messages.parse(
        **asking("A city?"), output_format=City, extra_body=scripted(tokens=['{"name": "Bern",', ' "people": 1}'])
    )
    equal(answer.parsed_output, City(name="Bern", people=1))


def count_tokens(model):
    turns = asking("Hello", model=model, tools=TOOLS)
    del turns["max_tokens"]
    true(client.messages.count_tokens(**turns).input_tokens > 4, "too few")


@case("count tokens")
def _():
    count_tokens("shared")


@case("count tokens", "real")
def _():
    count_tokens("tiny")


@case("models")
def _():
    ids = [model.id for model in client.models.list()]
    true("shared:latest" in ids and "embed:latest" in ids, ids)
    equal(client.models.retrieve("shared:latest").id, "shared:latest")


@case("unknown model", "simulator", "real")
def _():
    for call in (
        lambda: client.messages.create(**asking("x", model="no-such-model")),
        lambda: client.messages.create(**asking("x", model="no-such-model"), stream=True),
    ):
        error = raised(anthropic.NotFoundError, call)
        true("no-such-model" in error.message, error.message)


@case("wrong field", "simulator", "real")
def _():
    for field, value in (("temperature", "hot"), ("tool_choice", {"type": "any"}), ("container", "c")):
        error = raised(
            anthropic.BadRequestError, lambda: client.messages.create(**asking("x"), extra_body={field: value})
        )
        true(field in error.message, error.message)
        equal(error.body["error"]["type"], "invalid_request_error")


@case("Ollama's error")
def _():
    script = scripted(failStatus=500, failBody='{"error":"no luck"}')
    for stream in (False, True):
        error = raised(
            anthropic.InternalServerError,
            lambda: client.messages.create(**asking("x"), stream=stream, extra_body=script),
        )
        true("no luck" in error.message, error.message)


def texts(script, question="x"):
    with client.messages.stream(**asking(question), extra_body=script) as stream:
        return "".join(stream.text_stream)


def final(script):
    with client.messages.stream(**asking("x"), extra_body=script) as stream:
        return stream.get_final_message()


for how, field in BROKEN:

    @case("a stream that " + how)
    def _(field=field):
        script = scripted(**{"count": 5, "paceMs": 5, field: 2})
        seen = []

        def raw():
            for event in client.messages.create(**asking("x"), stream=True, extra_body=script):
                seen.append(event.type)

        raised(anthropic.APIError, raw)
        equal(seen.count("content_block_delta"), 2)
        true("message_delta" not in seen and "message_stop" not in seen, seen)
        raised(anthropic.APIError, lambda: texts(script))
        raised(anthropic.APIError, lambda: final(script))

    @case("a whole answer that " + how)
    def _(field=field):
        script = scripted(**{"count": 5, field: 2})
        raised(anthropic.InternalServerError, lambda: client.messages.create(**asking("x"), extra_body=script))


@case("a stream that stalls until Ollama dies", "stalled")
def _():
    raised(anthropic.APIError, lambda: texts(scripted(count=5, stallAfter=2), "stalls"))


def bounded(text, model, **more):
    return asking(text, model=model, extra_body={"options": {"seed": 1}}, **more) | {"max_tokens": 20}


@case("chat", "real")
def _():
    answer = client.messages.create(**bounded("Hello", "tiny"))
    true(answer.content[0].text, answer)
    true(answer.stop_reason in ("end_turn", "max_tokens"), answer)


@case("chat stream", "real")
def _():
    with client.messages.stream(**bounded("Hello", "tiny")) as stream:
        text = "".join(stream.text_stream)
        true(text, "no text")
        final = stream.get_final_message()
    equal(final.content[0].text, text)
    true(0 < final.usage.output_tokens <= 20, final.usage)


@case("tools", "real")
def _():
    turns = bounded("Weather in Paris?", "tiny-tools", tools=TOOLS) | {"max_tokens": 60}
    answer = client.messages.create(**turns)
    calls = [block for block in answer.content if block.type == "tool_use"]
    true(calls, answer)
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny"} for call in calls]
    turns["messages"] += [
        {"role": "assistant", "content": answer.content},
        {"role": "user", "content": results + [{"type": "text", "text": "So?"}]},
    ]
    client.messages.create(**turns)


@case("structured output", "real")
def _():
    answer = client.messages.parse(**bounded("A city?", "tiny", output_format=Place) | {"max_tokens": 60})
    true(answer.parsed_output, answer)


@case("models", "real")
def _():
    true("tiny:latest" in [model.id for model in client.models.list()], "tiny is missing")


run()
