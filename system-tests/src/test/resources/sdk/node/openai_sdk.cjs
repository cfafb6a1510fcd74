// OpenAI's SDK against the gateway.
const {
  GATEWAY, TIMEOUT, SENTENCE, COUNTED, BROKEN, WEATHER,
  place, installed, define, scripted, calling, equal, holds, raised, all, run,
} = require("./cases.cjs");
const OpenAI = installed("openai").default;
const { zodResponseFormat, zodTextFormat } = installed("openai/helpers/zod");
const { z } = installed("zod");

const client = new OpenAI({ baseURL: GATEWAY + "/v1", apiKey: "any", maxRetries: 0, timeout: TIMEOUT });

const TOOLS = [{ type: "function", function: { name: "weather", description: "the weather", parameters: WEATHER } }];
const CITY = z.object({ name: z.string(), people: z.number() });

const user = (text) => [{ role: "user", content: text }];
const asking = (text, more = {}) => ({ model: "shared", messages: user(text), ...more });
const textOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");

define("chat", async () => {
  const answer = await client.chat.completions.create(asking("Hello"));
  equal(answer.choices[0].message.content, SENTENCE);
  equal(answer.choices[0].finish_reason, "stop");
});

define("chat stream", async () => {
  const chunks = await all(
    await client.chat.completions.create(
      asking("x", { stream: true, stream_options: { include_usage: true }, ...scripted({ count: 5 }) }),
    ),
  );
  equal(textOf(chunks), COUNTED);
  equal(chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter(Boolean), ["stop"]);
  equal(chunks.at(-1).usage.completion_tokens, 5);
});

define("chat stream helper", async () => {
  const stream = client.chat.completions.stream(asking("x", scripted({ count: 5 })));
  equal(await stream.finalContent(), COUNTED);
});

define("tools", async () => {
  const messages = user("Weather in Paris?");
  const script = scripted(calling("weather", { city: "Paris" }));
  const answer = await client.chat.completions.create({ model: "shared", messages, tools: TOOLS, ...script });
  equal(answer.choices[0].finish_reason, "tool_calls");
  const [call] = answer.choices[0].message.tool_calls;
  equal([call.function.name, JSON.parse(call.function.arguments)], ["weather", { city: "Paris" }]);
  messages.push(answer.choices[0].message, { role: "tool", tool_call_id: call.id, content: "sunny" });
  const last = await client.chat.completions.create({ model: "shared", messages, tools: TOOLS });
  equal(last.choices[0].message.content, SENTENCE);
});

define("tools stream", async () => {
  const toolCalls = ["Paris", "Rome"].map((city) => ({ name: "weather", arguments: { city } }));
  const script = scripted({ tokens: ["So: "], toolCalls });
  const stream = client.chat.completions.stream(asking("x", { tools: TOOLS, ...script }));
  const message = await stream.finalMessage();
  equal(message.content, "So: ");
  equal(message.tool_calls.map((call) => JSON.parse(call.function.arguments).city), ["Paris", "Rome"]);
});

define("structured output", async () => {
  const answer = await client.chat.completions.parse(
    asking("A city?", {
      response_format: zodResponseFormat(CITY, "city"),
      ...scripted({ tokens: ['{"name": "Bern",', ' "people": 1}'] }),
    }),
  );
  equal(answer.choices[0].message.parsed, { name: "Bern", people: 1 });
});

define("completion", async () => {
  const request = { model: "shared", prompt: "x", ...scripted({ count: 5 }) };
  equal((await client.completions.create(request)).choices[0].text, COUNTED);
  const chunks = await all(await client.completions.create({ ...request, stream: true }));
  equal(chunks.map((chunk) => chunk.choices[0]?.text ?? "").join(""), COUNTED);
});

define("embeddings", async () => {
  const answer = await client.embeddings.create({ model: "embed", input: ["one", "two"] });
  equal(answer.data.map((item) => item.embedding.length), [64, 64]);
  const same = await client.embeddings.create({ model: "embed", input: "one", encoding_format: "float" });
  same.data[0].embedding.forEach((value, i) =>
    holds(Math.abs(value - answer.data[0].embedding[i]) < 1e-6, "base64 and float are the same"),
  );
});

define("models", async () => {
  const ids = (await all(client.models.list())).map((model) => model.id);
  holds(ids.includes("shared:latest") && ids.includes("embed:latest"), ids);
  equal((await client.models.retrieve("shared:latest")).id, "shared:latest");
});

define("response", async () => {
  const answer = await client.responses.create({ model: "shared", input: "Hello" });
  equal([answer.output_text, answer.status], [SENTENCE, "completed"]);
});

define("response stream", async () => {
  const stream = client.responses.stream({ model: "shared", input: "x", ...scripted({ count: 5 }) });
  const deltas = (await all(stream)).filter((event) => event.type === "response.output_text.delta");
  equal(deltas.map((event) => event.delta).join(""), COUNTED);
  equal((await stream.finalResponse()).output_text, COUNTED);
});

define("response tools", async () => {
  const tools = [{ type: "function", name: "weather", parameters: WEATHER, strict: false }];
  const script = scripted(calling("weather", { city: "Paris" }));
  const input = user("x");
  const answer = await client.responses.create({ model: "shared", input, tools, ...script });
  const call = answer.output.find((item) => item.type === "function_call");
  equal(JSON.parse(call.arguments), { city: "Paris" });
  input.push(...answer.output, { type: "function_call_output", call_id: call.call_id, output: "sunny" });
  equal((await client.responses.create({ model: "shared", input, tools })).output_text, SENTENCE);
});

define("response structured output", async () => {
  const answer = await client.responses.parse({
    model: "shared",
    input: "x",
    text: { format: zodTextFormat(CITY, "city") },
    ...scripted({ tokens: ['{"name": "Bern", "people": 1}'] }),
  });
  equal(answer.output_parsed, { name: "Bern", people: 1 });
});

define("unknown model", async () => {
  const model = "no-such-model";
  for (const call of [
    () => client.chat.completions.create({ ...asking("x"), model }),
    () => client.chat.completions.create({ ...asking("x"), model, stream: true }),
    () => client.completions.create({ model, prompt: "x" }),
    () => client.embeddings.create({ model, input: "x" }),
    () => client.responses.create({ model, input: "x" }),
    () => client.models.retrieve(model),
  ]) {
    holds((await raised(OpenAI.NotFoundError, call)).message.includes(model), "the message names the model");
  }
}, "simulator", "real");

define("wrong field", async () => {
  for (const [field, value] of [["n", 2], ["temperature", "hot"], ["tool_choice", "required"]]) {
    const call = () => client.chat.completions.create(asking("x", { [field]: value }));
    equal((await raised(OpenAI.BadRequestError, call)).param, field);
  }
}, "simulator", "real");

define("Ollama's error", async () => {
  const script = scripted({ failStatus: 500, failBody: '{"error":"no luck"}' });
  for (const stream of [false, true]) {
    const call = () => client.chat.completions.create(asking("x", { stream, ...script }));
    holds((await raised(OpenAI.InternalServerError, call)).message.includes("no luck"), "the message says why");
  }
});

for (const [how, field] of Object.entries(BROKEN)) {
  const script = scripted({ count: 5, paceMs: 5, [field]: 2 });

  define("a stream that " + how, async () => {
    const seen = [];
    await raised(OpenAI.APIError, async () => {
      for await (const chunk of await client.chat.completions.create(asking("x", { stream: true, ...script }))) {
        seen.push(chunk.choices[0].delta.content);
        equal(chunk.choices[0].finish_reason, null);
      }
    });
    equal(seen, ["0 ", "1 "]);
    await raised(Error, () => client.chat.completions.stream(asking("x", script)).finalContent());
    const prompt = { model: "shared", prompt: "x", stream: true, ...script };
    await raised(OpenAI.APIError, async () => all(await client.completions.create(prompt)));
    const input = { model: "shared", input: "x", ...script };
    equal((await client.responses.stream(input).finalResponse()).status, "failed");
    // The raw stream may hand the failure over as an event; what counts is that it never says it is complete.
    const types = [];
    try {
      for await (const event of await client.responses.create({ ...input, stream: true })) {
        types.push(event.type);
      }
      holds(types.includes("error") || types.includes("response.failed"), types);
    } catch (error) {
      holds(error instanceof OpenAI.APIError, error);
    }
    holds(types.includes("response.output_text.delta") && !types.includes("response.completed"), types);
  });

  define("a whole answer that " + how, async () => {
    for (const call of [
      () => client.chat.completions.create(asking("x", script)),
      () => client.completions.create({ model: "shared", prompt: "x", ...script }),
      () => client.responses.create({ model: "shared", input: "x", ...script }),
    ]) {
      await raised(OpenAI.InternalServerError, call);
    }
  });
}

define("a stream that stalls until Ollama dies", async () => {
  const script = scripted({ count: 5, stallAfter: 2 });
  await raised(OpenAI.APIError, async () =>
    all(await client.chat.completions.create(asking("stalls", { stream: true, ...script }))),
  );
}, "stalled");

const BOUNDS = { model: "tiny", max_tokens: 20, seed: 1 };

define("chat", async () => {
  holds((await client.chat.completions.create(asking("Hello", BOUNDS))).choices[0].message.content, "there is a text");
}, "real");

define("chat stream", async () => {
  const chunks = await all(await client.chat.completions.create(asking("Hello", { ...BOUNDS, stream: true })));
  holds(textOf(chunks), chunks);
  holds(["stop", "length"].includes(chunks.at(-1).choices[0].finish_reason), chunks.at(-1));
}, "real");

define("tools", async () => {
  const messages = user("Weather in Paris?");
  const request = { ...BOUNDS, model: "tiny-tools", max_tokens: 60, messages, tools: TOOLS };
  const { message } = (await client.chat.completions.create(request)).choices[0];
  messages.push(message);
  holds(message.tool_calls?.length, message);
  for (const call of message.tool_calls) {
    JSON.parse(call.function.arguments);
    messages.push({ role: "tool", tool_call_id: call.id, content: "sunny" });
  }
  await client.chat.completions.create(request);
}, "real");

define("structured output", async () => {
  const answer = await client.chat.completions.parse(
    asking("A city?", { ...BOUNDS, max_tokens: 60, response_format: zodResponseFormat(place(z), "place") }),
  );
  holds(answer.choices[0].message.parsed, answer);
}, "real");

define("embeddings", async () => {
  equal((await client.embeddings.create({ model: "tiny-embed", input: ["one", "two"] })).data.length, 2);
}, "real");

define("models", async () => {
  holds((await client.models.retrieve("tiny")).created > 0, "there is a date");
}, "real");

run();
