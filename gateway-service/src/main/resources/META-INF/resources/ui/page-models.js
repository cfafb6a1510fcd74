import { live, session, apiJson } from "./session.js";
import { Page, bytes, confirmed, html, nothing, number } from "./page.js";

const API = "/api/admin/models";

/** Of what is under way and done lately, the newest. */
const SHOWN_MAX = 8;

const DOING = {
  pull: "Pull",
  delete: "Delete",
  load: "Load",
  unload: "Unload",
  copy: "Copy",
  create: "Create",
  push: "Push",
};

const STATES = {
  waiting: { word: "Waiting", kind: "idle" },
  running: { word: "Running", kind: "good" },
  done: { word: "Done", kind: "idle" },
  failed: { word: "Failed", kind: "bad" },
  cancelled: { word: "Cancelled", kind: "warn" },
};

const isOver = (operation) => !["waiting", "running"].includes(operation.state);

/** The models of the whole fleet, and who has which of them: what the live stream tells everybody. */
function union(agents) {
  const byName = new Map();
  for (const agent of agents) {
    const names = new Set([...agent.models, ...agent.loaded.map((model) => model.name), ...agent.loading]);
    for (const name of names) {
      const loaded = agent.loaded.find((model) => model.name === name);
      const has = byName.get(name) ?? { name, agents: [] };
      has.agents.push({
        id: agent.id,
        name: agent.name,
        loaded: loaded !== undefined,
        loading: agent.loading.includes(name),
        vram: loaded?.vram ?? 0,
      });
      byName.set(name, has);
    }
  }
  return [...byName.values()].sort((one, other) => one.name.localeCompare(other.name));
}

class Models extends Page {
  static properties = {
    ...Page.properties,
    sizes: { state: true },
    where: { state: true },
  };

  constructor() {
    super();
    this.sizes = new Map();
    this.where = "all";
  }

  connectedCallback() {
    super.connectedCallback();
    if (session.admin) {
      this.attempt(() => this.#look());
    }
  }

  /** What the live stream does not tell: how large each is. */
  async #look() {
    const { models } = await apiJson(API);
    this.sizes = new Map(models.map((model) => [model.name, model.size]));
  }

  render() {
    const models = union(live.state.agents);
    return html`
      <section class="page">
        <div class="head">
          <h1>Models</h1>
          <dl class="figures">
            <div><dt>In the fleet</dt><dd>${number(models.length)}</dd></div>
            <div><dt>In memory</dt><dd>${number(models.filter((model) => model.agents.some((agent) => agent.loaded)).length)}</dd></div>
          </dl>
        </div>
        ${this.notices()} ${session.admin ? this.#pull() : nothing} ${this.#operations()}
        ${models.length > 0 ? this.#table(models) : this.#none()}
        ${session.admin
          ? nothing
          : html`<p class="muted small">To pull, load and delete models here, sign in with an administrator's key.</p>`}
      </section>
    `;
  }

  #none() {
    return html`
      <div class="empty">
        <h2>No agent has a model</h2>
        <p>Pull one here with an administrator's key, or with <code>ollama pull</code> on a machine itself: it appears within seconds.</p>
      </div>
    `;
  }

  #pull() {
    const agents = live.state.agents;
    const labels = [...new Set(agents.flatMap((agent) => Object.entries(agent.labels ?? {}).map(([key, value]) => `${key}=${value}`)))];
    return html`
      <form class="panel" @submit=${this.#pullIt}>
        <h2>Pull a model</h2>
        <div class="fields">
          <label>
            Model
            <input name="model" required autocomplete="off" spellcheck="false" placeholder="llama3.2:3b" />
          </label>
          <label>
            Onto
            <select name="where" @change=${(event) => (this.where = event.target.value)}>
              <option value="all">all agents</option>
              <option value="agents">some agents</option>
              ${labels.map((label) => html`<option value=${`label:${label}`}>those with ${label}</option>`)}
            </select>
          </label>
          <div><button class="primary" ?disabled=${this.busy || agents.length === 0}>Pull</button></div>
        </div>
        ${this.where === "agents"
          ? html`
              <fieldset>
                <legend>Agents</legend>
                <div class="row">
                  ${agents.map(
                    (agent) => html`<label class="check"><input type="checkbox" name="agent" value=${agent.id} /> ${agent.name}</label>`,
                  )}
                </div>
              </fieldset>
            `
          : nothing}
      </form>
    `;
  }

  async #pullIt(event) {
    event.preventDefault();
    const asked = new FormData(event.target);
    const where = asked.get("where");
    const body = { model: asked.get("model").trim() };
    if (where === "all") {
      body.all = true;
    } else if (where === "agents") {
      body.agents = asked.getAll("agent");
    } else {
      body.label = where.slice("label:".length);
    }
    await this.#act("pull", body);
  }

  #act(action, body) {
    return this.attempt(async () => {
      await apiJson(`${API}/${action}`, { method: "POST", body });
      await this.#look();
    });
  }

  #operations() {
    const shown = live.state.operations.slice(0, SHOWN_MAX);
    if (shown.length === 0) {
      return nothing;
    }
    return html`
      <section class="page" aria-labelledby="operations">
        <h2 id="operations">Under way and done lately</h2>
        <ul class="cards">
          ${shown.map((operation) => this.#operation(operation))}
        </ul>
      </section>
    `;
  }

  #operation(operation) {
    const state = STATES[operation.state];
    return html`
      <li class="card" data-operation=${operation.id}>
        <header>
          <h3>${DOING[operation.action] ?? operation.action} ${operation.model}</h3>
          <span class="state ${state.kind}">${state.word}</span>
        </header>
        ${operation.agents.map((agent) => this.#progress(agent))}
        <footer>
          <span class="small muted">${operation.by ? `by ${operation.by}` : nothing}</span>
          ${isOver(operation)
            ? nothing
            : html`
                <button class="quiet danger" ?hidden=${!session.admin} @click=${() => this.#cancel(operation)}>
                  Cancel<span class="visually-hidden"> ${operation.action} of ${operation.model}</span>
                </button>
              `}
        </footer>
      </li>
    `;
  }

  #progress(agent) {
    const known = agent.total > 0;
    return html`
      <div>
        <div class="row small">
          <strong>${agent.name}</strong>
          <span class="muted">${agent.error ?? agent.status ?? STATES[agent.state].word}</span>
          ${known ? html`<span>${bytes(agent.completed)} of ${bytes(agent.total)}</span>` : nothing}
        </div>
        ${agent.state === "running" || known
          ? html`<progress
              max=${known ? agent.total : 1}
              value=${known ? agent.completed : nothing}
              aria-label="Progress on ${agent.name}"
            ></progress>`
          : nothing}
      </div>
    `;
  }

  #cancel(operation) {
    return this.attempt(() => apiJson(`${API}/operations/${encodeURIComponent(operation.id)}`, { method: "DELETE" }));
  }

  #table(models) {
    return html`
      <div class="scroll">
        <table class="stacks">
          <caption class="visually-hidden">
            Models of the fleet
          </caption>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col" class="number">On disk</th>
              <th scope="col" class="number">VRAM taken</th>
              <th scope="col">Agents</th>
              ${session.admin ? html`<th scope="col"><span class="visually-hidden">Acts</span></th>` : nothing}
            </tr>
          </thead>
          <tbody>
            ${models.map((model) => this.#row(model))}
          </tbody>
        </table>
      </div>
    `;
  }

  #row(model) {
    const size = this.sizes.get(model.name);
    const vram = model.agents.reduce((sum, agent) => sum + agent.vram, 0);
    return html`
      <tr data-model=${model.name}>
        <th scope="row">${model.name}</th>
        <td data-label="On disk" class="number">${size ? bytes(size) : "–"}</td>
        <td data-label="VRAM taken" class="number">${vram ? bytes(vram) : "–"}</td>
        <td data-label="Agents">
          <ul class="chips">
            ${model.agents.map(
              (agent) => html`
                <li class="chip ${agent.loaded || agent.loading ? "loaded" : ""}">
                  ${agent.name}${agent.loading ? " · loading…" : agent.loaded ? " · in memory" : nothing}
                </li>
              `,
            )}
          </ul>
        </td>
        ${session.admin ? html`<td class="acts">${this.#acts(model)}</td>` : nothing}
      </tr>
    `;
  }

  #acts(model) {
    const button = (action, title, agents, kind = "") => html`
      <button
        class="quiet ${kind}"
        ?disabled=${this.busy || agents.length === 0}
        @click=${() => this.#act(action, { model: model.name, agents: agents.map((agent) => agent.id) })}
      >
        ${title}<span class="visually-hidden"> ${model.name}</span>
      </button>
    `;
    const loaded = model.agents.filter((agent) => agent.loaded);
    return html`
      <div class="acts-row">
        ${button("load", "Load", model.agents.filter((agent) => !agent.loaded && !agent.loading))}
        ${button("unload", "Unload", loaded)}
        <button class="quiet danger" ?disabled=${this.busy} @click=${() => this.#delete(model)}>
          Delete<span class="visually-hidden"> ${model.name}</span>
        </button>
      </div>
    `;
  }

  #delete(model) {
    const names = model.agents.map((agent) => agent.name).join(", ");
    if (confirmed(`Delete ${model.name} from ${names}?`)) {
      this.#act("delete", { model: model.name, agents: model.agents.map((agent) => agent.id) });
    }
  }
}

customElements.define("oo-models", Models);
