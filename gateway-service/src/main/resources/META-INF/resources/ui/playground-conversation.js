/** What was said in the playground: kept in this tab's memory, so that a look at another page ends nothing. */

import { session } from "./session.js";
import { Answer } from "./playground-answer.js";
import { base64 } from "./playground-images.js";

/** A conversation with one model: turns of `{ text, images, answer }`. */
class Lane {
  model = "";
  turns = [];

  get running() {
    return this.turns.at(-1)?.answer.running ?? false;
  }

  stop() {
    if (this.running) {
      this.turns.at(-1).answer.stop();
    }
  }

  /** What a model said before it was stopped, or failed, was said. */
  messages(system) {
    const said = this.turns.flatMap(({ text, images, answer }) => [
      { role: "user", content: text, ...(images.length > 0 ? { images: images.map(base64) } : {}) },
      ...(answer.text ? [{ role: "assistant", content: answer.text }] : []),
    ]);
    return system ? [{ role: "system", content: system }, ...said] : said;
  }
}

/** Tells `change` when a turn begins or ends, and whatever else its page shows of it. */
class Conversation extends EventTarget {
  lanes = [new Lane()];
  system = "";
  temperature = "";
  numPredict = "";

  get running() {
    return this.lanes.some((lane) => lane.running);
  }

  get begun() {
    return this.lanes.some((lane) => lane.turns.length > 0);
  }

  get imageBytes() {
    return this.lanes[0].turns.flatMap((turn) => turn.images).reduce((sum, image) => sum + image.bytes, 0);
  }

  /** The same to every lane; each has a request of its own, and its own end. */
  say(text, images) {
    this.lanes.forEach((lane) => this.#ask(lane, text, images));
  }

  /** The last turn once more, in place of what became of it. */
  again(lane) {
    const { text, images } = lane.turns.pop();
    this.#ask(lane, text, images);
  }

  compare(wanted, model) {
    if (wanted) {
      const lane = new Lane();
      lane.model = model;
      this.lanes.push(lane);
    } else {
      this.lanes.splice(1).forEach((lane) => lane.stop());
    }
    this.#changed();
  }

  stop() {
    this.lanes.forEach((lane) => lane.stop());
  }

  clear() {
    this.stop();
    this.lanes.forEach((lane) => (lane.turns = []));
    this.#changed();
  }

  /** Nothing of it is for whoever signs in next. */
  forget() {
    this.clear();
    this.lanes = [new Lane()];
    this.system = "";
    this.temperature = "";
    this.numPredict = "";
    this.#changed();
  }

  #ask(lane, text, images) {
    const answer = new Answer();
    const turn = { text, images, answer, model: lane.model };
    lane.turns = [...lane.turns, turn];
    const ended = answer.run({ model: lane.model, messages: lane.messages(this.system), options: this.#options() });
    this.#changed();
    ended.then(() => this.#changed());
  }

  #options() {
    return {
      ...(this.temperature === "" ? {} : { temperature: Number(this.temperature) }),
      ...(this.numPredict === "" ? {} : { num_predict: Number(this.numPredict) }),
    };
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export const conversation = new Conversation();

session.addEventListener("change", () => {
  if (!session.signedIn) {
    conversation.forget();
  }
});
