"""OpenAI's SDK against the gateway."""

import json
from typing import Literal

import openai
import pydantic
from cases import BROKEN, COUNTED, GATEWAY, SENTENCE, TIMEOUT, WEATHER, calling, case, equal, raised, run, scripted, true

client = openai.OpenAI(base_url=GATEWAY + "/v1", api_key="any", max_retries=0, timeout=TIMEOUT)

TOOLS = [{"type": "function", "function": {"name": "weather", "description": "the weather", "parameters": WEATHER}}]


class City(pydantic.BaseModel):
    name: str
    people: int


class Place(pydantic.BaseModel):
    """One of two, so that even a model of random words ends soon."""

    name: Literal["BERN", "ROME"]


def user(text):
    return [{"role": "user", "content": text}]


def text_of(stream):
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


@case("chat")
def _():
    answer = client.chat.completions.create(model="shared", messages=user("Hello"))
    equal(answer.choices[0].message.content, SENTENCE)
    equal(answer.choices[0].finish_reason, "stop")
    equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)


@case("chat stream")
def _():
    chunks = list(
        client.chat.completions.create(
            model="shared",
            messages=user("count"),
            stream=True,
            stream_options={"include_usage": True},
            extra_body=scripted(count=5),
        )
    )
    equal(text_of(chunks), COUNTED)
    equal([c.choices[0].finish_reason for c in chunks if c.choices and c.choices[0].finish_reason], ["stop"])
    equal(chunks[-1].usage.completion_tokens, 5)


@case("chat stream helper")
def _():
    with client.chat.completions.stream(model="shared", messages=user("x"), extra_body=scripted(count=5)) as stream:
        deltas = "".join(event.delta for event in stream if event.type == "content.delta")
        equal(deltas, COUNTED)
        equal(stream.get_final_completion().choices[0].message.content, COUNTED)


@case("thinking")
def _():
    answer = client.chat.completions.create(
        model="shared", messages=user("x"), reasoning_effort="low", extra_body=scripted(thinking=["hm"], tokens=["yes"])
    )
    equal(answer.choices[0].message.content, "yes")
    equal(answer.choices[0].message.reasoning, "hm")


@case("tools")
def _():
    messages = user("Weather in Paris?")
    answer = client.chat.completions.create(
        model="shared", messages=messages, tools=TOOLS, extra_body=scripted(**calling("weather", city="Paris"))
    )
    equal(answer.choices[0].finish_reason, "tool_calls")
    call = answer.choices[0].message.tool_calls[0]
    equal(call.function.name, "weather")
    equal(json.loads(call.function.arguments), {"city": "Paris"})

    messages += [answer.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    equal(
        client.chat.completions.create(model="shared", messages=messages, tools=TOOLS).choices[0].message.content,
        SENTENCE,
    )


@case("tools stream")
def _():
    script = {
        "tokens": ["So: "],
        "toolCalls": [
            {"name": "weather", "arguments": {"city": "Paris"}},
            {"name": "weather", "arguments": {"city": "Rome"}},
        ],
    }
    with client.chat.completions.stream(
        model="shared", messages=user("x"), tools=TOOLS, extra_body=scripted(**script)
    ) as stream:
        message = stream.get_final_completion().choices[0].message
    equal(message.content, "So: ")
    equal([json.loads(c.function.arguments)["city"] for c in message.tool_calls], ["Paris", "Rome"])


@case("structured output")
def _():
    answer = client.chat.completions.parse(
        model="shared",
        messages=user("A city?"),
        response_format=City,
        extra_body=scripted(tokens=['{"name": "Bern",', ' "people": 130000}']),
    )
    equal(answer.choices[0].message.parsed, City(name="Bern", people=130000))


@case("completion")
def _():
    answer = client.completions.create(model="shared", prompt="count", extra_body=scripted(count=5))
    equal(answer.choices[0].text, COUNTED)


@case("completion stream")
def _():
    stream = client.completions.create(model="shared", prompt="count", stream=True, extra_body=scripted(count=5))
    equal("".join(chunk.choices[0].text for chunk in stream if chunk.choices), COUNTED)


@case("embeddings")
def _():
    answer = client.embeddings.create(model="embed", input=["one", "two"])
    equal([len(item.embedding) for item in answer.data], [64, 64])
    equal([item.index for item in answer.data], [0, 1])
    plain = client.embeddings.create(model="embed", input=["one", "two"], encoding_format="float")
    for item, same in zip(answer.data, plain.data):
        true(
            all(abs(a - b) < 1e-6 for a, b in zip(item.embedding, same.embedding, strict=True)),
            "base64 and float differ",
        )


@case("models")
def _():
    ids = [model.id for model in client.models.list()]
    true("shared:latest" in ids and "embed:latest" in ids, ids)
    equal(client.models.retrieve("shared:latest").id, "shared:latest")
    raised(openai.NotFoundError, lambda: client.models.retrieve("no-such-model"))


@case("response")
def _():
    answer = client.responses.create(model="shared", instructions="Be brief.", input="Hello")
    equal(answer.output_text, SENTENCE)
    equal(answer.status, "completed")


@case("response stream")
def _():
    with client.responses.stream(model="shared", input="x", extra_body=scripted(count=5)) as stream:
        equal("".join(event.delta for event in stream if event.type == "response.output_text.delta"), COUNTED)
        equal(stream.get_final_response().output_text, COUNTED)


@case("response tools")
def _():
    tools = [{"type": "function", "name": "weather", "parameters": WEATHER, "strict": False}]
    turns = user("Weather?")
    answer = client.responses.create(
        model="shared", input=turns, tools=tools, extra_body=scripted(**calling("weather", city="Paris"))
    )
    call = next(item for item in answer.output if item.type == "function_call")
    equal(json.loads(call.arguments), {"city": "Paris"})
    turns += answer.output
    turns += [{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}]
    equal(client.responses.create(model="shared", input=turns, tools=tools).output_text, SENTENCE)


@case("response structured output")
def _():
    answer = client.responses.parse(
        model="shared", input="x", text_format=City, extra_body=scripted(tokens=['{"name": "Bern", "people": 1}'])
    )
    equal(answer.output_parsed, City(name="Bern", people=1))


@case("unknown model", "simulator", "real")
def _():
    for call in (
        lambda: client.chat.completions.create(model="no-such-model", messages=user("x")),
        lambda: client.chat.completions.create(model="no-such-model", messages=user("x"), stream=True),
        lambda: client.completions.create(model="no-such-model", prompt="x"),
        lambda: client.embeddings.create(model="no-such-model", input="x"),
        lambda: client.responses.create(model="no-such-model", input="x"),
    ):
        error = raised(openai.NotFoundError, call)
        true("no-such-model" in error.message, error.message)


@case("wrong field", "simulator", "real")
def _():
    for call, param in (
        (lambda: client.chat.completions.create(model="shared", messages=user("x"), n=2), "n"),
        (lambda: client.chat.completions.create(model="shared", messages=user("x"), temperature="hot"), "temperature"),
        (lambda: client.completions.create(model="shared", prompt="x", echo=True), "echo"),
        (lambda: client.responses.create(model="shared", input="x", previous_response_id="r"), "previous_response_id"),
    ):
        equal(raised(openai.BadRequestError, call).param, param)


@case("Ollama's error")
def _():
    script = scripted(failStatus=500, failBody='{"error":"no luck"}')
    for call in (
        lambda: client.chat.completions.create(model="shared", messages=user("x"), extra_body=script),
        lambda: client.chat.completions.create(model="shared", messages=user("x"), stream=True, extra_body=script),
        lambda: client.responses.create(model="shared", input="x", extra_body=script),
    ):
        error = raised(openai.InternalServerError, call)
        true("no luck" in error.message, error.message)


def responses_helper(script):
    with client.responses.stream(model="shared", input="x", extra_body=script) as stream:
        return stream.get_final_response()


def chat_helper(script):
    with client.chat.completions.stream(model="shared", messages=user("x"), extra_body=script) as stream:
        return stream.get_final_completion()


def raw_response(script):
    """The raw stream hands failures over as events; that it never says it is complete is what counts."""
    types = [event.type for event in client.responses.create(model="shared", input="x", stream=True, extra_body=script)]
    true("response.output_text.delta" in types, types)
    true("response.completed" not in types and ("error" in types or "response.failed" in types), types)
    raise openai.APIError("the stream says so", None, body=None)


for how, field in BROKEN:

    @case("a stream that " + how)
    def _(field=field):
        script = scripted(**{"count": 5, "paceMs": 5, field: 2})
        seen = []

        def chat():
            for chunk in client.chat.completions.create(
                model="shared", messages=user("x"), stream=True, extra_body=script
            ):
                seen.append(chunk.choices[0].delta.content)
                equal(chunk.choices[0].finish_reason, None)

        raised(openai.APIError, chat)
        equal(seen, ["0 ", "1 "])
        raised(openai.APIError, lambda: chat_helper(script))
        raised(
            openai.APIError,
            lambda: list(client.completions.create(model="shared", prompt="x", stream=True, extra_body=script)),
        )
        raised((openai.APIError, RuntimeError), lambda: responses_helper(script))
        raised(openai.APIError, lambda: raw_response(script))

    @case("a whole answer that " + how)
    def _(field=field):
        script = scripted(**{"count": 5, field: 2})
        for call in (
            lambda: client.chat.completions.create(model="shared", messages=user("x"), extra_body=script),
            lambda: client.completions.create(model="shared", prompt="x", extra_body=script),
            lambda: client.responses.create(model="shared", input="x", extra_body=script),
        ):
            raised(openai.InternalServerError, call)


@case("a stream that stalls until Ollama dies", "stalled")
def _():
    script = scripted(count=5, stallAfter=2)

    def chat():
        return text_of(
            client.chat.completions.create(model="shared", messages=user("stalls"), stream=True, extra_body=script)
        )

    raised(openai.APIError, chat)


@case("chat", "real")
def _():
    answer = client.chat.completions.create(model="tiny", messages=user("Hello"), max_tokens=20, seed=1)
    true(answer.choices[0].message.content, answer)
    true(answer.choices[0].finish_reason in ("stop", "length"), answer)


@case("chat stream", "real")
def _():
    chunks = list(
        client.chat.completions.create(
            model="tiny",
            messages=user("Hello"),
            max_tokens=20,
            seed=1,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    true(text_of(chunks), chunks)
    true(0 < chunks[-1].usage.completion_tokens <= 20, chunks[-1])


@case("tools", "real")
def _():
    messages = user("Weather in Paris?")
    bounds = {"max_tokens": 60, "seed": 1}
    answer = client.chat.completions.create(model="tiny-tools", messages=messages, tools=TOOLS, **bounds)
    message = answer.choices[0].message
    messages.append(message)
    true(message.tool_calls, message)
    for call in message.tool_calls:
        json.loads(call.function.arguments)
        messages.append({"role": "tool", "tool_call_id": call.id, "content": "sunny"})
    client.chat.completions.create(model="tiny-tools", messages=messages, tools=TOOLS, **bounds)


@case("structured output", "real")
def _():
    answer = client.chat.completions.parse(
        model="tiny", messages=user("A city?"), response_format=Place, max_tokens=60, seed=1
    )
    true(answer.choices[0].message.parsed, answer)


@case("embeddings", "real")
def _():
    answer = client.embeddings.create(model="tiny-embed", input=["one", "two"])
    true(len(answer.data) == 2 and len(answer.data[0].embedding) > 1, answer)


@case("models", "real")
def _():
    true("tiny:latest" in [model.id for model in client.models.list()], "tiny is missing")
    true(client.models.retrieve("tiny").created > 0, "no date")


@case("response stream", "real")
def _():
    # The model may go on for ever, so it is cut short; the SDK's helper takes only a complete response for a final one.
    with client.responses.stream(model="tiny", input="Hello", max_output_tokens=20) as stream:
        events = list(stream)
    deltas = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    true(deltas, "no text")
    true(events[-1].type in ("response.completed", "response.incomplete"), events[-1])
    equal(events[-1].response.output_text, deltas)


run()
