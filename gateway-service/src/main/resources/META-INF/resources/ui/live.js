/** The gateway's live stream: a snapshot, then changes of it, as `/api/ui/events` sends them. */

const RETRY_MS = 1000;
const RETRY_MAX_MS = 10000;

/** Nothing comes for this long only if the connection is dead: the gateway fills silences. */
const SILENCE_MAX_MS = 40000;

const LISTS = ["agents", "jobs", "operations"];

const NOTHING = Object.freeze({
  agents: [],
  jobs: [],
  operations: [],
  queue: { waiting: 0, running: 0, shown: 0, draining: false },
});

/** `state` is replaced, never changed: whoever kept one can compare. */
export class Live extends EventTarget {
  state = NOTHING;
  connected = false;
  #fetch;
  #ended;
  #abort = null;
  #items = {};

  /** @param ended is called with the reason when the gateway ends the stream because of the key */
  constructor(fetch, ended) {
    super();
    this.#fetch = fetch;
    this.#ended = ended;
  }

  start() {
    this.stop();
    this.#abort = new AbortController();
    this.#run(this.#abort.signal);
  }

  stop() {
    this.#abort?.abort();
    this.#abort = null;
    this.connected = false;
    this.state = NOTHING;
  }

  async #run(signal) {
    let wait = RETRY_MS;
    while (!signal.aborted) {
      try {
        await this.#read(signal, () => (wait = RETRY_MS));
      } catch (error) {
        if (signal.aborted || error.status === 401) {
          return;
        }
      }
      this.#tell(false);
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * 2, RETRY_MAX_MS);
    }
  }

  async #read(signal, received) {
    const request = new AbortController();
    const giveUp = () => request.abort();
    signal.addEventListener("abort", giveUp);
    let silence = setTimeout(giveUp, SILENCE_MAX_MS);
    try {
      const response = await this.#fetch("/api/ui/events", { signal: request.signal });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done || signal.aborted) {
          return;
        }
        clearTimeout(silence);
        silence = setTimeout(giveUp, SILENCE_MAX_MS);
        received();
        const events = (text + value).split("\n\n");
        text = events.pop();
        events.forEach((event) => this.#take(event));
      }
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", giveUp);
    }
  }

  #take(event) {
    const fields = Object.fromEntries(
      event
        .split("\n")
        .filter((line) => line && !line.startsWith(":"))
        .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
    );
    if (!fields.data) {
      return;
    }
    const data = JSON.parse(fields.data);
    switch (fields.event) {
      case "snapshot":
        this.#items = Object.fromEntries(LISTS.map((list) => [list, new Map()]));
        this.#change(data);
        break;
      case "change":
        this.#change(data);
        break;
      case "end":
        this.#ended(data.why);
        break;
    }
  }

  #change(data) {
    const state = { ...this.state };
    for (const list of LISTS) {
      const change = data[list];
      if (change || this.#items[list].size === 0) {
        merge(this.#items[list], change ?? {});
        state[list] = [...this.#items[list].values()].sort((one, other) => (one.order < other.order ? -1 : 1));
      }
    }
    if (data.queue) {
      state.queue = data.queue;
    }
    this.state = state;
    this.#tell(true);
  }

  #tell(connected) {
    this.connected = connected;
    this.dispatchEvent(new Event("change"));
  }
}

/** Of a known item only the fields that changed are sent; null takes one away. */
function merge(items, { set = [], gone = [] }) {
  gone.forEach((id) => items.delete(id));
  for (const fields of set) {
    const item = { ...items.get(fields.id), ...fields };
    Object.keys(item).forEach((name) => item[name] === null && delete item[name]);
    items.set(fields.id, item);
  }
}
