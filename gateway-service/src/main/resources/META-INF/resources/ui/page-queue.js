import { Page, html } from "./page.js";

customElements.define(
  "oo-queue",
  class extends Page {
    render() {
      return html`<section class="page"><h1>Queue</h1></section>`;
    }
  },
);
