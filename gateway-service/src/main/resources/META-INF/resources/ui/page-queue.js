import { live, session, apiJson } from "./session.js";
import { Page, duration, html, nothing, number } from "./page.js";

const STATES = {
  waiting: { word: "Waiting", kind: "warn" },
  started: { word: "Started", kind: "idle" },
  answering: { word: "Answering", kind: "good" },
};

/** What runs and what waits: for whom, since when, and how long yet. */
class Queue extends Page {
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
    const { jobs, queue } = live.state;
    const all = session.admin || session.keyless;
    return html`
      <section class="page">
        <div class="head">
          <h1>Queue</h1>
          <dl class="figures">
            <div><dt>Running</dt><dd>${number(queue.running)}</dd></div>
            <div><dt>Waiting</dt><dd>${number(queue.waiting)}</dd></div>
          </dl>
        </div>
        ${all ? nothing : html`<p class="lead">You see the requests of your own key, ${session.name}.</p>`}
        ${this.notices()} ${jobs.length > 0 ? this.#table(jobs) : this.#none(all)}
        ${queue.yours > queue.shown
          ? html`<p class="muted">and ${number(queue.yours - queue.shown)} more that are not shown.</p>`
          : nothing}
      </section>
    `;
  }

  #none(all) {
    return html`
      <div class="empty">
        <h2>${all ? "Nothing runs and nothing waits" : "None of your requests runs or waits"}</h2>
        <p>Ask a model something in the <a href="#/playground">playground</a>, or send a request to this address.</p>
      </div>
    `;
  }

  #table(jobs) {
    return html`
      <div class="scroll">
        <table class="stacks">
          <caption class="visually-hidden">
            Requests that run or wait
          </caption>
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Model</th>
              <th scope="col">Key</th>
              <th scope="col">Agent</th>
              <th scope="col" class="number">For</th>
              <th scope="col" class="number">Its turn</th>
              <th scope="col"><span class="visually-hidden">Acts</span></th>
            </tr>
          </thead>
          <tbody>
            ${jobs.map((job) => this.#row(job))}
          </tbody>
        </table>
      </div>
    `;
  }

  #row(job) {
    const state = STATES[job.state];
    const waits = job.state === "waiting";
    return html`
      <tr data-job=${job.id}>
        <td data-label="State"><span class="state ${state.kind}">${state.word}</span></td>
        <th scope="row">${job.model} <span class="hint small">${job.operation}</span></th>
        <td data-label="Key">${job.key}${job.priority === "normal" ? nothing : ` (${job.priority})`}</td>
        <td data-label="Agent">${job.agent ?? "–"}</td>
        <td data-label="For" class="number">${duration(Date.now() - job.since)}</td>
        <td data-label="Its turn" class="number">
          ${waits ? `no. ${job.order}, in about ${duration(job.expectedMs)}` : "now"}
        </td>
        <td class="acts">
          <button class="quiet danger" ?disabled=${this.busy} @click=${() => this.#cancel(job)}>
            Cancel<span class="visually-hidden"> ${job.model} of ${job.key}</span>
          </button>
        </td>
      </tr>
    `;
  }

  #cancel(job) {
    return this.attempt(
      () => apiJson(`/api/jobs/${encodeURIComponent(job.id)}`, { method: "DELETE" }),
      "The request is cancelled: its client is told so, and its agent stops.",
    );
  }
}

customElements.define("oo-queue", Queue);
