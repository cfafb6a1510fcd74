import { Page, html } from "./page.js";

customElements.define(
  "oo-keys",
  class extends Page {
    render() {
      return html`<section class="page"><h1>Keys</h1></section>`;
    }
  },
);
