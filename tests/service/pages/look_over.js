// What is wrong with a page, by rules of WCAG 2.2 that a machine can check: a list, empty where all is well.
() => {
  const found = [];
  const say = (rule, element) => found.push({ rule, element: element.outerHTML.slice(0, 160) });
  const shown = (element) => element.checkVisibility() && !element.closest(".hidden, .skip, [aria-hidden=true]");
  const all = (selector) => [...document.querySelectorAll(selector)];

  // names: every control and link says what it is, every field has a label (1.1.1, 2.4.4, 4.1.2)
  for (const element of all("a[href], button, summary")) if (!element.textContent.trim()) say("has no name", element);
  for (const field of all("input:not([type=hidden]), select, textarea")) if (!field.labels.length) say("has no label", field);
  for (const graphic of all("svg")) if (graphic.getAttribute("aria-hidden") !== "true" && !graphic.ariaLabel) say("is a nameless graphic", graphic);
  for (const region of all("[tabindex='0']")) if (!region.ariaLabel && !region.getAttribute("aria-labelledby")) say("is a nameless region", region);
  for (const element of all("[aria-labelledby], [aria-describedby]")) {
    for (const id of `${element.getAttribute("aria-labelledby") ?? ""} ${element.getAttribute("aria-describedby") ?? ""}`.split(/\s+/)) {
      if (id && !document.getElementById(id)) say(`refers to ${id}, which is not there`, element);
    }
  }
  const ids = all("[id]").map((element) => element.id);
  for (const element of all("[id]")) if (ids.filter((id) => id === element.id).length > 1) say("has an id that is not unique", element);

  // structure: one h1, no level left out, tables with heads, a language (1.3.1, 2.4.2, 3.1.1)
  let level = 0;
  for (const heading of all("h1, h2, h3, h4")) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) say(`follows a heading of level ${level}`, heading);
    level = next;
  }
  if (all("h1").length !== 1) say(`has ${all("h1").length} first headings`, document.body);
  for (const table of all("table")) if (!table.querySelector("th[scope]")) say("is a table without heads", table);
  if (!document.documentElement.lang || !document.title) say("has no language or title", document.documentElement);

  // nothing sticks out of its card (1.4.10)
  for (const card of all(".card")) if (shown(card) && card.scrollWidth > card.clientWidth) say(`holds ${card.scrollWidth} in ${card.clientWidth}`, card);

  // targets of at least 24 by 24 pixels, those in running text excepted (2.5.8)
  for (const target of all("button, input:not([type=hidden]), select, summary, a.button, .chain a, .matrix td a, .ways a")) {
    const box = target.getBoundingClientRect();
    if (shown(target) && (box.width < 24 || box.height < 24)) say(`is ${box.width} by ${box.height}`, target);
  }

  // contrast of text and its ground (1.4.3)
  const numbers = (colour) => (colour.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
  const light = ([r, g, b]) => {
    const linear = [r, g, b].map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !shown(element)) continue;
    const pair = [light(numbers(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < 4.5) say(`has a contrast of ${contrast.toFixed(2)}`, element);
  }
  return found;
}
