import { apiJson } from "./session.js";
import { Page, ago, confirmed, html, nothing } from "./page.js";

const API = "/api/admin/agents";

/** Who may connect as an agent: invited, let in and shut out. A part of the page of keys. */
class AgentTokens extends Page {
  static properties = { ...Page.properties, agents: { state: true }, secret: { state: true } };

  constructor() {
    super();
    this.agents = null;
    this.secret = null;
  }

  connectedCallback() {
    super.connectedCallback();
    this.attempt(() => this.#look());
  }

  async #look() {
    this.agents = (await apiJson(API)).agents;
  }

  render() {
    const valid = this.agents?.filter((agent) => !agent.revoked) ?? [];
    return html`
      <section class="page" aria-labelledby="agent-tokens">
        <div class="head">
          <h2 id="agent-tokens">Agents that may connect</h2>
        </div>
        ${this.notices()} ${this.secret ? this.#told() : nothing}
        ${valid.length > 0
          ? this.#table(valid)
          : html`<p class="muted">None was given a token: agents may connect from this gateway's own machine only.</p>`}
        <form class="panel" @submit=${this.#invite}>
          <div class="fields">
            <label>
              New agent's name
              <input name="agent" required maxlength="64" autocomplete="off" />
            </label>
            <div><button class="primary" ?disabled=${this.busy}>Invite</button></div>
          </div>
          <p class="muted small">
            You get a token that the agent exchanges once, within an hour, for one of its own, by
            <code>ORCHESTRATOR_ENROLMENT_TOKEN</code>.
          </p>
        </form>
      </section>
    `;
  }

  #told() {
    return html`
      <section class="panel" aria-labelledby="enrolment-told" tabindex="-1" id="enrolment">
        <h3 id="enrolment-told">The enrolment token of ${this.secret.name}</h3>
        <p>This is the only time that it is shown.</p>
        <code class="secret">${this.secret.secret}</code>
        <div><button @click=${() => (this.secret = null)}>I have the token</button></div>
      </section>
    `;
  }

  #table(agents) {
    return html`
      <div class="scroll">
        <table class="stacks">
          <caption class="visually-hidden">
            Agents that may connect
          </caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">By</th>
              <th scope="col">Connected</th>
              <th scope="col"><span class="visually-hidden">Acts</span></th>
            </tr>
          </thead>
          <tbody>
            ${agents.map(
              (agent) => html`
                <tr data-token=${agent.name}>
                  <th scope="row">${agent.name}</th>
                  <td data-label="By">${agent.source}${agent.enrolmentExpires ? ", not exchanged yet" : nothing}</td>
                  <td data-label="Connected">${agent.connected ? ago(agent.connected) : "never"}</td>
                  <td class="acts">
                    ${["managed", "enrolment"].includes(agent.source)
                      ? html`
                          <button class="quiet danger" ?disabled=${this.busy} @click=${() => this.#revoke(agent)}>
                            Revoke<span class="visually-hidden"> the agent ${agent.name}</span>
                          </button>
                        `
                      : nothing}
                  </td>
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
    `;
  }

  async #invite(event) {
    event.preventDefault();
    const form = event.target;
    const name = new FormData(form).get("agent").trim();
    const done = await this.attempt(async () => {
      this.secret = await apiJson(`${API}/enrolments`, { method: "POST", body: { name } });
      await this.#look();
    });
    if (done) {
      form.reset();
      await this.updateComplete;
      this.querySelector("#enrolment").focus();
    }
  }

  #revoke(agent) {
    if (confirmed(`Shut out ${agent.name}? Its connection is closed.`)) {
      this.attempt(async () => {
        await apiJson(`${API}/${encodeURIComponent(agent.name)}`, { method: "DELETE" });
        await this.#look();
      }, `${agent.name} is shut out.`);
    }
  }
}

customElements.define("oo-agent-tokens", AgentTokens);
