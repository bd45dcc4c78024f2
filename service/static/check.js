// "Check first": what the form holds is graded as practice, and the answer appears beside it without leaving the page.
// Without this script the button leads to the report.

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const checked = document.getElementById("checked");

function say(text, tone = "") {
  const said = document.createElement("p");
  said.className = tone;
  said.textContent = text;
  checked.replaceChildren(said);
  checked.scrollIntoView({ block: "nearest" }); // on a phone it is below what is seen
}

// The page of the practice's report, once it is made.
async function report(answer) {
  let page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (let failures = 0; failures < 20; ) {
    const waiting = page.querySelector("[data-status]");
    if (!waiting) return page;
    const status = await fetch(waiting.dataset.status, { headers: { Accept: "application/json" } });
    if (status.ok) {
      const { status: state, position } = await status.json();
      if (state === "graded" || state === "ungraded") {
        page = new DOMParser().parseFromString(await (await fetch(answer.url)).text(), "text/html");
        continue;
      }
      if (state === "queued") say(checked.dataset.position.replace("#", position), "soft");
    } else {
      failures += 1;
    }
    const rest = Number(status.headers.get("Retry-After"));
    if (rest || !status.ok) await pause(rest || 2);
  }
  throw new Error("no report");
}

function show(page, address) {
  const answer = document.adoptNode(page.querySelector(".answer-first"));
  answer.querySelector(".actions")?.remove(); // where they lead to is here
  const title = document.createElement("p");
  const head = answer.querySelector("h1");
  title.className = "title";
  title.append(checked.dataset.said, " ", ...head.childNodes);
  head.replaceWith(title);
  for (const link of answer.querySelectorAll("a[href^='#']")) link.href = address + link.getAttribute("href");
  const told = [...page.querySelectorAll("[data-tells] :is(.finding, .said, .counterexample)")];
  const problems = (told.length ? told : [...page.querySelectorAll("[data-tells] table")]).slice(0, 3);
  for (const link of problems.flatMap((problem) => [...problem.querySelectorAll("a[href^='#']")])) {
    link.href = address + link.getAttribute("href");
  }
  const whole = document.createElement("a");
  whole.href = address;
  whole.textContent = checked.dataset.whole;
  const last = document.createElement("p");
  last.append(whole);
  answer.append(...problems.map((problem) => document.adoptNode(problem)), last);
  checked.replaceChildren(answer);
  checked.scrollIntoView({ block: "nearest" });
}

const button = document.querySelector("button[data-check]");
button?.form.addEventListener("submit", async (event) => {
  if (event.submitter !== button) return;
  event.preventDefault();
  if (button.disabled) return;
  button.disabled = true;
  say(checked.dataset.checking, "soft");
  try {
    const answer = await fetch(button.formAction, { method: "POST", body: new FormData(button.form) });
    if (answer.ok) {
      show(await report(answer), answer.url);
    } else {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      say(page.querySelector("main [role=alert]")?.textContent.trim() ?? checked.dataset.failed, "wrong");
    }
  } catch {
    say(checked.dataset.failed, "wrong");
  }
  button.disabled = false;
  checked.focus({ preventScroll: true }); // the answer is what is read next
});
