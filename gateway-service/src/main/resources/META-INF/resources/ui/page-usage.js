import { session, apiJson } from "./session.js";
import { Page, duration, html, nothing, number } from "./page.js";
import { color, onSchemeChange, series } from "./theme.js";

const SPANS = {
  "24 hours": { days: 1, step: "hour" },
  "7 days": { days: 7, step: "day" },
  "30 days": { days: 30, step: "day" },
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** So many have a colour of their own; the rest is one. */
const NAMED_MAX = 5;
const REST = "all others";

/** Names by their tokens, the most first, and what each used in each step. */
function sums(usage) {
  const byName = new Map();
  for (const used of usage) {
    const name = used.name ?? "no agent";
    const sum = byName.get(name) ?? {
      name,
      requests: 0,
      failed: 0,
      promptTokens: 0,
      answerTokens: 0,
      durationMs: 0,
      steps: new Map(),
    };
    for (const field of ["requests", "failed", "promptTokens", "answerTokens", "durationMs"]) {
      sum[field] += used[field];
    }
    const at = Date.parse(used.at);
    sum.steps.set(at, (sum.steps.get(at) ?? 0) + used.promptTokens + used.answerTokens);
    byName.set(name, sum);
  }
  const tokens = (sum) => sum.promptTokens + sum.answerTokens;
  return [...byName.values()].sort((one, other) => tokens(other) - tokens(one));
}

/** What was used, as bars and as a table. */
class Usage extends Page {
  static properties = { ...Page.properties, by: { state: true }, span: { state: true }, report: { state: true } };

  #chart = null;
  #echarts = null;
  #ends = [];

  constructor() {
    super();
    this.by = "model";
    this.span = "7 days";
    this.report = null;
  }

  connectedCallback() {
    super.connectedCallback();
    const resized = new ResizeObserver(() => this.#chart?.resize());
    resized.observe(this);
    this.#ends = [onSchemeChange(() => this.#draw()), () => resized.disconnect()];
    this.#load();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#ends.forEach((end) => end());
    this.#chart?.dispose();
    this.#chart = null;
  }

  async #load() {
    const { days, step } = SPANS[this.span];
    const to = new Date();
    const from = new Date(to - days * DAY_MS);
    const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString(), by: this.by, step });
    await this.attempt(async () => {
      this.report = await apiJson(`/api/usage?${query}`);
      this.#echarts ??= await import("echarts");
    });
  }

  /** The page is rendered with each change of the fleet; the chart only when there is another report. */
  updated(changed) {
    if (changed.has("report") || !this.#chart || !this.querySelector(".chart")) {
      this.#draw();
    }
  }

  #draw() {
    const place = this.querySelector(".chart");
    if (!place || !this.#echarts) {
      this.#chart?.dispose();
      this.#chart = null;
      return;
    }
    this.#chart ??= this.#echarts.init(place, null, { renderer: "canvas" });
    this.#chart.setOption(this.#option(sums(this.report.usage)), true);
  }

  #option(all) {
    const stepMs = this.report.step === "hour" ? DAY_MS / 24 : DAY_MS;
    const first = Math.floor(Date.parse(this.report.from) / stepMs) * stepMs;
    const steps = [];
    for (let at = first; at < Date.parse(this.report.to); at += stepMs) {
      steps.push(at);
    }
    const shown = all.slice(0, NAMED_MAX).map((sum) => ({ name: sum.name, of: (at) => sum.steps.get(at) ?? 0 }));
    const rest = all.slice(NAMED_MAX);
    if (rest.length > 0) {
      shown.push({ name: REST, of: (at) => rest.reduce((total, sum) => total + (sum.steps.get(at) ?? 0), 0) });
    }
    const label = new Intl.DateTimeFormat(
      "en",
      this.report.step === "hour" ? { hour: "2-digit", hourCycle: "h23", timeZone: "UTC" } : { day: "numeric", month: "short", timeZone: "UTC" },
    );
    const text = { color: color("muted"), fontFamily: "system-ui, sans-serif" };
    return {
      animation: false,
      color: series(),
      grid: { left: 8, right: 8, top: 64, bottom: 8, containLabel: true },
      legend: { type: "scroll", left: 0, textStyle: text },
      // A tooltip of HTML would want styles that the page's policy forbids.
      tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
      xAxis: {
        type: "category",
        data: steps.map((at) => label.format(at)),
        axisLabel: text,
        axisLine: { lineStyle: { color: color("line") } },
      },
      yAxis: {
        type: "value",
        name: "tokens",
        nameTextStyle: text,
        axisLabel: text,
        splitLine: { lineStyle: { color: color("line") } },
      },
      series: shown.map(({ name, of }) => ({ type: "bar", stack: "tokens", name, barMaxWidth: 48, data: steps.map(of) })),
    };
  }

  render() {
    return html`
      <section class="page">
        <div class="head">
          <h1>Usage</h1>
          ${session.admin || session.keyless ? nothing : html`<p class="lead">What your key, ${session.name}, has used.</p>`}
        </div>
        <form class="row" @change=${this.#choose} @submit=${(event) => event.preventDefault()}>
          <label>
            By
            <select name="by">
              ${["model", "key", "agent"].map((by) => html`<option ?selected=${by === this.by}>${by}</option>`)}
            </select>
          </label>
          <label>
            Within
            <select name="span">
              ${Object.keys(SPANS).map((span) => html`<option ?selected=${span === this.span}>${span}</option>`)}
            </select>
          </label>
        </form>
        ${this.notices()} ${this.report ? this.#report() : nothing}
      </section>
    `;
  }

  #choose(event) {
    const chosen = new FormData(event.currentTarget);
    this.by = chosen.get("by");
    this.span = chosen.get("span");
    this.#load();
  }

  #report() {
    const all = sums(this.report.usage);
    if (all.length === 0) {
      return html`
        <div class="empty">
          <h2>Nothing was used within ${this.span}</h2>
          <p>Each request is counted when it has its end, a second or two later.</p>
        </div>
      `;
    }
    return html`
      <div class="panel"><div class="chart" role="img" aria-label="Tokens by ${this.by}; the table below has the figures"></div></div>
      <div class="scroll">
        <table class="stacks">
          <caption>
            Within ${this.span}, by ${this.by}; days and hours are those of UTC
          </caption>
          <thead>
            <tr>
              <th scope="col">${this.by[0].toUpperCase() + this.by.slice(1)}</th>
              <th scope="col" class="number">Requests</th>
              <th scope="col" class="number">Failed</th>
              <th scope="col" class="number">Prompt tokens</th>
              <th scope="col" class="number">Answer tokens</th>
              <th scope="col" class="number">Time in all</th>
            </tr>
          </thead>
          <tbody>
            ${all.map(
              (sum) => html`
                <tr>
                  <th scope="row">${sum.name}</th>
                  <td data-label="Requests" class="number">${number(sum.requests)}</td>
                  <td data-label="Failed" class="number">${number(sum.failed)}</td>
                  <td data-label="Prompt tokens" class="number">${number(sum.promptTokens)}</td>
                  <td data-label="Answer tokens" class="number">${number(sum.answerTokens)}</td>
                  <td data-label="Time in all" class="number">${duration(sum.durationMs)}</td>
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
      ${this.report.cut ? html`<p class="notice warn">There is more than is shown: choose a shorter time.</p>` : nothing}
    `;
  }
}

customElements.define("oo-usage", Usage);
