import { Page, html } from "./page.js";

customElements.define(
  "oo-fleet",
  class extends Page {
    render() {
      return html`<section class="page"><h1>Fleet</h1></section>`;
    }
  },
);
