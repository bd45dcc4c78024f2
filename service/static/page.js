// A report page waits for its report here, and a regrade is watched until it is done; times that belong to no course are
// told in the reader's own zone.

function tellTimes(root) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short",
  });
  for (const time of root.querySelectorAll("time[datetime]:not([data-zoned])")) {
    time.textContent = format.format(new Date(time.dateTime));
  }
}

// A drawing has its own script, which is loaded once the page is there. It is not left until one comes near: a page is
// also printed without having been scrolled through, and printing waits for nothing.
function draw() {
  for (const place of document.querySelectorAll("[data-script]")) {
    (window.requestIdleCallback ?? setTimeout)(() => import(place.dataset.script).then((script) => script.default(place)));
  }
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function waitForReport(waiting) {
  const { status, position, done } = waiting.dataset;
  let failures = 0;
  for (;;) {
    try {
      const answer = await fetch(status, { headers: { Accept: "application/json" } });
      if (answer.ok) {
        const submission = await answer.json();
        if (submission.status === "graded" || submission.status === "ungraded") break;
        failures = 0;
        const place = document.getElementById("position");
        const queued = submission.status === "queued";
        place.textContent = queued ? position.replace("#", submission.position) : place.dataset.next;
      } else if (answer.status !== 429 && answer.status !== 503) {
        failures += 1;
      }
      const rest = Number(answer.headers.get("Retry-After"));
      if (rest || !answer.ok) await pause(rest || 2);
    } catch {
      failures += 1;
      await pause(Math.min(2 ** failures, 15)); // the network is away: keep trying, ever more slowly
    }
    if (failures > 20) break;
  }
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const main = document.querySelector("main");
  main.replaceWith(document.adoptNode(page.querySelector("main")));
  document.title = page.title;
  document.getElementById("announcement").textContent = document.querySelector("main h1")?.textContent ?? done;
  tellTimes(document);
  draw();
}

// What is marked shows how far something is; it and what came of it so far are asked for again until it is done.
async function watch() {
  for (let failures = 0; document.querySelector("[data-until-done]") && failures <= 20; ) {
    await pause(Math.min(2 ** failures, 15));
    try {
      const answer = await fetch(location.href);
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const name of ["far", "items"]) {
        const made = document.adoptNode(page.getElementById(name));
        tellTimes(made);
        document.getElementById(name).replaceWith(made);
      }
      failures = 0;
    } catch {
      failures += 1; // the network is away: keep trying, ever more slowly
    }
  }
}

// Where the tabs of a course are more than fit, the one that is open is among those that are seen.
document.querySelector(".course-frame [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// A page about a class asks from time to time whether anything changed, while it is looked at; if so, its parts that
// follow are asked for again. What holds the focus stays as it is.
async function live(asked) {
  let tag = "";
  for (let failures = 0; failures <= 20; ) {
    await pause(Math.min(5 * 2 ** failures, 60));
    if (document.hidden) {
      await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
      continue;
    }
    try {
      const answer = await fetch(asked, { headers: tag ? { "If-None-Match": tag } : {} });
      failures = 0;
      if (answer.status === 304) continue;
      if (!answer.ok) throw new Error(answer.status);
      tag = answer.headers.get("ETag");
      const parser = new DOMParser();
      follow(parser.parseFromString(await answer.text(), "text/html"), "#live");
      follow(parser.parseFromString(await (await fetch(location.href)).text(), "text/html"), "[data-follows]");
    } catch {
      failures += 1; // the network is away: keep trying, ever more slowly
    }
  }
}

function follow(page, which) {
  for (const shown of document.querySelectorAll(which)) {
    const made = page.getElementById(shown.id);
    if (!made || shown.contains(document.activeElement)) continue;
    tellTimes(made);
    shown.replaceWith(document.adoptNode(made));
  }
}

tellTimes(document);
draw();

watch();

const followed = document.querySelector("[data-live]");
if (followed) live(followed.dataset.live);

const waiting = document.querySelector("[data-status]");
if (waiting) waitForReport(waiting);

// Ctrl+Enter or ⌘+Enter hands in from anywhere in the form.
document.querySelector("form[data-hand-in]")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
});

// A form that only passes something on passes it on by itself.
document.querySelector("form[data-submit]")?.requestSubmit();

// A filter applies as soon as it is chosen.
for (const select of document.querySelectorAll("form[data-filters] select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// An exercise is previewed as it is written: the page that the form would give, its preview put in place here.
const authoring = document.querySelector("form[data-preview]");
if (authoring) {
  let typing, asking;
  const preview = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await fetch(authoring.action, { method: "POST", body: new FormData(authoring), signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const made = page.getElementById("preview");
      if (made && !signal.aborted) document.getElementById("preview").replaceWith(document.adoptNode(made));
    } catch {
      // a newer text is on its way, or the network is away: what is shown stays
    }
  };
  authoring.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(preview, 600);
  });
  preview();
}

// What an answer in symbols is understood as is shown while it is typed: the page that the button would give, its
// outputs put in place here.
const reader = document.querySelector("button[data-read]");
if (reader) {
  let typing, asking;
  const read = async () => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await fetch(reader.formAction, { method: "POST", body: new FormData(reader.form), signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (signal.aborted) return;
      for (const shown of document.querySelectorAll("output.understood")) {
        const made = page.getElementById(shown.id);
        if (made && made.innerHTML !== shown.innerHTML) shown.replaceChildren(...document.adoptNode(made).childNodes);
      }
    } catch {
      // a newer text is on its way, or the network is away: what is shown stays
    }
  };
  reader.form.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(read, 400);
  });
}
