/** What somebody said, and what a model answers, while it does. */

import { LitElement, html, nothing } from "lit";
import { duration, number, sentence } from "./page.js";

class Turn extends LitElement {
  static properties = { turn: { attribute: false }, again: { attribute: false } };

  #heard = null;
  #frame = 0;
  #more = () => (this.#frame ||= requestAnimationFrame(() => this.#show()));

  constructor() {
    super();
    this.turn = null;
    /** Asks once more; null where another turn has followed. */
    this.again = null;
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    this.#listen();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#heard?.removeEventListener("change", this.#more);
    this.#heard = null;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  willUpdate() {
    this.#listen();
  }

  updated() {
    this.dispatchEvent(new Event("drawn", { bubbles: true }));
  }

  #listen() {
    const answer = this.turn?.answer ?? null;
    if (answer !== this.#heard && this.isConnected) {
      this.#heard?.removeEventListener("change", this.#more);
      answer?.addEventListener("change", this.#more);
      this.#heard = answer;
    }
  }

  #show() {
    this.#frame = 0;
    this.requestUpdate();
  }

  render() {
    const { text, images, answer, model } = this.turn;
    return html`
      <article class="said">
        <h2 class="visually-hidden">You</h2>
        ${images.length > 0
          ? html`<div class="pictures">${images.map((image) => html`<img src=${image.url} alt=${image.name} />`)}</div>`
          : nothing}
        ${text ? html`<p>${text}</p>` : nothing}
      </article>
      <article class="answer" aria-busy=${answer.running}>
        <h2 class="visually-hidden">${model}</h2>
        ${answer.thinking ? this.#thoughts(answer) : nothing}
        <oo-markdown .content=${{ text: answer.text, whole: !answer.running }}></oo-markdown>
        ${answer.problem ? html`<p class="notice bad" role="alert">${sentence(answer.problem)}</p>` : nothing}
        <footer class="muted small">${this.#figures(answer)}${this.#retry(answer)}</footer>
      </article>
    `;
  }

  #thoughts(answer) {
    const over = answer.thoughtMs !== null || !answer.running;
    const took = answer.thoughtMs === null ? "" : ` for ${seconds(answer.thoughtMs)}`;
    return html`
      <details class="thoughts">
        <summary>${over ? `Thought${took}` : "Thinking…"}</summary>
        <p tabindex="0">${answer.thinking}</p>
      </details>
    `;
  }

  #figures(answer) {
    if (answer.state === "waiting") {
      return html`<span>${waiting(answer.place)}</span>`;
    }
    const pace = answer.tokensPerSecond;
    const figures = [
      ["agent", answer.agent],
      ["first token", answer.firstTokenMs === null ? "" : `first token ${seconds(answer.firstTokenMs)}`],
      ["pace", pace === null ? "" : `${pace.toFixed(1)} tokens/s`],
      ["count", answer.tokens > 0 ? `${number(answer.tokens)} token${answer.tokens === 1 ? "" : "s"}` : ""],
      ["end", ending(answer)],
    ];
    return figures.filter(([, text]) => text).map(([name, text]) => html`<span data-figure=${name}>${text}</span>`);
  }

  #retry(answer) {
    const unfinished = answer.state === "failed" || answer.state === "stopped";
    return unfinished && this.again ? html`<button class="quiet" @click=${this.again}>Try again</button>` : nothing;
  }
}

function waiting(place) {
  return place
    ? `Number ${place.position} in the queue, for about ${duration(place.expectedMs)}`
    : "Waiting for the first token…";
}

function ending(answer) {
  if (answer.state === "stopped") {
    return "stopped";
  }
  return answer.counted?.done_reason === "length" ? "cut at the longest answer" : "";
}

function seconds(millis) {
  return `${(millis / 1000).toFixed(millis < 10_000 ? 2 : 1)} s`;
}

customElements.define("oo-turn", Turn);
