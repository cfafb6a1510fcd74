import "./agent-tokens.js";
import { session, apiJson } from "./session.js";
import { Page, confirmed, html, nothing, number } from "./page.js";

/** Limits as the form asks for them: a field of the API, what it is called, and whether 0 means none. */
const LIMITS = [
  ["requestsPerMinute", "Requests a minute"],
  ["tokensPerMinute", "Tokens a minute"],
  ["tokensPerDay", "Tokens a day"],
  ["concurrent", "Requests at the same time"],
];

const path = (name) => `/api/admin/keys/${encodeURIComponent(name)}`;

/** API keys: who was given one, and what he may do with it. */
class Keys extends Page {
  static properties = { ...Page.properties, keys: { state: true }, secret: { state: true }, copied: { state: true } };

  constructor() {
    super();
    this.keys = null;
    this.secret = null;
    this.copied = false;
  }

  connectedCallback() {
    super.connectedCallback();
    this.attempt(() => this.#load());
  }

  async #load() {
    this.keys = (await apiJson("/api/admin/keys")).keys;
  }

  render() {
    if (!session.admin) {
      return html`
        <section class="page">
          <h1>Keys</h1>
          <div class="empty">
            <h2>Keys are for administrators</h2>
            <p>Sign in with a key that is an administrator's.</p>
          </div>
        </section>
      `;
    }
    const valid = this.keys?.filter((key) => !key.revoked) ?? [];
    return html`
      <section class="page">
        <div class="head">
          <h1>Keys</h1>
          <button class="primary" @click=${() => this.querySelector("#new-key").showModal()}>New key</button>
        </div>
        ${this.notices()} ${this.secret ? this.#told() : nothing} ${this.keys ? this.#table(valid) : nothing}
        ${this.#form()}
        <oo-agent-tokens></oo-agent-tokens>
      </section>
    `;
  }

  #told() {
    return html`
      <section class="panel" aria-labelledby="told" tabindex="-1" id="secret">
        <h2 id="told">The secret of ${this.secret.name}</h2>
        <p>This is the only time that it is shown. The gateway keeps no more than its hash.</p>
        <code class="secret">${this.secret.secret}</code>
        <div class="row">
          <button class="primary" @click=${this.#copy}>Copy</button>
          <button @click=${() => (this.secret = null)}>I have it</button>
          <span role="status">${this.copied ? "Copied." : nothing}</span>
        </div>
      </section>
    `;
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.secret.secret);
      this.copied = true;
    } catch {
      this.problem = "the browser does not let this page copy: select the secret and copy it yourself";
    }
  }

  #table(keys) {
    return html`
      <div class="scroll">
        <table class="stacks">
          <caption class="visually-hidden">
            Keys that are valid
          </caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">May use</th>
              <th scope="col">Limits</th>
              <th scope="col">Priority</th>
              <th scope="col">Expires</th>
              <th scope="col"><span class="visually-hidden">Acts</span></th>
            </tr>
          </thead>
          <tbody>
            ${keys.map((key) => this.#row(key))}
          </tbody>
        </table>
      </div>
    `;
  }

  #row(key) {
    const limits = LIMITS.filter(([field]) => key[field] > 0).map(
      ([field, title]) => `${number(key[field])} ${title.toLowerCase()}`,
    );
    return html`
      <tr data-key=${key.name}>
        <th scope="row">${key.name} ${key.admin ? html`<span class="chip">administrator</span>` : nothing}</th>
        <td data-label="May use">${key.models?.join(", ") ?? "all models"}</td>
        <td data-label="Limits">${limits.join(", ") || "none"}</td>
        <td data-label="Priority">${key.priority}</td>
        <td data-label="Expires">${key.expires ? new Date(key.expires).toLocaleString("en") : "never"}</td>
        <td class="acts">
          ${key.source === "configuration"
            ? html`<span class="hint small">in the configuration</span>`
            : html`
                <div class="acts-row">
                  <button class="quiet" ?disabled=${this.busy} @click=${() => this.#rotate(key)}>
                    Rotate<span class="visually-hidden"> ${key.name}</span>
                  </button>
                  <button class="quiet danger" ?disabled=${this.busy} @click=${() => this.#revoke(key)}>
                    Revoke<span class="visually-hidden"> ${key.name}</span>
                  </button>
                </div>
              `}
        </td>
      </tr>
    `;
  }

  #form() {
    return html`
      <dialog id="new-key" aria-labelledby="new-key-title">
        <form @submit=${this.#create}>
          <h2 id="new-key-title">New key</h2>
          <label>
            Name
            <input name="name" required maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" autocomplete="off" />
            <span class="hint">Letters, digits, dots, dashes. It is never given out twice.</span>
          </label>
          <label>
            Models
            <input name="models" autocomplete="off" />
            <span class="hint">Separated by commas; <code>llama*</code> for all that begin so. Empty for all.</span>
          </label>
          <fieldset class="fields">
            <legend class="visually-hidden">Limits</legend>
            ${LIMITS.map(
              ([field, title]) => html`
                <label>${title}<input name=${field} type="number" min="0" step="1" placeholder="no limit" /></label>
              `,
            )}
          </fieldset>
          <div class="fields">
            <label>
              Priority
              <select name="priority">
                <option>high</option>
                <option selected>normal</option>
                <option>low</option>
              </select>
            </label>
            <label>Expires<input name="expires" type="datetime-local" /></label>
          </div>
          <label class="check"><input name="admin" type="checkbox" /> An administrator's: it may change keys, agents and models</label>
          <div class="row">
            <button class="primary" ?disabled=${this.busy}>Create</button>
            <button type="button" @click=${(event) => event.target.closest("dialog").close()}>Do not</button>
          </div>
        </form>
      </dialog>
    `;
  }

  async #create(event) {
    event.preventDefault();
    const form = event.target;
    form.closest("dialog").close();
    const asked = new FormData(form);
    const body = { name: asked.get("name"), priority: asked.get("priority"), admin: asked.has("admin") };
    const models = asked.get("models").split(",").map((model) => model.trim()).filter(Boolean);
    if (models.length > 0) {
      body.models = models;
    }
    for (const [field] of LIMITS) {
      if (asked.get(field)) {
        body[field] = Number(asked.get(field));
      }
    }
    if (asked.get("expires")) {
      body.expires = new Date(asked.get("expires")).toISOString();
    }
    if (await this.attempt(() => this.#tell(apiJson("/api/admin/keys", { method: "POST", body })))) {
      form.reset();
    }
  }

  #rotate(key) {
    if (confirmed(`Give ${key.name} a new secret? The old one is worth nothing from then on.`)) {
      this.attempt(() => this.#tell(apiJson(`${path(key.name)}/rotate`, { method: "POST" })));
    }
  }

  #revoke(key) {
    if (confirmed(`Revoke ${key.name}? What it runs ends, and its name is never given out again.`)) {
      this.attempt(async () => {
        await apiJson(path(key.name), { method: "DELETE" });
        await this.#load();
      }, `${key.name} is revoked.`);
    }
  }

  async #tell(answer) {
    this.copied = false;
    this.secret = await answer;
    await this.#load();
    await this.updateComplete;
    this.querySelector("#secret").focus();
  }
}

customElements.define("oo-keys", Keys);
