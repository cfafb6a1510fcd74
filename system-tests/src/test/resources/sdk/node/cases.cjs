// What the scripts of all SDKs share: which cases there are, and the ones that a call runs.
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { isDeepStrictEqual } = require("node:util");

const GATEWAY = process.env.GATEWAY;
// A bound that only a failure reaches.
const TIMEOUT = 15_000;

const SENTENCE = "Hello there, good to see you!";
const COUNTED = "0 1 2 3 4 ";
const BROKEN = { fails: "failAfter", "is cut off": "cutAfter", "is reset": "resetAfter" };
const WEATHER = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

/** The schema of an object that ends soon, even from a model of random words. */
const place = (z) => z.object({ name: z.enum(["BERN", "ROME"]) });

/** Finds a package in the folder that the tests name. */
const installed = createRequire(join(process.env.MODULES, "from-here.cjs"));

const cases = [];

/** Registers a case; without modes it is one for the simulator alone. */
function define(name, body, ...modes) {
  cases.push({ name, body, modes: modes.length ? modes : ["simulator"] });
}

/** Extra fields of a request: how the simulator is to answer it. */
const scripted = (script) => ({ options: { simulator: script } });

/** A script that calls a tool. */
const calling = (name, args) => ({ tokens: [], toolCalls: [{ name, arguments: args }] });

function equal(actual, expected) {
  if (!isDeepStrictEqual(actual, expected)) {
    throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }
}

function holds(condition, what) {
  if (!condition) {
    throw new Error(`does not hold: ${JSON.stringify(what)}`);
  }
}

/** The error that the call must end in. */
async function raised(kind, call) {
  let result;
  try {
    result = await call();
  } catch (error) {
    if (error instanceof kind) {
      return error;
    }
    throw new Error(`expected ${kind.name}`, { cause: error });
  }
  throw new Error(`expected ${kind.name}, got ${JSON.stringify(result)}`);
}

async function all(stream) {
  const parts = [];
  for await (const part of stream) {
    parts.push(part);
  }
  return parts;
}

/** Runs the cases of the mode that the first argument names. */
async function run() {
  let failed = 0;
  for (const { name, body, modes } of cases) {
    if (!modes.includes(process.argv[2])) {
      continue;
    }
    try {
      await body();
      console.log("ok", name);
    } catch (error) {
      failed++;
      console.log("FAILED", name, error);
    }
  }
  process.exit(failed ? 1 : 0);
}

module.exports = {
  GATEWAY, TIMEOUT, SENTENCE, COUNTED, BROKEN, WEATHER,
  place, installed, define, scripted, calling, equal, holds, raised, all, run,
};
