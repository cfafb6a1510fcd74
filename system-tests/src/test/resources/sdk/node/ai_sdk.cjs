// The AI SDK, by its provider for whatever is compatible with OpenAI.
const {
  GATEWAY, TIMEOUT, SENTENCE, COUNTED, BROKEN,
  place, installed, define, scripted, calling, equal, holds, raised, all, run,
} = require("./cases.cjs");
const { APICallError, embedMany, generateText, Output, stepCountIs, streamText, tool } = installed("ai");
const { createOpenAICompatible } = installed("@ai-sdk/openai-compatible");
const { z } = installed("zod");

/** A provider whose requests bear these fields, the first one alone if so asked. */
function provider(extra = {}, firstOnly = false) {
  let requests = 0;
  return createOpenAICompatible({
    name: "gateway",
    baseURL: GATEWAY + "/v1",
    includeUsage: true,
    supportsStructuredOutputs: true,
    transformRequestBody: (body) => (firstOnly && requests++ > 0 ? body : { ...body, ...extra }),
  });
}

const asking = (prompt, extra, firstOnly) => ({
  model: provider(extra, firstOnly)("shared"),
  prompt,
  maxRetries: 0,
  abortSignal: AbortSignal.timeout(TIMEOUT),
});

const WEATHER_TOOL = tool({
  description: "the weather",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => "sunny in " + city,
});

/** Reads a stream to its end; the first failure that it tells of ends it. */
async function text(request) {
  let failure;
  const result = streamText({ ...request, onError: ({ error }) => (failure ??= error) });
  const parts = await all(result.textStream);
  if (failure) {
    throw Object.assign(new Error("the stream failed"), { cause: failure, parts });
  }
  return { text: parts.join(""), finishReason: await result.finishReason, usage: await result.usage };
}

define("chat", async () => {
  const answer = await generateText(asking("Hello"));
  equal([answer.text, answer.finishReason], [SENTENCE, "stop"]);
});

define("chat stream", async () => {
  const answer = await text(asking("x", scripted({ count: 5 })));
  equal([answer.text, answer.finishReason, answer.usage.outputTokens], [COUNTED, "stop", 5]);
});

define("thinking", async () => {
  const answer = await generateText(asking("x", { think: true, ...scripted({ thinking: ["hm"], tokens: ["yes"] }) }));
  equal([answer.reasoningText, answer.text], ["hm", "yes"]);
});

define("tools", async () => {
  const script = scripted(calling("weather", { city: "Paris" }));
  const more = { tools: { weather: WEATHER_TOOL }, stopWhen: stepCountIs(3) };
  const answer = await generateText({ ...asking("Weather?", script, true), ...more });
  equal(answer.text, SENTENCE);
  equal(answer.steps[0].toolResults.map((result) => result.output), ["sunny in Paris"]);
});

define("tools stream", async () => {
  const script = scripted(calling("weather", { city: "Paris" }));
  const more = { tools: { weather: WEATHER_TOOL }, stopWhen: stepCountIs(3) };
  equal((await text({ ...asking("Weather?", script, true), ...more })).text, SENTENCE);
});

define("structured output", async () => {
  const answer = await generateText({
    ...asking("A city?", scripted({ tokens: ['{"name": ', '"Bern"}'] })),
    output: Output.object({ schema: z.object({ name: z.string() }) }),
  });
  equal(answer.output, { name: "Bern" });
});

define("embeddings", async () => {
  const answer = await embedMany({ model: provider().embeddingModel("embed"), values: ["one", "two"], maxRetries: 0 });
  equal(answer.embeddings.map((embedding) => embedding.length), [64, 64]);
});

define("unknown model", async () => {
  const request = { ...asking("x"), model: provider()("no-such-model") };
  equal((await raised(APICallError, () => generateText(request))).statusCode, 404);
  equal((await raised(Error, () => text(request))).cause.statusCode, 404);
}, "simulator", "real");

define("wrong field", async () => {
  equal((await raised(APICallError, () => generateText(asking("x", { n: 2 })))).statusCode, 400);
}, "simulator", "real");

define("Ollama's error", async () => {
  const script = scripted({ failStatus: 500, failBody: '{"error":"no luck"}' });
  equal((await raised(APICallError, () => generateText(asking("x", script)))).statusCode, 502);
});

for (const [how, field] of Object.entries(BROKEN)) {
  const script = scripted({ count: 5, paceMs: 5, [field]: 2 });

  define("a stream that " + how, async () => {
    equal((await raised(Error, () => text(asking("x", script)))).parts, ["0 ", "1 "]);
  });

  define("a whole answer that " + how, async () => {
    await raised(APICallError, () => generateText(asking("x", script)));
  });
}

define("a stream that stalls until Ollama dies", async () => {
  await raised(Error, () => text(asking("stalls", scripted({ count: 5, stallAfter: 2 }))));
}, "stalled");

const bounded = (model) => ({ ...asking("Hello"), model: provider()(model), maxOutputTokens: 60, seed: 1 });

define("chat", async () => {
  holds((await generateText(bounded("tiny"))).text, "there is a text");
}, "real");

define("chat stream", async () => {
  const answer = await text(bounded("tiny"));
  holds(answer.text && ["stop", "length"].includes(answer.finishReason), answer);
}, "real");

define("tools", async () => {
  const answer = await generateText({ ...bounded("tiny-tools"), tools: { weather: WEATHER_TOOL }, stopWhen: stepCountIs(2) });
  holds(answer.steps[0].toolCalls.length, answer.steps[0]);
}, "real");

define("structured output", async () => {
  const answer = await generateText({ ...bounded("tiny"), output: Output.object({ schema: place(z) }) });
  holds(answer.output, answer.text);
}, "real");

define("embeddings", async () => {
  const model = provider().embeddingModel("tiny-embed");
  equal((await embedMany({ model, values: ["one", "two"], maxRetries: 0 })).embeddings.length, 2);
}, "real");

run();
