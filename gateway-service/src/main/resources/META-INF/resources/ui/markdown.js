/** A model's text as a page: nothing of it runs, and nothing of it asks anybody for anything. */

import DOMPurify from "dompurify";
import { Marked } from "marked";

const ALLOWED = {
  ALLOWED_TAGS: [
    ...["p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li", "pre", "code"],
    ...["em", "strong", "del", "a", "table", "thead", "tbody", "tr", "th", "td"],
  ],
  ALLOWED_ATTR: ["href", "title", "start", "class"],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  RETURN_DOM_FRAGMENT: true,
};

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escaped = (text) => text.replace(/[&<>"]/g, (char) => ENTITIES[char]);

const marked = new Marked({
  renderer: {
    // A model that writes HTML wants to show it.
    html: ({ text, block }) => (block ? `<p>${escaped(text)}</p>` : escaped(text)),
    image: ({ text, href }) => escaped(text || href),
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
});

/** The largest text that is drawn once more when it is whole. */
const REDRAWN_CHARS_MAX = 100_000;

/** Of the page's time, drawing takes one part and leaves this many. */
const REST_PER_DRAWING = 4;

/**
 * Shows a text that grows. What comes before the last block is drawn once; only the last block is drawn again as it grows,
 * once a frame at most, and the less often the longer that takes.
 */
class Markdown extends HTMLElement {
  #text = "";
  #whole = false;
  #settled = 0;
  #settledPart = document.createElement("div");
  #growingPart = document.createElement("div");
  #waiting = 0;
  #frame = 0;
  #restsUntil = 0;

  connectedCallback() {
    if (!this.firstChild) {
      this.append(this.#settledPart, this.#growingPart);
    }
    this.#drawSoon();
  }

  disconnectedCallback() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#waiting);
    this.#frame = 0;
    this.#waiting = 0;
  }

  /** @param value `{ text, whole }`: the text only ever grows, until it is whole */
  set content({ text, whole }) {
    if (text !== this.#text || whole !== this.#whole) {
      this.#text = text;
      this.#whole = whole;
      this.#drawSoon();
    }
  }

  #drawSoon() {
    if (this.#frame || this.#waiting || !this.isConnected) {
      return;
    }
    this.#waiting = setTimeout(
      () => {
        this.#waiting = 0;
        this.#frame = requestAnimationFrame(() => {
          this.#frame = 0;
          this.#draw();
        });
      },
      Math.max(0, this.#restsUntil - performance.now()),
    );
  }

  #draw() {
    const began = performance.now();
    if (this.#whole && this.#text.length <= REDRAWN_CHARS_MAX) {
      // Parts of a list, or a reference to the end of the text, are understood in the whole only.
      this.#settledPart.replaceChildren(drawn(marked.lexer(this.#text)));
      this.#growingPart.replaceChildren();
      this.#settled = this.#text.length;
    } else {
      const blocks = marked.lexer(this.#text.slice(this.#settled));
      const last = blocks.findLastIndex((block) => block.type !== "space");
      const done = blocks.slice(0, Math.max(0, last));
      if (done.length > 0) {
        this.#settledPart.append(drawn(done));
        this.#settled += done.reduce((length, block) => length + block.raw.length, 0);
      }
      this.#growingPart.replaceChildren(drawn(blocks.slice(Math.max(0, last))));
    }
    const now = performance.now();
    this.#restsUntil = now + (now - began) * REST_PER_DRAWING;
    this.dispatchEvent(new Event("drawn", { bubbles: true }));
  }
}

function drawn(blocks) {
  const fragment = DOMPurify.sanitize(marked.parser(blocks), ALLOWED);
  fragment.querySelectorAll("a[href]").forEach((link) => {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  });
  fragment.querySelectorAll("table").forEach((table) => {
    const scroll = document.createElement("div");
    scroll.className = "scroll";
    scroll.tabIndex = 0;
    table.replaceWith(scroll);
    scroll.append(table);
  });
  fragment.querySelectorAll("pre").forEach(frame);
  return fragment;
}

/** A block of code with its language and a button that copies it. */
function frame(pre) {
  const code = pre.querySelector("code");
  const language = /language-(\S+)/.exec(code?.className ?? "")?.[1] ?? "code";
  const figure = document.createElement("figure");
  figure.className = "code";
  const caption = document.createElement("figcaption");
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "quiet";
  copy.textContent = "Copy";
  copy.addEventListener("click", async () => {
    copy.textContent = (await copied(pre.textContent)) ? "Copied" : "Not copied";
  });
  caption.append(language, copy);
  pre.replaceWith(figure);
  pre.tabIndex = 0;
  figure.append(caption, pre);
}

/** Browsers have a clipboard only for pages that came over TLS or from this machine. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

customElements.define("oo-markdown", Markdown);
