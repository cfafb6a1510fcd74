// Ollama's own SDK against the gateway.
const {
  GATEWAY, SENTENCE, COUNTED, BROKEN, WEATHER,
  installed, define, scripted, calling, equal, holds, raised, all, run,
} = require("./cases.cjs");
const { Ollama } = installed("ollama");

const client = new Ollama({ host: GATEWAY });

const TOOLS = [{ type: "function", function: { name: "weather", description: "the weather", parameters: WEATHER } }];

const user = (text) => [{ role: "user", content: text }];
const asking = (text, more = {}) => ({ model: "shared", messages: user(text), ...more });

define("chat", async () => {
  const answer = await client.chat(asking("Hello"));
  equal([answer.message.content, answer.done, answer.done_reason], [SENTENCE, true, "stop"]);
});

define("chat stream", async () => {
  const parts = await all(await client.chat(asking("x", { stream: true, ...scripted({ count: 5 }) })));
  equal(parts.map((part) => part.message.content).join(""), COUNTED);
  equal([parts.at(-1).done, parts.at(-1).eval_count], [true, 5]);
});

define("generate", async () => {
  const request = { model: "shared", prompt: "x", ...scripted({ count: 5 }) };
  equal((await client.generate(request)).response, COUNTED);
  equal((await all(await client.generate({ ...request, stream: true }))).map((part) => part.response).join(""), COUNTED);
});

define("thinking", async () => {
  const script = scripted({ thinking: ["hm"], tokens: ["yes"] });
  const { message } = await client.chat(asking("x", { think: true, ...script }));
  equal([message.thinking, message.content], ["hm", "yes"]);
});

define("tools", async () => {
  const messages = user("Weather in Paris?");
  const request = { model: "shared", messages, tools: TOOLS };
  const { message } = await client.chat({ ...request, ...scripted(calling("weather", { city: "Paris" })) });
  equal(message.tool_calls.map((call) => [call.function.name, call.function.arguments]), [["weather", { city: "Paris" }]]);
  messages.push(message, { role: "tool", tool_name: "weather", content: "sunny" });
  equal((await client.chat(request)).message.content, SENTENCE);
});

define("structured output", async () => {
  const script = scripted({ tokens: ['{"city": ', '"Bern"}'] });
  const answer = await client.chat(asking("x", { format: WEATHER, ...script }));
  equal(JSON.parse(answer.message.content), { city: "Bern" });
});

define("embeddings", async () => {
  const answer = await client.embed({ model: "embed", input: ["one", "two"] });
  equal(answer.embeddings.map((embedding) => embedding.length), [64, 64]);
});

define("models", async () => {
  const names = (await client.list()).models.map((model) => model.model);
  holds(names.includes("shared:latest") && names.includes("embed:latest"), names);
  holds((await client.show({ model: "shared" })).capabilities.includes("completion"), "it can talk");
  holds(Array.isArray((await client.ps()).models), "there is a list");
});

define("unknown model", async () => {
  const model = "no-such-model";
  for (const call of [
    () => client.chat({ ...asking("x"), model }),
    () => client.chat({ ...asking("x"), model, stream: true }),
    () => client.generate({ model, prompt: "x" }),
    () => client.embed({ model, input: "x" }),
    () => client.show({ model }),
  ]) {
    const error = await raised(Error, call);
    equal(error.status_code, 404);
    holds(error.message.includes(model), error.message);
  }
}, "simulator", "real");

for (const [model, mode] of [["shared", "simulator"], ["tiny", "real"]]) {
  define("wrong field", async () => {
    for (const more of [{ model, keep_alive: "for ever" }, { model: 7 }]) {
      equal((await raised(Error, () => client.chat(asking("x", more)))).status_code, 400);
    }
  }, mode);
}

define("Ollama's error", async () => {
  const script = scripted({ failStatus: 500, failBody: '{"error":"no luck"}' });
  for (const stream of [false, true]) {
    const error = await raised(Error, () => client.chat(asking("x", { stream, ...script })));
    equal([error.status_code, error.message], [500, "no luck"]);
  }
});

for (const [how, field] of Object.entries(BROKEN)) {
  const script = scripted({ count: 5, paceMs: 5, [field]: 2 });

  define("a stream that " + how, async () => {
    for (const call of [
      () => client.chat(asking("x", { stream: true, ...script })),
      () => client.generate({ model: "shared", prompt: "x", stream: true, ...script }),
    ]) {
      const seen = [];
      await raised(Error, async () => {
        for await (const part of await call()) {
          seen.push(part.done);
        }
      });
      equal(seen, [false, false]);
    }
  });

  define("a whole answer that " + how, async () => {
    await raised(Error, () => client.chat(asking("x", script)));
    await raised(Error, () => client.generate({ model: "shared", prompt: "x", ...script }));
  });
}

define("a stream that stalls until Ollama dies", async () => {
  const script = scripted({ count: 5, stallAfter: 2 });
  await raised(Error, async () => all(await client.chat(asking("stalls", { stream: true, ...script }))));
}, "stalled");

const BOUNDS = { model: "tiny", options: { num_predict: 20, seed: 1 } };

define("chat", async () => {
  holds((await client.chat(asking("Hello", BOUNDS))).message.content, "there is a text");
}, "real");

define("chat stream", async () => {
  const parts = await all(await client.chat(asking("Hello", { ...BOUNDS, stream: true })));
  holds(parts.map((part) => part.message.content).join("") && parts.at(-1).done, parts);
}, "real");

define("tools", async () => {
  const messages = user("Weather in Paris?");
  const request = { model: "tiny-tools", messages, tools: TOOLS, options: { num_predict: 60, seed: 1 } };
  const { message } = await client.chat(request);
  messages.push(message);
  holds(message.tool_calls?.length, message);
  for (const call of message.tool_calls) {
    messages.push({ role: "tool", tool_name: call.function.name, content: "sunny" });
  }
  holds((await client.chat(request)).done, "it ends");
}, "real");

define("structured output", async () => {
  // One of two, so that even a model of random words ends soon.
  const format = { type: "object", properties: { name: { enum: ["BERN", "ROME"] } }, required: ["name"] };
  const options = { ...BOUNDS.options, num_predict: 60 };
  const answer = await client.chat(asking("A city?", { ...BOUNDS, options, format }));
  holds(["BERN", "ROME"].includes(JSON.parse(answer.message.content).name), answer);
}, "real");

define("embeddings", async () => {
  equal((await client.embed({ model: "tiny-embed", input: ["one", "two"] })).embeddings.length, 2);
}, "real");

define("models", async () => {
  holds((await client.list()).models.some((model) => model.model === "tiny:latest"), "tiny is there");
}, "real");

run();
