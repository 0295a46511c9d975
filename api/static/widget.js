// <gongwen-ask> puts the archive's question box into another page. Nothing is loaded from elsewhere.
//   <script src="http://HOST:PORT/widget.js"></script>
//   <gongwen-ask question="全局有多少公职律师"></gongwen-ask>
// Attributes: question (asked at once), collection, server (default: where this script came from).
(() => {
  const origin = new URL(document.currentScript.src).origin;
  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host { display: block; font: 1rem/1.6 system-ui, sans-serif; }
    form { display: flex; gap: .5em; }
    input { flex: 1; min-width: 0; font: inherit; padding: .35em .6em; }
    button { font: inherit; padding: .35em 1em; }
    ul { padding-left: 1.2em; }
    .text { font-size: 1.6em; margin: .5em 0 .2em; white-space: pre-line; }
    blockquote { margin: .3em 0; padding: .4em .8em; border-left: 3px solid #9b1c1c; white-space: pre-line; }
    .from { font-size: .85em; }
    .problem { color: #9b1c1c; }
  `);
  const make = (tag, cls, text) => {
    const node = document.createElement(tag);
    if (cls) node.className = cls;
    if (text) node.textContent = text;
    return node;
  };

  class GongwenAsk extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [style];
      this.form = make("form");
      this.input = make("input");
      this.input.type = "search";
      this.input.maxLength = 1000;
      this.input.required = true;
      this.input.setAttribute("aria-label", "问题 / question");
      this.button = make("button", "", "提问");
      this.output = make("div");
      this.output.setAttribute("aria-live", "polite");
      this.form.append(this.input, this.button);
      root.append(this.form, this.output);
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.ask(this.input.value);
      });
      const question = this.getAttribute("question");
      if (question) {
        this.input.value = question;
        this.ask(question);
      }
    }

    get server() {
      return this.getAttribute("server") || origin;
    }

    async ask(question) {
      const turn = (this.turn = (this.turn || 0) + 1);
      this.button.disabled = true;
      try {
        const answer = await this.fetchAnswer(question);
        if (turn === this.turn) this.output.replaceChildren(...this.render(answer));
      } catch (error) {
        if (turn === this.turn) this.output.replaceChildren(make("p", "problem", error.message));
      } finally {
        if (turn === this.turn) this.button.disabled = false;
      }
    }

    async fetchAnswer(question) {
      const body = { question };
      const collection = this.getAttribute("collection");
      if (collection) body.filters = { collection };
      let response;
      try {
        response = await fetch(new URL("/v1/ask", this.server), {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        });
      } catch {
        throw new Error("无法连接档案服务，或本页面不在其允许的来源之列。 The archive cannot be reached, or does not allow this page's origin.");
      }
      const content = await response.json();
      if (!response.ok) throw new Error(content.detail || content.title);
      return content;
    }

    render(answer) {
      const [citation] = answer.citations;
      const nodes = [];
      if (answer.verdict) nodes.push(make("p", "text", answer.verdict === "yes" ? "是 · yes" : "否 · no"));
      if (answer.kind === "series") {
        answer.sides.forEach((side, at) => nodes.push(make("p", "text", `${side}：${answer.items[at]}`)));
        answer.computed.forEach((each) => nodes.push(make("p", "from", this.computed(each))));
      } else if (answer.items.length > 1) {
        const list = make("ul", "text");
        list.append(...answer.items.map((item) => make("li", "", item)));
        nodes.push(list);
      } else if (!citation || answer.text !== citation.quote) {
        nodes.push(make("p", "text", answer.text));
      }
      if (answer.kind === "refusal" && answer.alternatives.length) nodes.push(make("p", "from", "最接近的段落 · nearest passages"));
      const shown = answer.kind === "refusal" ? answer.alternatives : answer.citations;
      for (const each of shown) {
        const from = make("p", "from");
        const link = make("a", "", each.title);
        link.href = new URL(each.url, this.server);
        link.target = "_blank";
        link.rel = "noopener";
        from.append(link, ...(each.path.length ? [" › " + each.path.join(" › ")] : []));
        nodes.push(make("blockquote", "", each.quote), from);
      }
      return nodes;
    }

    computed({ name, value, unit, bound, printed, agrees }) {
      const label = { difference: "差 · difference", change: "变化 · change" }[name];
      const sign = Number(value) > 0 ? "+" : "";
      const text = printed && `；${agrees ? "与原文一致 · as printed" : "与原文不符 · the text differs"}：${printed}`;
      return `${label}：${bound === "about" ? "≈ " : ""}${sign}${value}${unit}（计算得出 · computed${text}）`;
    }
  }
  if (!customElements.get("gongwen-ask")) customElements.define("gongwen-ask", GongwenAsk);
})();
