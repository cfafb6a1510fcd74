import { Page, html } from "./page.js";

customElements.define(
  "oo-usage",
  class extends Page {
    render() {
      return html`<section class="page"><h1>Usage</h1></section>`;
    }
  },
);
