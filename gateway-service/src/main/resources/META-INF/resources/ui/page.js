/** What all pages have in common: one look, updates from the live stream, and errors that are told. */

import { LitElement, html, nothing } from "lit";
import { live, session } from "./session.js";

export { html, nothing };

export class Page extends LitElement {
  static properties = { problem: { state: true }, told: { state: true }, busy: { state: true } };

  #update = () => this.requestUpdate();

  /** In a constructor, here and in the pages: a field of the class would hide lit's own property. */
  constructor() {
    super();
    this.problem = "";
    this.told = "";
    this.busy = false;
  }

  /** Without a shadow: theme.css is one, for all pages. */
  createRenderRoot() {
    return this;
  }

  connectedCallback() {
    super.connectedCallback();
    live.addEventListener("change", this.#update);
    session.addEventListener("change", this.#update);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    live.removeEventListener("change", this.#update);
    session.removeEventListener("change", this.#update);
  }

  /** Does it, shows what went wrong, and tells what went well; returns whether it went well. */
  async attempt(work, told = "") {
    this.problem = "";
    this.told = "";
    this.busy = true;
    try {
      await work();
      this.told = told;
      return true;
    } catch (error) {
      this.problem = error.message;
      return false;
    } finally {
      this.busy = false;
    }
  }

  notices() {
    return html`
      <div role="alert">${this.problem ? html`<p class="notice bad">${sentence(this.problem)}</p>` : nothing}</div>
      <div role="status">${this.told ? html`<p class="notice">${this.told}</p>` : nothing}</div>
    `;
  }
}

/** The gateway's messages go on from something; here they stand alone. */
export function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");
}

/** Asks before what cannot be undone, in the browser's own modal dialog. */
export function confirmed(question) {
  return window.confirm(question);
}

const NUMBER = new Intl.NumberFormat("en");
const BYTES = ["B", "KB", "MB", "GB", "TB"];

export function number(value) {
  return NUMBER.format(value);
}

export function bytes(value) {
  let unit = 0;
  let left = value;
  while (left >= 1000 && unit < BYTES.length - 1) {
    left /= 1000;
    unit++;
  }
  return `${left >= 100 || unit === 0 ? Math.round(left) : left.toFixed(1)} ${BYTES[unit]}`;
}

export function duration(millis) {
  const seconds = Math.max(0, Math.round(millis / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function ago(instant) {
  return `${duration(Date.now() - Date.parse(instant))} ago`;
}
