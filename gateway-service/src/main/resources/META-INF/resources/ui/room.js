/** What room an agent's machine has, against what a model needs. What nobody told is unknown, and said to be. */

import { bytes } from "./page.js";

const UNKNOWN = "unknown";

/** What the models in its memory take of its GPUs'. */
function vramTaken(agent) {
  return agent.loaded.reduce((sum, model) => sum + (model.vram ?? 0), 0);
}

/** What a model could get, if nothing had to leave: as the GPUs say, else what the loaded models leave. */
function vramFree(agent) {
  const { vramTotal, vramFree } = agent.room ?? {};
  return vramFree ?? (vramTotal === undefined ? undefined : Math.max(0, vramTotal - vramTaken(agent)));
}

/** @return such as `120 GB of 500 GB` */
export function diskText(agent) {
  const { diskFree, diskTotal } = agent.room ?? {};
  return diskFree === undefined ? UNKNOWN : diskTotal === undefined ? bytes(diskFree) : `${bytes(diskFree)} of ${bytes(diskTotal)}`;
}

/** @return such as `3.2 GB of 24.0 GB`; what is taken is known even where the total is not */
export function vramText(agent) {
  const total = agent.room?.vramTotal;
  const taken = vramTaken(agent);
  if (total === 0) {
    return "none";
  }
  return total === undefined ? (taken > 0 ? `${bytes(taken)} of ${UNKNOWN}` : UNKNOWN) : `${bytes(taken)} of ${bytes(total)}`;
}

/** @return what is free of it, whoever holds the rest */
export function vramFreeText(agent) {
  const free = vramFree(agent);
  return free === undefined ? UNKNOWN : bytes(free);
}

/**
 * Whether a model has room on an agent's disk.
 *
 * @param size in bytes; undefined if nobody knows
 */
export function onDisk(agent, size) {
  const free = agent.room?.diskFree;
  if (size === undefined || free === undefined) {
    return { word: "Unknown", kind: "idle" };
  }
  return size <= free ? { word: "Fits", kind: "good" } : { word: "Does not fit", kind: "bad" };
}

/** Whether it has room in the memory of an agent's GPUs; Ollama takes others out of it to make room. */
export function inVram(agent, size) {
  const total = agent.room?.vramTotal;
  if (size === undefined || total === undefined) {
    return { word: "Unknown", kind: "idle" };
  }
  if (total === 0) {
    return { word: "None: it runs on the processor", kind: "warn" };
  }
  if (size > total) {
    return { word: "Not whole: the rest runs on the processor", kind: "warn" };
  }
  return size <= vramFree(agent) ? { word: "Fits", kind: "good" } : { word: "Fits once others have left", kind: "good" };
}
