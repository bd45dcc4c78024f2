// The field for code, or for an exercise, as an editor: line numbers, Python or YAML in colours, indentation. The field stays
// in the form and holds the text; without this script it is the field that one types in. A file that is dropped anywhere on
// the form is chosen.

import {
  EditorState, EditorView, HighlightStyle, bracketMatching, closeBrackets, closeBracketsKeymap, defaultKeymap,
  drawSelection, highlightActiveLine, history, historyKeymap, indentOnInput, indentUnit, indentWithTab, keymap,
  lineNumbers, pythonLanguage, syntaxHighlighting, tags, yamlLanguage,
} from "./vendor/codemirror/codemirror.js";

// Colours are the style sheet's, so that they follow light and dark.
const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--card)", border: "1px solid var(--edge)", borderRadius: "8px", fontSize: "0.925rem" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--code)", lineHeight: "1.55", maxHeight: "70vh", overflow: "auto", borderRadius: "8px" },
  ".cm-content, .cm-gutter": { minHeight: "22rem" },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.5rem 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { color: "var(--soft)", backgroundColor: "var(--sunken)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "transparent", boxShadow: "inset 2px 0 var(--accent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--open-ground)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "transparent", outline: "1px solid var(--accent)" },
});
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.modifier], color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--right)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--carried)" },
  { tag: tags.definition(tags.propertyName), color: "var(--accent)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName)), tags.className], fontWeight: "600" },
  { tag: tags.invalid, color: "var(--wrong)" },
]);

// Text typed over a selection. Left to the browser, it would write inline styles, which the content policy blocks.
function overSelection(event, view) {
  if (event.inputType !== "insertText" || event.data === null || view.composing) return false;
  const shown = view.root.getSelection?.(); // the editor itself learns of a new selection only later
  const place = (node, offset) => (shown && view.contentDOM.contains(node) ? view.posAtDOM(node, offset) : null);
  const main = view.state.selection.main;
  const ends = [place(shown?.anchorNode, shown?.anchorOffset) ?? main.anchor, place(shown?.focusNode, shown?.focusOffset) ?? main.head];
  const [from, to] = [Math.min(...ends), Math.max(...ends)];
  if (from === to) return false;
  const insert = view.state.toText(event.data);
  const typed = () =>
    view.state.update({ changes: { from, to, insert }, selection: { anchor: from + insert.length }, userEvent: "input.type", scrollIntoView: true });
  const handlers = view.state.facet(EditorView.inputHandler);
  if (!handlers.some((handle) => handle(view, from, to, event.data, typed))) view.dispatch(typed());
  event.preventDefault();
  return true;
}

const languages = {
  python: [pythonLanguage, indentUnit.of("    ")],
  yaml: [yamlLanguage, indentUnit.of("  "), EditorView.lineWrapping],
};

function edit(field) {
  const host = document.createElement("div");
  const label = field.labels[0];
  const view = new EditorView({
    root: host.attachShadow({ mode: "open" }), // there its style sheets are adopted, and need no inline style
    parent: host.shadowRoot,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        lineNumbers(), history(), drawSelection(), EditorState.tabSize.of(4), indentOnInput(),
        bracketMatching(), closeBrackets(), highlightActiveLine(), languages[field.dataset.language ?? "python"], syntaxHighlighting(colours), theme,
        EditorView.contentAttributes.of({
          "aria-label": label.textContent,
          "aria-description": document.getElementById(field.getAttribute("aria-describedby"))?.textContent.trim() ?? "",
          spellcheck: "false",
          autocapitalize: "off",
          tabindex: "0", // said outright: a text that scrolls can be reached by the keyboard
        }),
        keymap.of([{ key: "Mod-Enter", run: () => true }, ...closeBracketsKeymap, ...historyKeymap, indentWithTab, ...defaultKeymap]),
        EditorView.domEventHandlers({ beforeinput: overSelection }),
        EditorView.updateListener.of((update) => {
          const text = update.state.doc.toString();
          if (!update.docChanged || field.value === text) return;
          field.value = text;
          field.dispatchEvent(new Event("input", { bubbles: true })); // as if it were typed there
        }),
      ],
    }),
  });
  const typing = document.activeElement === field;
  field.after(host);
  field.hidden = true;
  field.form.classList.add("editing");
  if (typing) {
    view.dispatch({ selection: { anchor: field.selectionStart, head: field.selectionEnd } });
    view.focus();
  }
  label.addEventListener("click", () => view.focus());
  const write = () => {
    if (field.value !== view.state.doc.toString()) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: field.value } });
    }
  };
  field.addEventListener("input", write); // what else writes into the field
  field.form.addEventListener("reset", () => setTimeout(write));
}

function takeDrops(form) {
  const chosen = form.querySelector("input[type=file]");
  if (!chosen) return;
  const holdsFile = (event) => event.dataTransfer?.types.includes("Files");
  let inside = 0; // an element is entered before the one within it is left
  const mark = () => form.classList.toggle("dropping", inside > 0);
  form.addEventListener("dragenter", (event) => { if (holdsFile(event)) { inside += 1; mark(); } });
  form.addEventListener("dragleave", (event) => { if (holdsFile(event)) { inside = Math.max(inside - 1, 0); mark(); } });
  form.addEventListener("dragover", (event) => { if (holdsFile(event)) event.preventDefault(); });
  form.addEventListener("drop", (event) => {
    inside = 0;
    mark();
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    event.stopPropagation(); // not into the text
    const first = new DataTransfer();
    first.items.add(event.dataTransfer.files[0]);
    chosen.files = first.files;
    chosen.dispatchEvent(new Event("change", { bubbles: true }));
    document.getElementById("announcement").textContent = chosen.dataset.chosen.replace("#", first.files[0].name);
    chosen.focus();
  }, { capture: true });
}

const field = document.querySelector("form:is([data-hand-in], [data-preview]) textarea#source");
if (field) {
  edit(field);
  takeDrops(field.form);
}
