/** The shell: signing in, the way between the pages, and the page itself. */

import { LitElement, html, nothing } from "lit";
import { live, session } from "./session.js";
import { sentence } from "./page.js";
import "./page-fleet.js";
import "./page-queue.js";
import "./page-playground.js";
import "./page-models.js";
import "./page-usage.js";
import "./page-keys.js";

const PAGES = [
  { name: "fleet", title: "Fleet", page: () => html`<oo-fleet></oo-fleet>` },
  { name: "queue", title: "Queue", page: () => html`<oo-queue></oo-queue>` },
  { name: "playground", title: "Playground", page: () => html`<oo-playground></oo-playground>` },
  { name: "models", title: "Models", page: () => html`<oo-models></oo-models>` },
  { name: "usage", title: "Usage", page: () => html`<oo-usage></oo-usage>` },
  { name: "keys", title: "Keys", admins: true, page: () => html`<oo-keys></oo-keys>` },
];

class App extends LitElement {
  static properties = { where: { state: true }, problem: { state: true }, asked: { state: true }, busy: { state: true } };

  constructor() {
    super();
    this.where = here();
    this.problem = "";
    this.asked = false;
    this.busy = false;
  }

  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener("hashchange", () => this.#go());
    session.addEventListener("change", () => this.requestUpdate());
    live.addEventListener("change", () => this.requestUpdate());
    this.#begin();
  }

  async #begin() {
    try {
      await session.signIn(session.key);
    } catch (error) {
      this.problem = session.key || error.status !== 401 ? error.message : "";
    }
    this.asked = true;
  }

  async #go() {
    this.where = here();
    await this.updateComplete;
    this.querySelector("main")?.focus();
    window.scrollTo(0, 0);
  }

  async #signIn(event) {
    event.preventDefault();
    this.busy = true;
    this.problem = "";
    try {
      await session.signIn(new FormData(event.target).get("key").trim());
      await this.updateComplete;
      this.querySelector("main")?.focus();
    } catch (error) {
      this.problem = error.message;
    } finally {
      this.busy = false;
    }
  }

  render() {
    if (!this.asked) {
      return nothing;
    }
    return session.signedIn ? this.#shell() : this.#door();
  }

  updated() {
    const page = session.signedIn ? PAGES.find((each) => each.name === this.where) : undefined;
    document.title = `${page?.title ?? "Sign in"} · OllamaOrchestrator`;
  }

  #door() {
    const problem = this.problem || session.ended;
    return html`
      <main class="sign-in">
        <form class="panel" @submit=${this.#signIn}>
          <h1>Sign in</h1>
          <p class="muted">
            With an API key of this gateway. It stays in this tab, and is forgotten when the tab is closed.
          </p>
          <label>
            API key
            <input name="key" type="password" autocomplete="off" spellcheck="false" required autofocus />
          </label>
          <div role="alert">${problem ? html`<p class="notice bad">${sentence(problem)}</p>` : nothing}</div>
          <div><button class="primary" ?disabled=${this.busy}>Sign in</button></div>
        </form>
      </main>
    `;
  }

  #shell() {
    const pages = PAGES.filter((each) => !each.admins || session.admin);
    const current = pages.find((each) => each.name === this.where) ?? pages[0];
    return html`
      <a class="skip" href="#main" @click=${this.#skip}>Skip to the page</a>
      <header class="bar">
        <span class="brand"><img src="icon.svg" alt="" />OllamaOrchestrator</span>
        <nav aria-label="Pages">
          <ul>
            ${pages.map(
              (each) => html`
                <li>
                  <a href="#/${each.name}" aria-current=${each === current ? "page" : nothing}>${each.title}</a>
                </li>
              `,
            )}
          </ul>
        </nav>
        <div class="who">
          <span class="state ${live.connected ? "good" : "warn"}">${live.connected ? "Live" : "Connecting…"}</span>
          ${session.keyless
            ? nothing
            : html`<span>${session.name}</span>
                <button class="quiet" @click=${() => session.signOut()}>Sign out</button>`}
        </div>
      </header>
      <main id="main" tabindex="-1">${current.page()}</main>
    `;
  }

  #skip(event) {
    event.preventDefault();
    this.querySelector("main").focus();
  }
}

function here() {
  return location.hash.replace(/^#\//, "") || PAGES[0].name;
}

customElements.define("oo-app", App);
