import { repeat } from "lit-html/directives/repeat.js";
import "./markdown.js";
import "./playground-turn.js";
import { Page, html, nothing, sentence } from "./page.js";
import { conversation } from "./playground-conversation.js";
import { IMAGE_TYPES, ImageRefused, readImage } from "./playground-images.js";
import { apiJson } from "./session.js";

const ASK_FOR_MODELS_EVERY_MS = 5000;

/** Who has scrolled up further than this reads, and is left in peace. */
const FOLLOWS_WITHIN_PX = 120;

class Playground extends Page {
  static properties = { models: { state: true }, images: { state: true }, hovering: { state: true }, away: { state: true } };

  #asking = 0;
  #follows = true;
  #wasRunning = conversation.running;
  #changed = () => this.#conversationChanged();
  #keys = (event) => this.#key(event);
  #scrolled = () => (this.#follows = isAtEnd());

  constructor() {
    super();
    /** Null until the gateway has told. */
    this.models = null;
    this.images = [];
    this.hovering = false;
    /** Why the models are not known; gone as soon as they are. */
    this.away = "";
  }

  connectedCallback() {
    super.connectedCallback();
    conversation.addEventListener("change", this.#changed);
    document.addEventListener("keydown", this.#keys);
    window.addEventListener("scroll", this.#scrolled, { passive: true });
    this.#askForModels();
    this.#asking = setInterval(() => this.#askForModels(), ASK_FOR_MODELS_EVERY_MS);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    conversation.removeEventListener("change", this.#changed);
    document.removeEventListener("keydown", this.#keys);
    window.removeEventListener("scroll", this.#scrolled);
    clearInterval(this.#asking);
  }

  firstUpdated() {
    this.addEventListener("drawn", () => this.#follow());
  }

  async #askForModels() {
    try {
      const { data } = await apiJson("/v1/models");
      const models = data.map((model) => model.id).sort((one, other) => one.localeCompare(other));
      if (models.join() !== this.models?.join()) {
        this.models = models;
      }
      conversation.lanes.forEach((lane, index) => (lane.model ||= models[index] ?? models[0] ?? ""));
      this.away = "";
      this.requestUpdate();
    } catch (error) {
      this.away = error.message;
    }
  }

  async #conversationChanged() {
    if (this.#wasRunning && !conversation.running) {
      this.told = told(conversation.lanes.map((lane) => lane.turns.at(-1)).filter(Boolean));
    }
    this.#wasRunning = conversation.running;
    this.requestUpdate();
    await this.updateComplete;
    // A button that is gone takes the focus with it; who is elsewhere stays there.
    if (document.activeElement === document.body) {
      this.#box?.focus();
    }
  }

  get #box() {
    return this.querySelector("#prompt");
  }

  #key(event) {
    if (event.key === "Escape" && conversation.running) {
      event.preventDefault();
      conversation.stop();
    }
  }

  #typed(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#say();
    }
  }

  #say() {
    const text = this.#box.value.trim();
    if (conversation.running || (!text && this.images.length === 0)) {
      return;
    }
    this.problem = "";
    this.told = "";
    if (conversation.lanes.some((lane) => !lane.model)) {
      this.problem = "there is no model to talk to";
      return;
    }
    const options = this.querySelector("form.options");
    if (!options.checkValidity()) {
      this.querySelector("details.options").open = true;
      options.reportValidity();
      return;
    }
    this.#follows = true;
    conversation.say(text, this.images);
    this.images = [];
    this.#box.value = "";
    this.#box.focus();
  }

  #submitted(event) {
    event.preventDefault();
    this.#say();
  }

  #clear() {
    conversation.clear();
    this.images = [];
    this.problem = "";
    this.told = "";
    this.#box.focus();
  }

  #follow() {
    if (this.#follows && conversation.begun) {
      window.scrollTo({ top: document.documentElement.scrollHeight });
    }
  }

  async #add(files) {
    this.problem = "";
    for (const file of files) {
      try {
        const bytes = this.images.reduce((sum, image) => sum + image.bytes, conversation.imageBytes);
        const image = await readImage(file, bytes);
        this.images = [...this.images, image];
      } catch (error) {
        if (!(error instanceof ImageRefused)) {
          throw error;
        }
        this.problem = error.message;
      }
    }
    this.#box.focus();
  }

  #pasted(event) {
    const files = [...event.clipboardData.files];
    if (files.length > 0) {
      event.preventDefault();
      this.#add(files);
    }
  }

  #dropped(event) {
    event.preventDefault();
    this.hovering = false;
    this.#add([...event.dataTransfer.files]);
  }

  #hovers(event) {
    if (event.dataTransfer.types.includes("Files")) {
      event.preventDefault();
      this.hovering = true;
    }
  }

  #picked(event) {
    this.#add([...event.target.files]);
    event.target.value = "";
  }

  render() {
    return html`
      <section class="page playground" @drop=${this.#dropped} @dragover=${this.#hovers} @dragleave=${() => (this.hovering = false)}>
        <div class="head">
          <h1>Playground</h1>
          <div class="row">
            <label class="check">
              <input type="checkbox" .checked=${conversation.lanes.length > 1} @change=${this.#compare} />
              Two models side by side
            </label>
            <button ?disabled=${!conversation.begun} @click=${this.#clear}>New conversation</button>
          </div>
        </div>
        ${this.#options()}
        <div class="lanes ${conversation.lanes.length > 1 ? "two" : ""}">
          ${conversation.lanes.map((lane, index) => this.#lane(lane, index))}
        </div>
        ${this.#composer()}
      </section>
    `;
  }

  #compare(event) {
    const [first] = conversation.lanes;
    const other = this.models?.find((model) => model !== first.model) ?? first.model;
    conversation.compare(event.target.checked, other);
  }

  #options() {
    const set = (name) => (event) => (conversation[name] = event.target.value);
    return html`
      <details class="options panel">
        <summary>System prompt and options</summary>
        <form class="options fields" @submit=${(event) => event.preventDefault()}>
          <label class="wide">
            System prompt
            <textarea rows="2" .value=${conversation.system} @input=${set("system")}></textarea>
          </label>
          <label>
            Temperature
            <input type="number" min="0" max="2" step="any" placeholder="the model's own" .value=${conversation.temperature} @input=${set("temperature")} />
          </label>
          <label>
            Longest answer, in tokens
            <input type="number" min="1" step="1" placeholder="the model's own" .value=${conversation.numPredict} @input=${set("numPredict")} />
          </label>
        </form>
      </details>
    `;
  }

  #lane(lane, index) {
    const name = conversation.lanes.length > 1 ? `Model ${index + 1}` : "Model";
    const models = lane.model && !this.models?.includes(lane.model) ? [lane.model, ...(this.models ?? [])] : (this.models ?? []);
    return html`
      <section class="lane" aria-label=${lane.model || name}>
        <div class="row lane-head">
          <label>
            <span class="visually-hidden">${name}</span>
            <select .value=${lane.model} ?disabled=${models.length === 0} @change=${(event) => this.#choose(lane, event)}>
              ${models.map((model) => html`<option value=${model} ?selected=${model === lane.model}>${model}</option>`)}
            </select>
          </label>
          ${lane.running
            ? html`<button class="danger" aria-label="Stop ${lane.model}" @click=${() => this.#stop(lane)}>Stop</button>`
            : nothing}
        </div>
        ${lane.turns.length === 0 ? this.#empty() : nothing}
        ${repeat(
          lane.turns,
          (turn) => turn,
          (turn, number) => html`
            <oo-turn .turn=${turn} .again=${number === lane.turns.length - 1 ? () => conversation.again(lane) : null}></oo-turn>
          `,
        )}
      </section>
    `;
  }

  #choose(lane, event) {
    lane.model = event.target.value;
    this.requestUpdate();
  }

  #stop(lane) {
    lane.stop();
    this.#box.focus();
  }

  #empty() {
    if (this.models === null) {
      return nothing;
    }
    return this.models.length === 0
      ? html`<div class="empty">
          <h2>No model yet</h2>
          <p class="muted">
            As soon as an agent has told the gateway of its models, they can be talked to here. The
            <a href="#/fleet">fleet</a> shows which agents are there.
          </p>
        </div>`
      : html`<p class="muted">Say something: the machine that will send the first token soonest answers.</p>`;
  }

  #composer() {
    return html`
      <form class="composer panel ${this.hovering ? "hovering" : ""}" aria-label="Your message" @submit=${this.#submitted}>
        ${this.notices()}
        ${this.images.length === 0
          ? nothing
          : html`<ul class="pictures" aria-label="Pictures to send">
              ${this.images.map(
                (image) => html`
                  <li>
                    <img src=${image.url} alt=${image.name} />
                    <button type="button" class="quiet" aria-label="Remove ${image.name}" @click=${() => this.#remove(image)}>✕</button>
                  </li>
                `,
              )}
            </ul>`}
        <label class="visually-hidden" for="prompt">Your message</label>
        <textarea
          id="prompt"
          rows="2"
          placeholder="Your message"
          aria-describedby="prompt-keys"
          autofocus
          @keydown=${this.#typed}
          @paste=${this.#pasted}
        ></textarea>
        <div class="row composer-foot">
          <label class="button picture" title="Or paste one, or drop it here">
            <input class="visually-hidden" type="file" accept=${IMAGE_TYPES.join()} multiple @change=${this.#picked} />
            Add a picture
          </label>
          <span id="prompt-keys" class="muted small">Enter sends, Shift+Enter begins a line, Esc stops</span>
          ${conversation.running
            ? html`<button type="button" class="danger end" @click=${() => conversation.stop()}>
                ${conversation.lanes.length > 1 ? "Stop both" : "Stop"}
              </button>`
            : html`<button class="primary end">Send</button>`}
        </div>
      </form>
    `;
  }

  #remove(image) {
    this.images = this.images.filter((each) => each !== image);
    this.#box.focus();
  }

  /** For those who hear the page: a word when it is over, and not every token. */
  notices() {
    const problem = this.problem || this.away;
    return html`
      <div role="alert">${problem ? html`<p class="notice bad">${sentence(problem)}</p>` : nothing}</div>
      <div role="status" class="visually-hidden">${this.told}</div>
    `;
  }
}

function told(turns) {
  const words = { done: "has answered", stopped: "was stopped", failed: "has failed" };
  return turns.map(({ model, answer }) => `${model} ${words[answer.state]}.`).join(" ");
}

function isAtEnd() {
  const page = document.documentElement;
  return page.scrollHeight - page.clientHeight - page.scrollTop < FOLLOWS_WITHIN_PX;
}

customElements.define("oo-playground", Playground);
