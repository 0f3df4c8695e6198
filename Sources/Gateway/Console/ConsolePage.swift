// The console that `GET /` answers with: one page, no other asset, so that it works without a network and under a policy
// that lets nothing in but itself (https://www.w3.org/TR/CSP3/). The page speaks to the API like any client.

package struct ConsolePage: Sendable {
    /// The HTML, complete.
    package let body: [UInt8]
    /// What to send as `Content-Security-Policy`: admits exactly this rendering's script and style.
    package let contentSecurityPolicy: String

    package static let contentType = "text/html; charset=utf-8"

    /// The page under a nonce of its own; answer it with `Cache-Control: no-store`.
    package static func render() -> ConsolePage {
        var generator = SystemRandomNumberGenerator()
        var nonce = ""
        for _ in 0..<2 {
            let digits = String(UInt64.random(in: .min ... .max, using: &generator), radix: 16)
            nonce += String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }
        var body: [UInt8] = []
        body.reserveCapacity(pieces.reduce(0) { $0 + $1.count } + 128)
        for (index, piece) in pieces.enumerated() {
            if index > 0 { body.append(contentsOf: nonce.utf8) }
            body.append(contentsOf: piece)
        }
        let policy =
            "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        return ConsolePage(body: body, contentSecurityPolicy: policy)
    }

    /// The page between the places where the nonce stands.
    private static let pieces: [[UInt8]] = {
        let marker = Array("{{nonce}}".utf8)
        let bytes = Array(html.utf8)
        var pieces: [[UInt8]] = []
        var start = 0
        var index = 0
        while index + marker.count <= bytes.count {
            if bytes[index] == marker[0], bytes[index..<index + marker.count].elementsEqual(marker) {
                pieces.append(Array(bytes[start..<index]))
                index += marker.count
                start = index
            } else {
                index += 1
            }
        }
        pieces.append(Array(bytes[start...]))
        return pieces
    }()

    private static let html = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <title>Perigee</title>
        <style nonce="{{nonce}}">
        :root {
          color-scheme: light dark;
          --back: #f6f7fb; --pane: #ffffff; --line: #e2e5ee; --text: #1d2230; --dim: #6b7386; --accent: #4f5bd5; --over: #eef0fb;
          --name: #1f4fa3; --key: #8a2fa8; --string: #237a3b; --number: #b3550b; --note: #8b93a7; --match: #d9ddfb; --bad: #c02a37;
          --mono: ui-monospace, "SF Mono", "Cascadia Code", "JetBrains Mono", Menlo, Consolas, monospace;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --back: #12141b; --pane: #191c26; --line: #2a2f3d; --text: #dfe3ee; --dim: #8d96ab; --accent: #8b95ff; --over: #242a3c;
            --name: #8db4ff; --key: #d59cf0; --string: #8fd19e; --number: #f0a868; --note: #6d768c; --match: #39406b; --bad: #ff7b86;
          }
        }
        * { box-sizing: border-box; }
        html, body { height: 100%; margin: 0; }
        body { display: flex; flex-direction: column; background: var(--back); color: var(--text); font: 14px/1.45 system-ui, sans-serif; }
        button, input, textarea { font: inherit; color: inherit; background: none; border: 0; padding: 0; }
        button { cursor: pointer; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; border-radius: 4px; }
        header { display: flex; align-items: center; gap: 8px; padding: 8px 14px; }
        header svg { width: 24px; height: 24px; color: var(--accent); }
        h1 { font-size: 16px; font-weight: 650; margin: 0 6px 0 0; letter-spacing: .01em; }
        #endpoint { color: var(--dim); font: 12px var(--mono); flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .push { padding: 5px 12px; border-radius: 7px; border: 1px solid var(--line); background: var(--pane); }
        .push:hover { background: var(--over); }
        #run { background: var(--accent); border-color: var(--accent); color: var(--pane); font-weight: 600; min-width: 84px; }
        #run:hover { filter: brightness(1.08); }
        main { flex: 1; min-height: 0; display: flex; gap: 0; padding: 0 10px 10px; }
        .pane { background: var(--pane); border: 1px solid var(--line); border-radius: 10px; display: flex; flex-direction: column; min-width: 0; min-height: 0; overflow: hidden; }
        #schema { width: 300px; flex: none; margin-right: 10px; }
        body.plain #schema { display: none; }
        #left { flex: 1 1 50%; }
        #right { flex: 1 1 50%; }
        #split { width: 10px; flex: none; cursor: col-resize; touch-action: none; }
        .bar { display: flex; align-items: center; gap: 14px; padding: 7px 12px; border-bottom: 1px solid var(--line); color: var(--dim); font-size: 12px; min-height: 36px; }
        .bar .grow { flex: 1; }
        .bar button[aria-selected] { padding: 2px 0; border-bottom: 2px solid transparent; }
        .bar button[aria-selected=true] { color: var(--text); border-color: var(--accent); }
        .editor { position: relative; display: flex; flex: 1; min-height: 0; overflow: auto; font: 13px/1.55 var(--mono); tab-size: 2; }
        .editor .lines { position: sticky; left: 0; z-index: 1; margin: 0; padding: 10px 10px 10px 14px; text-align: right; color: var(--note); background: var(--pane); user-select: none; font: inherit; min-width: 44px; height: max-content; min-height: 100%; }
        .editor .code { position: relative; flex: 1; height: max-content; min-height: 100%; min-width: max-content; }
        .editor pre.paint { margin: 0; padding: 10px 14px 10px 2px; font: inherit; white-space: pre; pointer-events: none; min-height: 100%; }
        .editor textarea { position: absolute; inset: 0; width: 100%; height: 100%; padding: 10px 14px 10px 2px; resize: none; overflow: hidden; white-space: pre; color: transparent; caret-color: var(--text); outline: none; }
        .editor textarea::placeholder { color: var(--note); }
        .editor textarea::selection { background: color-mix(in srgb, var(--accent) 30%, transparent); }
        #lower { flex: 0 0 30%; border-top: 1px solid var(--line); display: flex; flex-direction: column; min-height: 0; }
        #result { margin: 0; padding: 10px 14px; flex: 1; overflow: auto; font: 13px/1.55 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; outline-offset: -3px; }
        .k { color: var(--key); } .n { color: var(--name); } .s { color: var(--string); } .d { color: var(--number); } .c { color: var(--note); font-style: italic; } .m { background: var(--match); border-radius: 2px; } .bad { color: var(--bad); }
        #search { flex: 1; outline: none; font-size: 13px; color: var(--text); min-width: 0; }
        #tree { flex: 1; overflow: auto; padding: 4px 14px 14px; font-size: 13px; }
        #tree h2 { font: 600 13px var(--mono); margin: 14px 0 4px; overflow-wrap: anywhere; }
        #tree p { margin: 2px 0 6px; color: var(--dim); font-size: 12px; }
        #tree .row { padding: 3px 0; font: 12.5px/1.5 var(--mono); overflow-wrap: anywhere; }
        #tree .arg { padding-left: 14px; }
        #tree .field { color: var(--name); text-align: left; }
        #tree .type { color: var(--number); }
        #tree .field:hover, #tree .type:hover, #back:hover { text-decoration: underline; }
        #past { position: absolute; right: 14px; top: 46px; z-index: 5; width: min(460px, 92vw); max-height: 60vh; overflow: auto; box-shadow: 0 12px 40px rgb(0 0 0 / .25); }
        #past button { display: block; width: 100%; text-align: left; padding: 7px 12px; font: 12px/1.4 var(--mono); white-space: nowrap; overflow: hidden; text-overflow: ellipsis; border-bottom: 1px solid var(--line); flex: none; }
        #past button:hover { background: var(--over); }
        #past time { color: var(--note); margin-right: 10px; }
        [hidden] { display: none !important; }
        @media (max-width: 860px) {
          main { flex-direction: column; gap: 10px; overflow: auto; } .pane { flex: none !important; } #schema { width: auto; margin: 0; height: 40vh; } #left, #right { min-height: 60vh; } #split { display: none; }
        }
        </style>
        </head>
        <body>
        <header>
          <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6" aria-hidden="true"><ellipse cx="12" cy="12" rx="10.5" ry="5.5" transform="rotate(-32 12 12)"/><circle cx="9.6" cy="13.5" r="3" fill="currentColor" stroke="none"/><circle cx="4.2" cy="17.6" r="1.5" fill="currentColor" stroke="none"/></svg>
          <h1>Perigee</h1>
          <span id="endpoint"></span>
          <button class="push" id="toggle" aria-pressed="true">Schema</button>
          <button class="push" id="history" aria-expanded="false">History</button>
          <button class="push" id="run" title="Ctrl-Enter">Run ▶</button>
        </header>
        <div class="pane" id="past" hidden></div>
        <main>
          <section class="pane" id="schema" aria-label="Schema">
            <div class="bar"><button id="back" hidden>‹ back</button><input id="search" type="search" placeholder="Search types and fields" aria-label="Search the schema"><button id="reload" title="Read the schema again">↻</button></div>
            <div id="tree"></div>
          </section>
          <section class="pane" id="left" aria-label="Request">
            <div class="editor" id="query"></div>
            <div id="lower">
              <div class="bar" role="tablist"><button role="tab" id="tab-variables" aria-selected="true">Variables</button><button role="tab" id="tab-headers" aria-selected="false">Headers</button></div>
              <div class="editor" id="variables"></div>
              <div class="editor" id="headers" hidden></div>
            </div>
          </section>
          <div id="split" aria-hidden="true"></div>
          <section class="pane" id="right" aria-label="Result">
            <div class="bar"><span id="status">Ctrl-Enter runs the query</span><span class="grow"></span><button id="copy" hidden>Copy</button></div>
            <pre id="result" tabindex="0" aria-live="polite"></pre>
          </section>
        </main>
        <script nonce="{{nonce}}">
        "use strict";
        const $ = id => document.getElementById(id);
        const endpoint = new URL("v1/graphql", location.href).href;
        // Storage may be switched off; the page works without.
        const remember = (store, key, value) => { try { store.setItem("perigee." + key, value); } catch {} };
        const recall = (store, key) => { try { return store.getItem("perigee." + key); } catch { return null; } };
        const make = (tag, className, text) => {
          const node = document.createElement(tag);
          if (className) node.className = className;
          if (text !== undefined) node.textContent = text;
          return node;
        };

        // Colours: one scanner for GraphQL and JSON, which share strings, numbers and punctuation.
        const tokens = /(#[^\n]*)|("""[\s\S]*?(?:"""|$)|"(?:[^"\\\n]|\\.)*"?)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([@$]?[A-Za-z_]\w*)|([\s\S])/g;
        const words = new Set(["query", "mutation", "subscription", "fragment", "on", "true", "false", "null"]);
        function paint(into, text, marks = []) {
          const parts = document.createDocumentFragment();
          let plain = "";
          const flush = () => { if (plain) { parts.append(plain); plain = ""; } };
          for (const token of text.matchAll(tokens)) {
            const [whole, comment, string, number, name] = token;
            let kind = comment ? "c" : number ? "d" : name ? (words.has(name) || "@$".includes(name[0]) ? "k" : "n") : "";
            if (string) kind = /^\s*:/.test(text.slice(token.index + whole.length, token.index + whole.length + 8)) ? "n" : "s";
            if (marks.includes(token.index)) kind = "m";
            if (!kind) { plain += whole; continue; }
            flush();
            parts.append(make("span", kind, whole));
          }
          flush();
          into.replaceChildren(parts);
        }

        // A text area over its own painted text: the browser keeps undo, selection and input methods.
        function makeEditor(host, label, placeholder, changed) {
          const lines = make("pre", "lines"), code = make("div", "code"), back = make("pre", "paint"), area = make("textarea");
          area.spellcheck = false;
          area.setAttribute("aria-label", label);
          area.setAttribute("autocapitalize", "off");
          area.placeholder = placeholder;
          code.append(back, area);
          host.append(lines, code);
          let shown = 0;
          const pairs = { "{": "}", "(": ")", "[": "]" };
          const closing = { "}": "{", ")": "(", "]": "[" };
          function partner(text, at) {
            const open = pairs[text[at]], shut = closing[text[at]];
            if (!open && !shut) return -1;
            for (let i = at, depth = 0; i >= 0 && i < text.length; i += open ? 1 : -1) {
              if (text[i] === text[at]) depth++;
              else if (text[i] === (open || shut) && --depth === 0) return i;
            }
            return -1;
          }
          function draw() {
            const text = area.value, at = area.selectionStart;
            let marks = [];
            if (document.activeElement === area && at === area.selectionEnd) {
              for (const place of [at - 1, at]) {
                const other = partner(text, place);
                if (other >= 0) { marks = [place, other]; break; }
              }
            }
            paint(back, text + "\n", marks);
            const count = text.split("\n").length;
            if (shown !== count) lines.textContent = Array.from({ length: count }, (_, i) => i + 1).join("\n");
            shown = count;
          }
          function insert(text) {
            area.focus();
            if (!document.execCommand("insertText", false, text)) area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
          }
          const indentAt = at => /^[ \t]*/.exec(area.value.slice(area.value.lastIndexOf("\n", at - 1) + 1, at))[0];
          area.addEventListener("keydown", event => {
            const { value, selectionStart: from, selectionEnd: to } = area;
            if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
            if (event.key === "Tab") {
              const start = value.lastIndexOf("\n", from - 1) + 1;
              if (!event.shiftKey && from === to) insert("  ");
              else {
                area.setSelectionRange(start, to);
                insert(value.slice(start, to).replace(/^.*$/gm, line => event.shiftKey ? line.replace(/^ {1,2}|^\t/, "") : "  " + line));
                if (from !== to) area.setSelectionRange(start, area.selectionEnd);
              }
            } else if (event.key === "Enter") {
              const indent = indentAt(from), open = pairs[value[from - 1]];
              insert("\n" + indent + (open ? "  " : ""));
              if (open && value[to] === open) {
                const at = area.selectionStart;
                insert("\n" + indent);
                area.setSelectionRange(at, at);
              }
            } else if (pairs[event.key] && (from !== to || !/[\w"$]/.test(value[to] || ""))) {
              insert(event.key + value.slice(from, to) + pairs[event.key]);
              area.setSelectionRange(from + 1, to + 1);
            } else if (closing[event.key] && from === to && value[from] === event.key) {
              area.setSelectionRange(from + 1, from + 1);
            } else return;
            event.preventDefault();
            draw();
          });
          area.addEventListener("input", () => { draw(); changed(area.value); });
          for (const name of ["keyup", "click", "focus", "blur"]) area.addEventListener(name, draw);
          host.addEventListener("click", event => { if (event.target !== area) area.focus(); });
          draw();
          return { area, insert, indentAt, get text() { return area.value; }, set text(value) { area.value = value; draw(); changed(value); } };
        }

        const first = `# Ctrl-Enter runs the operation at the cursor.
        # Click a field of the schema to write it here.

        query {
          __typename
        }
        `;
        const query = makeEditor($("query"), "Query", "", text => remember(localStorage, "query", text));
        const variables = makeEditor($("variables"), "Variables", "{ \"id\": 1 }", text => remember(localStorage, "variables", text));
        // Headers hold secrets: they last as long as the tab.
        const headers = makeEditor($("headers"), "Headers", "Authorization: Bearer …", text => remember(sessionStorage, "headers", text));
        query.text = recall(localStorage, "query") ?? first;
        variables.text = recall(localStorage, "variables") ?? "";
        headers.text = recall(sessionStorage, "headers") ?? "";
        $("endpoint").textContent = endpoint;

        function readHeaders() {
          const list = new Headers({ "content-type": "application/json", accept: "application/graphql-response+json, application/json;q=0.9" });
          for (const line of headers.text.split("\n")) {
            if (!line.trim() || line.trim().startsWith("#")) continue;
            const colon = line.indexOf(":");
            if (colon < 1) throw new Error(`Headers: "${line}" is not "Name: value".`);
            list.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
          }
          return list;
        }

        // Which operation of several is meant: the last one that starts before the cursor.
        function operationName(text, at) {
          const named = [...text.replace(/#[^\n]*|"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"/g, match => " ".repeat(match.length))
            .matchAll(/\b(?:query|mutation|subscription)\s+([A-Za-z_]\w*)\s*[({@]/g)];
          if (named.length < 2) return undefined;
          return (named.filter(match => match.index <= at).pop() || named[0])[1];
        }

        let running = null;
        function show(text, status, isBad) {
          $("status").textContent = status;
          $("status").className = isBad ? "bad" : "";
          // Painting a very long answer would take longer than reading it.
          if (text.length < 200000) paint($("result"), text); else $("result").textContent = text;
          $("copy").hidden = !text;
        }
        async function run() {
          if (running) { running.abort(); return; }
          let options;
          const text = query.text, written = variables.text.trim();
          try {
            const body = { query: text, operationName: operationName(text, query.area.selectionStart) };
            if (written) {
              let values;
              try { values = JSON.parse(written); } catch (error) { throw new Error("Variables: " + error.message); }
              if (values === null || typeof values !== "object" || Array.isArray(values)) throw new Error("Variables: must be a JSON object.");
              // The text itself is sent, as parsing would round long numbers.
              options = { method: "POST", headers: readHeaders(), body: JSON.stringify(body).slice(0, -1) + ",\"variables\":" + written + "}" };
            } else options = { method: "POST", headers: readHeaders(), body: JSON.stringify(body) };
          } catch (error) { show("", error.message, true); return; }
          running = new AbortController();
          $("run").textContent = "Stop ■";
          $("status").textContent = "…";
          const start = performance.now();
          try {
            const response = await fetch(endpoint, { ...options, signal: running.signal, cache: "no-store", credentials: "same-origin" });
            const answer = await response.text();
            const time = performance.now() - start;
            const isBad = !response.ok || /^\s*\{\s*"errors"/.test(answer) || /"errors"\s*:\s*\[\s*\{/.test(answer.slice(-2000));
            const size = new Blob([answer]).size;
            show(indent(answer), `${response.status} · ${time < 10 ? time.toFixed(1) : Math.round(time)} ms · ${size < 1024 ? size + " B" : (size / 1024).toFixed(1) + " KiB"}`, isBad);
            note(text, written);
          } catch (error) {
            show("", error.name === "AbortError" ? "Stopped." : "No answer: " + error.message, true);
          }
          running = null;
          $("run").textContent = "Run ▶";
        }

        // Re-indents JSON by its text, so that numbers stay as they were sent.
        function indent(text) {
          let result = "", depth = 0;
          const line = () => "\n" + "  ".repeat(depth);
          for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+|"/g)) {
            const last = result.at(-1);
            if (token === "{" || token === "[") { result += token; depth++; continue; }
            if (token === "}" || token === "]") { depth = Math.max(0, depth - 1); result += (last === "{" || last === "[" ? "" : line()) + token; continue; }
            if (token === ",") { result += ","; continue; }
            if (token === ":") { result += ": "; continue; }
            result += (last === "{" || last === "[" || last === "," ? line() : "") + token;
          }
          return result.replace(/,([{\[])/g, ", $1");
        }

        // History: queries and variables, never headers.
        const past = () => { try { return JSON.parse(recall(localStorage, "history") || "[]"); } catch { return []; } };
        function note(text, values) {
          const list = past().filter(entry => entry.query !== text || entry.variables !== values);
          list.unshift({ query: text, variables: values, time: Date.now() });
          remember(localStorage, "history", JSON.stringify(list.slice(0, 50)));
        }
        function openHistory(isOpen) {
          $("past").hidden = !isOpen;
          $("history").setAttribute("aria-expanded", isOpen);
          if (!isOpen) return;
          const rows = past().map(entry => {
            const row = make("button"), time = make("time", "", new Date(entry.time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
            row.append(time, entry.query.replace(/#[^\n]*/g, " ").replace(/\s+/g, " ").trim().slice(0, 200));
            row.title = entry.query;
            row.addEventListener("click", () => { query.text = entry.query; variables.text = entry.variables; openHistory(false); query.area.focus(); });
            return row;
          });
          $("past").replaceChildren(...(rows.length ? rows : [make("div", "bar", "Nothing was run yet.")]));
        }

        // Schema browser.
        const typeLevels = "kind name ofType { ".repeat(8) + "kind name" + " }".repeat(8);
        const introspection = `query Introspection { __schema { queryType { name } mutationType { name } subscriptionType { name } types {
          kind name description fields(includeDeprecated: true) { name description isDeprecated deprecationReason args { ...value } type { ...level } }
          inputFields { ...value } enumValues(includeDeprecated: true) { name description } possibleTypes { name } } } }
        fragment value on __InputValue { name description defaultValue type { ...level } }
        fragment level on __Type { ${typeLevels} }`;
        let schema = null, types = new Map(), trail = [];
        const base = type => type.ofType ? base(type.ofType) : type;
        const spell = type => type.kind === "NON_NULL" ? spell(type.ofType) + "!" : type.kind === "LIST" ? "[" + spell(type.ofType) + "]" : type.name;
        const isComposite = type => ["OBJECT", "INTERFACE", "UNION"].includes(base(type).kind);
        async function loadSchema() {
          $("tree").replaceChildren(make("p", "", "Reading the schema …"));
          try {
            const response = await fetch(endpoint, { method: "POST", headers: readHeaders(), body: JSON.stringify({ query: introspection }), cache: "no-store" });
            const answer = await response.json();
            if (!answer.data || !answer.data.__schema) throw new Error(answer.errors ? answer.errors[0].message : "the answer holds no schema");
            schema = answer.data.__schema;
            types = new Map(schema.types.map(type => [type.name, type]));
            trail = trail.filter(name => types.has(name));
            drawSchema();
          } catch (error) {
            schema = null;
            $("tree").replaceChildren(make("p", "bad", "The schema could not be read: " + error.message), make("p", "", "Set the headers this needs, then press ↻."));
          }
        }
        function typeButton(type) {
          const button = make("button", "type", spell(type));
          button.addEventListener("click", () => { trail.push(base(type).name); $("search").value = ""; drawSchema(); });
          return button;
        }
        function argumentText(argument) {
          const parts = [argument.name + ": ", typeButton(argument.type)];
          if (argument.defaultValue != null) parts.push(" = " + argument.defaultValue);
          return parts;
        }
        function fieldRow(owner, field) {
          const row = make("div", "row"), name = make("button", "field", field.name), list = field.args || [];
          name.title = "Write it at the cursor" + (field.description ? "\n\n" + field.description : "");
          name.addEventListener("click", () => write(owner, field));
          row.append(name);
          if (list.length) {
            row.append("(");
            for (const argument of list) { const line = make("div", "arg"); line.append(...argumentText(argument)); row.append(line); }
            row.append(")");
          }
          row.append(": ", typeButton(field.type));
          if (field.defaultValue != null) row.append(" = " + field.defaultValue);
          if (field.isDeprecated) row.append(make("span", "c", "  deprecated" + (field.deprecationReason ? ": " + field.deprecationReason : "")));
          return row;
        }
        function section(type, title) {
          const nodes = [make("h2", "", title)];
          if (type.description) nodes.push(make("p", "", type.description));
          for (const field of type.fields || type.inputFields || []) {
            nodes.push(fieldRow(type, field));
            if (field.description) nodes.push(make("p", "", field.description));
          }
          for (const value of type.enumValues || []) {
            const row = make("div", "row"), name = make("button", "field", value.name);
            name.addEventListener("click", () => { query.insert(value.name); });
            row.append(name);
            nodes.push(row);
            if (value.description) nodes.push(make("p", "", value.description));
          }
          for (const possible of type.possibleTypes || []) { const row = make("div", "row"); row.append(typeButton({ kind: "OBJECT", name: possible.name })); nodes.push(row); }
          return nodes;
        }
        function drawSchema() {
          if (!schema) return;
          const wanted = $("search").value.trim().toLowerCase(), nodes = [];
          $("back").hidden = !trail.length || Boolean(wanted);
          if (wanted) {
            let left = 120;
            for (const type of schema.types) {
              if (type.name.startsWith("__") && !wanted.startsWith("__")) continue;
              const fields = (type.fields || type.inputFields || []).filter(field => field.name.toLowerCase().includes(wanted));
              if ((!fields.length && !type.name.toLowerCase().includes(wanted)) || left <= 0) continue;
              const heading = make("h2");
              heading.append(typeButton({ kind: type.kind, name: type.name }));
              nodes.push(heading, ...fields.slice(0, left).map(field => fieldRow(type, field)));
              left -= fields.length + 1;
            }
            if (!nodes.length) nodes.push(make("p", "", "Nothing has that name."));
          } else if (trail.length) {
            const type = types.get(trail.at(-1));
            nodes.push(...section(type, `${type.kind.toLowerCase().replace("_", " ")} ${type.name}`));
          } else {
            for (const kind of ["query", "mutation", "subscription"]) {
              const root = schema[kind + "Type"];
              if (root) nodes.push(...section(types.get(root.name), kind));
            }
          }
          $("tree").replaceChildren(...nodes);
          $("tree").scrollTop = 0;
        }

        // Writes a field where the cursor is: with what it needs to be valid, and in an operation of its own outside of any.
        function write(owner, field) {
          if (owner.kind === "INPUT_OBJECT") { query.insert(field.name + ": "); return; }
          const area = query.area, root = ["query", "mutation", "subscription"].find(kind => schema[kind + "Type"]?.name === owner.name);
          const before = area.value.slice(0, area.selectionStart).replace(/#[^\n]*|"(?:[^"\\\n]|\\.)*"/g, "");
          const depth = before.split("{").length - before.split("}").length;
          const lines = skeleton(field);
          if (depth > 0) {
            const indent = query.indentAt(area.selectionStart), isBlank = !area.value.slice(area.value.lastIndexOf("\n", area.selectionStart - 1) + 1, area.selectionStart).trim();
            const inner = indent || "  ";
            query.insert((isBlank && indent ? "" : isBlank ? inner : "\n" + inner + (/\{\s*$/.test(before) && indent ? "  " : "")) + lines.join("\n" + inner) + (/^[ \t]*(\n|$)/.test(area.value.slice(area.selectionEnd)) ? "" : "\n" + inner));
          } else if (root) {
            area.focus();
            area.setSelectionRange(area.value.length, area.value.length);
            const gap = !area.value.trim() ? "" : area.value.endsWith("\n") ? "\n" : "\n\n";
            query.insert(`${gap}${root} {\n  ${lines.join("\n  ")}\n}\n`);
          } else query.insert(lines.join("\n"));
        }
        function skeleton(field) {
          const needed = (field.args || []).filter(argument => argument.type.kind === "NON_NULL" && argument.defaultValue == null).map(argument => argument.name + ": ");
          if ((field.args || []).some(argument => argument.name === "limit")) needed.push("limit: 10");
          const head = field.name + (needed.length ? `(${needed.join(", ")})` : "");
          if (!isComposite(field.type)) return [head];
          const leaves = (types.get(base(field.type).name)?.fields || []).filter(inner => !inner.isDeprecated && !isComposite(inner.type) && !(inner.args || []).some(argument => argument.type.kind === "NON_NULL"));
          return [head + " {", ...(leaves.length ? leaves.slice(0, 6).map(inner => "  " + inner.name) : ["  __typename"]), "}"];
        }

        // Wiring.
        $("run").addEventListener("click", run);
        $("history").addEventListener("click", () => openHistory($("past").hidden));
        $("reload").addEventListener("click", loadSchema);
        $("search").addEventListener("input", drawSchema);
        $("back").addEventListener("click", () => { trail.pop(); drawSchema(); });
        $("copy").addEventListener("click", () => navigator.clipboard?.writeText($("result").textContent));
        $("toggle").addEventListener("click", () => { $("toggle").setAttribute("aria-pressed", !document.body.classList.toggle("plain")); });
        for (const name of ["variables", "headers"]) {
          $("tab-" + name).addEventListener("click", () => {
            for (const other of ["variables", "headers"]) {
              $(other).hidden = other !== name;
              $("tab-" + other).setAttribute("aria-selected", other === name);
            }
          });
        }
        document.addEventListener("keydown", event => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
          if (event.key === "Escape") openHistory(false);
        });
        document.addEventListener("click", event => { if (!$("past").contains(event.target) && event.target !== $("history")) openHistory(false); });
        $("split").addEventListener("pointerdown", event => {
          const handle = $("split"), left = $("left"), right = $("right"), room = left.offsetWidth + right.offsetWidth, start = event.clientX, width = left.offsetWidth;
          handle.setPointerCapture(event.pointerId);
          const move = at => {
            const share = Math.min(.85, Math.max(.15, (width + at.clientX - start) / room));
            left.style.flex = `${share} 1 0`;
            right.style.flex = `${1 - share} 1 0`;
          };
          handle.addEventListener("pointermove", move);
          handle.addEventListener("pointerup", () => handle.removeEventListener("pointermove", move), { once: true });
        });
        loadSchema();
        </script>
        </body>
        </html>

        """#
}
