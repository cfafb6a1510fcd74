/** One answer of Ollama's API, as it comes: its text, its thoughts, its figures, and how it ended. */

import { apiFetch } from "./session.js";

const ASK_FOR_PLACE_EVERY_MS = 1000;

const RUNNING = ["waiting", "streaming"];

/** Tells `change` whenever there is more of it. */
export class Answer extends EventTarget {
  text = "";
  thinking = "";
  agent = "";
  /** "waiting", "streaming", then "done", "stopped" or "failed". */
  state = "waiting";
  problem = "";
  /** Where it stands in the queue, if it does: `{ position, expectedMs }`. */
  place = null;
  firstTokenMs = null;
  thoughtMs = null;
  /** What Ollama counted, in its last line. */
  counted = null;
  #pieces = 0;
  #began = performance.now();
  #first = 0;
  #abort = new AbortController();

  get running() {
    return RUNNING.includes(this.state);
  }

  /** Ollama's own count once it is known; until then one token a line, and the time that has passed. */
  get tokens() {
    return this.counted?.eval_count ?? this.#pieces;
  }

  get tokensPerSecond() {
    if (this.counted?.eval_duration > 0) {
      return this.counted.eval_count / (this.counted.eval_duration / 1e9);
    }
    const seconds = (performance.now() - this.#first) / 1000;
    return this.#pieces > 1 && this.running && seconds > 0 ? (this.#pieces - 1) / seconds : null;
  }

  /** Closes the request, which ends the work at Ollama. */
  stop() {
    this.#abort.abort();
  }

  /** Returns when it has ended, however it did. */
  async run(request) {
    const id = `ui_${crypto.getRandomValues(new BigUint64Array(2)).join("")}`;
    const asking = setInterval(() => this.#askForPlace(id), ASK_FOR_PLACE_EVERY_MS);
    try {
      const response = await apiFetch("/api/chat", {
        method: "POST",
        headers: { "Content-Type": "application/json", "x-request-id": id },
        body: JSON.stringify({ ...request, stream: true }),
        signal: this.#abort.signal,
      });
      clearInterval(asking);
      this.agent = response.headers.get("x-orchestrator-agent") ?? "";
      await this.#read(response.body.pipeThrough(new TextDecoderStream()).getReader());
    } catch (error) {
      this.#failed(error);
    } finally {
      clearInterval(asking);
      // Also where a line was an error: nothing of it is read any more.
      this.#abort.abort();
      this.place = null;
      this.#changed();
    }
  }

  async #read(reader) {
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) {
        break;
      }
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      lines.filter((line) => line.trim()).forEach((line) => this.#take(JSON.parse(line)));
      this.#changed();
    }
    if (rest.trim()) {
      this.#take(JSON.parse(rest));
    }
    if (!this.counted) {
      throw new Error("the answer broke off");
    }
    this.state = "done";
  }

  #take(line) {
    if (line.error) {
      throw new Error(typeof line.error === "string" ? line.error : JSON.stringify(line.error));
    }
    const now = performance.now();
    const { content = "", thinking = "" } = line.message ?? {};
    if (content || thinking) {
      if (this.firstTokenMs === null) {
        this.#first = now;
        this.firstTokenMs = now - this.#began;
      }
      this.#pieces++;
      this.thinking += thinking;
      if (content && this.thinking && this.thoughtMs === null) {
        this.thoughtMs = now - this.#first;
      }
      this.text += content;
    }
    this.state = "streaming";
    if (line.done) {
      this.counted = line;
    }
  }

  #failed(error) {
    if (this.#abort.signal.aborted) {
      this.state = "stopped";
      return;
    }
    this.state = "failed";
    // What browsers say of a connection that is gone differs, and tells nobody anything.
    this.problem = error instanceof TypeError ? "the connection to the gateway was lost" : error.message;
  }

  async #askForPlace(id) {
    try {
      const queue = await (await apiFetch(`/api/queue?id=${id}`, { signal: this.#abort.signal })).json();
      const [place = null] = queue.requests;
      this.place = this.state === "waiting" ? place : null;
    } catch {
      // Where it stands is no more than a comfort: the answer itself tells what is wrong.
      this.place = null;
    }
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
