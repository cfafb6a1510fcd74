import { live, session, apiJson } from "./session.js";
import { Page, bytes, confirmed, html, nothing, number } from "./page.js";
import { diskText, inVram, onDisk, vramFreeText, vramText } from "./room.js";

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

/** The first version of the agents' protocol cannot change models. */
const CHANGES_MODELS = 2;

/** As the fleet names its models: without a tag means the latest. */
const tagged = (name) => (/:[^/]*$/.test(name) ? name : `${name}:latest`);

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
    wanted: { state: true },
    chosen: { state: true },
    copied: { state: true },
  };

  #sizesOf = "";

  constructor() {
    super();
    this.sizes = new Map();
    this.where = "all";
    this.wanted = "";
    this.chosen = new Set();
    this.copied = null;
  }

  /** Looks again whenever a model has come that was not there. */
  updated() {
    if (!session.admin) {
      return;
    }
    const names = union(live.state.agents).map((model) => model.name);
    const missing = names.filter((name) => !this.sizes.has(name)).join("\n");
    if (missing && missing !== this.#sizesOf) {
      this.#sizesOf = missing;
      this.#look().catch((error) => (this.problem = error.message));
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
        ${models.length > 0 ? this.#table(models) : this.#none()} ${this.#rooms()} ${session.admin ? this.#copyForm() : nothing}
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
            <input
              name="model"
              required
              autocomplete="off"
              spellcheck="false"
              placeholder="llama3.2:3b"
              @input=${(event) => (this.wanted = event.target.value.trim())}
            />
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
                    (agent) => html`
                      <label class="check">
                        <input
                          type="checkbox"
                          name="agent"
                          value=${agent.id}
                          .checked=${this.chosen.has(agent.id)}
                          @change=${(event) => this.#choose(agent.id, event.target.checked)}
                        />
                        ${agent.name}
                      </label>
                    `,
                  )}
                </div>
              </fieldset>
            `
          : nothing}
        ${this.#needs(tagged(this.wanted))}
      </form>
    `;
  }

  #choose(id, chosen) {
    const others = [...this.chosen].filter((each) => each !== id);
    this.chosen = new Set(chosen ? [...others, id] : others);
  }

  /** The agents that a pull goes to, as the gateway chooses them. */
  #targets() {
    const agents = live.state.agents.filter((agent) => agent.protocol >= CHANGES_MODELS);
    if (this.where === "agents") {
      return agents.filter((agent) => this.chosen.has(agent.id));
    }
    const ready = agents.filter((agent) => !agent.notUsedBecause);
    if (this.where === "all") {
      return ready;
    }
    return ready.filter((agent) =>
      Object.entries(agent.labels ?? {}).some(([key, value]) => this.where === `label:${key}=${value}`),
    );
  }

  /** What a model needs on each agent, against what is free there. */
  #needs(name) {
    const size = this.sizes.get(name) || undefined;
    const targets = this.wanted ? this.#targets() : [];
    const tooSmall = targets.filter((agent) => !agent.models.includes(name) && onDisk(agent, size).kind === "bad");
    const warning = html`
      <p class="notice warn">
        ${name} needs ${bytes(size ?? 0)} on the disk. It does not fit on ${tooSmall.map((agent) => agent.name).join(", ")}.
      </p>
    `;
    return html`
      <div role="status">${tooSmall.length > 0 ? warning : nothing}</div>
      ${targets.length > 0 ? this.#needsTable(name, size, targets) : nothing}
    `;
  }

  #needsTable(name, size, targets) {
    return html`
      <div class="scroll">
        <table class="stacks" id="needs">
          <caption>
            ${size === undefined
              ? `Nobody in the fleet has ${name} yet, so what it needs is unknown`
              : `${name} needs ${bytes(size)}, in memory a little more`}
          </caption>
          <thead>
            <tr>
              <th scope="col">Agent</th>
              <th scope="col" class="number">Disk free</th>
              <th scope="col">On the disk</th>
              <th scope="col" class="number">VRAM free</th>
              <th scope="col">In VRAM</th>
            </tr>
          </thead>
          <tbody>
            ${targets.map((agent) => this.#need(agent, name, size))}
          </tbody>
        </table>
      </div>
    `;
  }

  #need(agent, name, size) {
    const disk = agent.models.includes(name) ? { word: "Has it", kind: "idle" } : onDisk(agent, size);
    const loaded = agent.loaded.some((model) => model.name === name);
    const vram = loaded ? { word: "In memory", kind: "idle" } : inVram(agent, size);
    return html`
      <tr data-agent=${agent.id}>
        <th scope="row">${agent.name}</th>
        <td data-label="Disk free" class="number">${diskText(agent)}</td>
        <td data-label="On the disk"><span class="state ${disk.kind}">${disk.word}</span></td>
        <td data-label="VRAM free" class="number">${vramFreeText(agent)}</td>
        <td data-label="In VRAM"><span class="state ${vram.kind}">${vram.word}</span></td>
      </tr>
    `;
  }

  /** Everybody sees what is free; nobody has to pull for it. */
  #rooms() {
    const agents = live.state.agents;
    return agents.length === 0
      ? nothing
      : html`
          <div class="scroll">
            <table class="stacks" id="rooms">
              <caption>
                Room on the agents' machines
              </caption>
              <thead>
                <tr>
                  <th scope="col">Agent</th>
                  <th scope="col" class="number">Disk free</th>
                  <th scope="col" class="number">VRAM taken by models</th>
                  <th scope="col" class="number">VRAM free</th>
                </tr>
              </thead>
              <tbody>
                ${agents.map(
                  (agent) => html`
                    <tr data-agent=${agent.id}>
                      <th scope="row">${agent.name}</th>
                      <td data-label="Disk free" class="number">${diskText(agent)}</td>
                      <td data-label="VRAM taken by models" class="number">${vramText(agent)}</td>
                      <td data-label="VRAM free" class="number">${vramFreeText(agent)}</td>
                    </tr>
                  `,
                )}
              </tbody>
            </table>
          </div>
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
        <button class="quiet" ?disabled=${this.busy} @click=${() => this.#askForCopy(model)}>
          Copy<span class="visually-hidden"> ${model.name}</span>
        </button>
        <button class="quiet danger" ?disabled=${this.busy} @click=${() => this.#delete(model)}>
          Delete<span class="visually-hidden"> ${model.name}</span>
        </button>
      </div>
    `;
  }

  async #askForCopy(model) {
    this.copied = model;
    await this.updateComplete;
    const dialog = this.querySelector("#copy");
    dialog.querySelector("form").reset();
    dialog.showModal();
  }

  #copyForm() {
    const agents = this.copied?.agents ?? [];
    return html`
      <dialog id="copy" aria-labelledby="copy-title">
        <form @submit=${this.#copy}>
          <h2 id="copy-title">Copy ${this.copied?.name}</h2>
          <label>
            New name
            <input name="to" required autocomplete="off" spellcheck="false" />
            <span class="hint">On ${agents.map((agent) => agent.name).join(", ")}. Both names share what is on the disk.</span>
          </label>
          <div class="row">
            <button class="primary" ?disabled=${this.busy}>Copy</button>
            <button type="button" @click=${(event) => event.target.closest("dialog").close()}>Do not</button>
          </div>
        </form>
      </dialog>
    `;
  }

  #copy(event) {
    event.preventDefault();
    event.target.closest("dialog").close();
    const { name, agents } = this.copied;
    this.#act("copy", { model: name, to: new FormData(event.target).get("to").trim(), agents: agents.map((agent) => agent.id) });
  }

  #delete(model) {
    const names = model.agents.map((agent) => agent.name).join(", ");
    if (confirmed(`Delete ${model.name} from ${names}?`)) {
      this.#act("delete", { model: model.name, agents: model.agents.map((agent) => agent.id) });
    }
  }
}

customElements.define("oo-models", Models);
