import { live, session, apiJson } from "./session.js";
import { Page, bytes, duration, html, nothing, number } from "./page.js";
import { diskText, vramText } from "./room.js";

/** How an agent fares, in one word and a colour; the first that holds. */
function stateOf(agent) {
  if (agent.held) {
    return { word: agent.active > 0 ? "Draining" : "Drained", kind: "warn" };
  }
  if (agent.ollama === "down") {
    return { word: "Ollama down", kind: "bad" };
  }
  if (agent.notUsedBecause) {
    return { word: "Not used", kind: "warn" };
  }
  if (agent.aside) {
    return { word: "Failed lately", kind: "warn" };
  }
  return agent.active > 0 ? { word: "Busy", kind: "good" } : { word: "Idle", kind: "idle" };
}

/** The machines, as they are at this moment. */
class Fleet extends Page {
  #clock;

  connectedCallback() {
    super.connectedCallback();
    this.#clock = setInterval(() => this.requestUpdate(), 1000);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#clock);
  }

  render() {
    const agents = live.state.agents;
    const slots = agents.reduce((sum, agent) => sum + agent.slots, 0);
    const taken = agents.reduce((sum, agent) => sum + agent.active, 0);
    return html`
      <section class="page">
        <div class="head">
          <h1>Fleet</h1>
          <dl class="figures">
            <div><dt>Agents</dt><dd>${number(agents.length)}</dd></div>
            <div><dt>Slots taken</dt><dd>${number(taken)} of ${number(slots)}</dd></div>
            <div><dt>Waiting</dt><dd>${number(live.state.queue.waiting)}</dd></div>
          </dl>
        </div>
        ${live.state.queue.draining
          ? html`<p class="notice warn">This gateway is draining: it takes no new requests.</p>`
          : nothing}
        ${this.notices()}
        ${agents.length > 0
          ? html`<ul class="cards">${agents.map((agent) => this.#card(agent))}</ul>`
          : live.connected
            ? this.#none()
            : html`<p class="muted">Looking…</p>`}
      </section>
    `;
  }

  #none() {
    return html`
      <div class="empty">
        <h2>No agent is connected</h2>
        <p>
          Start one beside an Ollama, and tell it where this gateway is, by
          <code>SERVER_WS_URL=ws://this-machine:8081</code>. It appears here by itself.
        </p>
      </div>
    `;
  }

  #card(agent) {
    const state = stateOf(agent);
    const loaded = agent.loaded.map((model) => model.name);
    return html`
      <li class="card" data-agent=${agent.id}>
        <header>
          <h2>${agent.name}</h2>
          <span class="state ${state.kind}">${state.word}</span>
        </header>
        ${agent.notUsedBecause ? html`<p class="small muted">Gets no jobs: ${agent.notUsedBecause}.</p>` : nothing}
        <div>
          <div class="row small">
            <span>${agent.active} of ${agent.slots} ${agent.slots === 1 ? "slot" : "slots"} taken</span>
          </div>
          <progress max=${Math.max(1, agent.slots)} .value=${agent.active} aria-label="Slots taken"></progress>
        </div>
        <dl class="facts">
          <dt>Tokens a second</dt>
          <dd>${agent.tokensPerSecond === undefined ? "–" : number(agent.tokensPerSecond)}</dd>
          <dt>First token after</dt>
          <dd>${agent.firstTokenMs === undefined ? "–" : `${(agent.firstTokenMs / 1000).toFixed(2)} s`}</dd>
          <dt>VRAM taken by models</dt>
          <dd>${vramText(agent)}</dd>
          <dt>Disk free</dt>
          <dd>${diskText(agent)}</dd>
          <dt>Ollama</dt>
          <dd>${agent.ollamaVersion ?? "unknown"}</dd>
          <dt>Agent</dt>
          <dd>${agent.version ?? `protocol ${agent.protocol}`}</dd>
          ${Object.entries(agent.labels ?? {}).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
        </dl>
        ${agent.anyModel ? html`<p class="small muted">Takes any model.</p>` : this.#models(agent, loaded)}
        <footer>
          <span class="small muted">${agent.lastSeen === undefined ? "not seen" : `seen ${duration(Date.now() - agent.lastSeen)} ago`}</span>
          ${session.admin ? this.#acts(agent) : nothing}
        </footer>
      </li>
    `;
  }

  #models(agent, loaded) {
    const cold = agent.models.filter((model) => !loaded.includes(model) && !agent.loading.includes(model));
    return html`
      <ul class="chips" aria-label="Models">
        ${agent.loaded.map(
          (model) => html`
            <li class="chip loaded">${model.name} · in memory${model.vram ? ` · ${bytes(model.vram)} VRAM` : nothing}</li>
          `,
        )}
        ${agent.loading.map((model) => html`<li class="chip loaded">${model} · loading…</li>`)}
        ${cold.slice(0, 12).map((model) => html`<li class="chip">${model}</li>`)}
        ${cold.length > 12 ? html`<li class="chip">and ${cold.length - 12} more</li>` : nothing}
        ${agent.models.length === 0 ? html`<li class="small muted">It has no models yet.</li>` : nothing}
      </ul>
    `;
  }

  #acts(agent) {
    const act = agent.held ? "resume" : "drain";
    const told = agent.held ? `${agent.name} takes jobs again.` : `${agent.name} ends what it has, and gets no more jobs.`;
    return html`
      <button
        class="quiet"
        ?disabled=${this.busy}
        @click=${() =>
          this.attempt(() => apiJson(`/api/admin/agents/${encodeURIComponent(agent.id)}/${act}`, { method: "POST" }), told)}
      >
        ${agent.held ? "Resume" : "Drain"}<span class="visually-hidden"> ${agent.name}</span>
      </button>
    `;
  }
}

customElements.define("oo-fleet", Fleet);
