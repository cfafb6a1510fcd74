import { Page, html } from "./page.js";

customElements.define(
  "oo-models",
  class extends Page {
    render() {
      return html`<section class="page"><h1>Models</h1></section>`;
    }
  },
);
