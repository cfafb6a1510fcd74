// Anthropic's SDK against the gateway.
const {
  GATEWAY, TIMEOUT, SENTENCE, COUNTED, BROKEN, WEATHER,
  place, installed, define, scripted, calling, equal, holds, raised, all, run,
} = require("./cases.cjs");
const Anthropic = installed("@anthropic-ai/sdk").default;
const { zodOutputFormat } = installed("@anthropic-ai/sdk/helpers/zod");
const { z } = installed("zod");

const client = new Anthropic({ baseURL: GATEWAY, apiKey: "any", maxRetries: 0, timeout: TIMEOUT });

const TOOLS = [{ name: "weather", description: "the weather", input_schema: WEATHER }];

const asking = (text, more = {}) => ({
  model: "shared",
  max_tokens: 100,
  messages: [{ role: "user", content: text }],
  ...more,
});

define("chat", async () => {
  const answer = await client.messages.create(asking("Hello", { system: "Be brief." }));
  equal(answer.content.map((block) => [block.type, block.text]), [["text", SENTENCE]]);
  equal(answer.stop_reason, "end_turn");
});

define("chat stream", async () => {
  const events = await all(await client.messages.create(asking("x", { stream: true, ...scripted({ count: 5 }) })));
  equal(events.map((event) => event.delta?.text ?? "").join(""), COUNTED);
  equal([events[0].type, events.at(-1).type], ["message_start", "message_stop"]);
});

define("chat stream helper", async () => {
  const stream = client.messages.stream(asking("x", scripted({ count: 5 })));
  equal(await stream.finalText(), COUNTED);
  equal((await stream.finalMessage()).usage.output_tokens, 5);
});

define("thinking", async () => {
  const thinking = { type: "enabled", budget_tokens: 1024 };
  const script = scripted({ thinking: ["h", "m"], tokens: ["yes"] });
  const final = await client.messages.stream(asking("x", { thinking, ...script })).finalMessage();
  equal(final.content.map((block) => block.thinking ?? block.text), ["hm", "yes"]);
});

define("tools", async () => {
  const turns = asking("Weather in Paris?", { tools: TOOLS });
  const answer = await client.messages.create({ ...turns, ...scripted(calling("weather", { city: "Paris" })) });
  equal(answer.stop_reason, "tool_use");
  const call = answer.content.at(-1);
  equal([call.name, call.input], ["weather", { city: "Paris" }]);
  turns.messages.push(
    { role: "assistant", content: answer.content },
    { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "sunny" }] },
  );
  equal((await client.messages.create(turns)).content[0].text, SENTENCE);
});

define("tools stream", async () => {
  const toolCalls = ["Paris", "Rome"].map((city) => ({ name: "weather", arguments: { city } }));
  const script = scripted({ tokens: ["So: "], toolCalls });
  const final = await client.messages.stream(asking("x", { tools: TOOLS, ...script })).finalMessage();
  equal(final.content.map((block) => block.text ?? block.input.city), ["So: ", "Paris", "Rome"]);
});

define("structured output", async () => {
  const answer = await client.messages.parse(
    asking("A city?", {
      output_config: { format: zodOutputFormat(z.object({ name: z.string() })) },
      ...scripted({ tokens: ['{"name": ', '"Bern"}'] }),
    }),
  );
  equal(answer.parsed_output, { name: "Bern" });
});

for (const [model, mode] of [["shared", "simulator"], ["tiny", "real"]]) {
  define("count tokens", async () => {
    const { messages } = asking("Hello");
    holds((await client.messages.countTokens({ model, messages })).input_tokens > 4, "there are tokens");
  }, mode);
}

define("models", async () => {
  const ids = (await all(client.models.list())).map((model) => model.id);
  holds(ids.includes("shared:latest"), ids);
  equal((await client.models.retrieve("shared:latest")).id, "shared:latest");
});

define("unknown model", async () => {
  for (const stream of [false, true]) {
    const call = () => client.messages.create(asking("x", { model: "no-such-model", stream }));
    const error = await raised(Anthropic.NotFoundError, call);
    holds(error.message.includes("no-such-model"), error.message);
  }
}, "simulator", "real");

define("wrong field", async () => {
  for (const [field, value] of [["temperature", "hot"], ["tool_choice", { type: "any" }], ["container", "c"]]) {
    const error = await raised(Anthropic.BadRequestError, () => client.messages.create(asking("x", { [field]: value })));
    holds(error.message.includes(field), error.message);
  }
}, "simulator", "real");

define("Ollama's error", async () => {
  const script = scripted({ failStatus: 500, failBody: '{"error":"no luck"}' });
  for (const stream of [false, true]) {
    const call = () => client.messages.create(asking("x", { stream, ...script }));
    holds((await raised(Anthropic.InternalServerError, call)).message.includes("no luck"), "the message says why");
  }
});

for (const [how, field] of Object.entries(BROKEN)) {
  const script = scripted({ count: 5, paceMs: 5, [field]: 2 });

  define("a stream that " + how, async () => {
    const seen = [];
    await raised(Anthropic.APIError, async () => {
      for await (const event of await client.messages.create(asking("x", { stream: true, ...script }))) {
        seen.push(event.type);
      }
    });
    equal(seen.filter((type) => type === "content_block_delta").length, 2);
    holds(!seen.includes("message_delta") && !seen.includes("message_stop"), seen);
    await raised(Anthropic.AnthropicError, () => client.messages.stream(asking("x", script)).finalMessage());
    await raised(Anthropic.AnthropicError, () => client.messages.stream(asking("x", script)).finalText());
  });

  define("a whole answer that " + how, async () => {
    await raised(Anthropic.InternalServerError, () => client.messages.create(asking("x", script)));
  });
}

define("a stream that stalls until Ollama dies", async () => {
  const script = scripted({ count: 5, stallAfter: 2 });
  await raised(Anthropic.AnthropicError, () => client.messages.stream(asking("stalls", script)).finalText());
}, "stalled");

const BOUNDS = { model: "tiny", max_tokens: 20, options: { seed: 1 } };

define("chat", async () => {
  holds((await client.messages.create(asking("Hello", BOUNDS))).content[0].text, "there is a text");
}, "real");

define("chat stream", async () => {
  const final = await client.messages.stream(asking("Hello", BOUNDS)).finalMessage();
  holds(final.content[0].text && ["end_turn", "max_tokens"].includes(final.stop_reason), final);
}, "real");

define("tools", async () => {
  const turns = asking("Weather in Paris?", { ...BOUNDS, model: "tiny-tools", max_tokens: 60, tools: TOOLS });
  const { content } = await client.messages.create(turns);
  const calls = content.filter((block) => block.type === "tool_use");
  holds(calls.length, content);
  const results = calls.map((call) => ({ type: "tool_result", tool_use_id: call.id, content: "sunny" }));
  turns.messages.push(
    { role: "assistant", content },
    { role: "user", content: [...results, { type: "text", text: "So?" }] },
  );
  await client.messages.create(turns);
}, "real");

define("structured output", async () => {
  const format = zodOutputFormat(place(z));
  const answer = await client.messages.parse(
    asking("A city?", { ...BOUNDS, max_tokens: 60, output_config: { format } }),
  );
  holds(answer.parsed_output, answer);
}, "real");

define("models", async () => {
  holds((await all(client.models.list())).some((model) => model.id === "tiny:latest"), "tiny is there");
}, "real");

run();
