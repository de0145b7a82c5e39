// Answers by keys and without a new page: one key, one record, one decision. Whatever is done here a form does, too.
"use strict";
{
  // Milliseconds that a page must have been seen, and no key pressed, before a key or a click answers.
  const QUIET = 150;
  const KEPT = "carelake.keys";
  const FIXED = [["choose", "1–9", "Choose a candidate"], ["open", "o", "Open the records of the candidate"], ["write", "c", "Write a comment (Esc leaves it)"], ["help", "?", "Show and set keys"]];
  const main = document.getElementById("main");
  const live = document.querySelector(".live");
  let [shown, sending, timer] = [0, false, 0];

  const settings = () => {
    try { return { keys: {}, off: false, ...JSON.parse(localStorage.getItem(KEPT)) }; } catch { return { keys: {}, off: false }; }
  };
  const section = () => main.querySelector("section.comparison");
  const chosen = () => Number(section()?.dataset.chosen ?? 0);
  const tell = (words) => {
    const line = main.querySelector("p.refused");
    if (line) { line.textContent = words; line.classList.remove("hidden"); } else live.textContent = words;
  };
  const wait = () => {
    shown = performance.now();
    clearTimeout(timer);
    delete document.body.dataset.keys;
    timer = setTimeout(() => { document.body.dataset.keys = "ready"; }, QUIET);
  };
  const choose = (at) => {
    if (!main.querySelector(`th[data-other="${at}"]`)) return;
    section().dataset.chosen = at;
    for (const it of main.querySelectorAll("[data-other]")) it.classList.toggle("chosen", Number(it.dataset.other) === at);
    main.querySelector("th.chosen").scrollIntoView({ block: "nearest", inline: "nearest" });
    for (const it of main.querySelectorAll("details.waterfall")) it.open = Number(it.dataset.other) === at;
  };
  const prepare = () => {
    if (section()) { section().querySelector("button.keys").hidden = false; choose(0); }
    wait();
  };
  const take = (text, url) => {
    const next = new DOMParser().parseFromString(text, "text/html");
    const there = next.getElementById("main");
    if (!there) { location.assign(url); return; }
    main.replaceChildren(...there.childNodes);
    document.title = next.title;
    if (url !== location.href) history.pushState(null, "", url);
    const said = main.querySelector("div.refused, div.last > span")?.textContent ?? "";
    live.textContent = `${said} ${main.querySelector("h1").textContent}`;
    document.dispatchEvent(new Event("carelake:shown"));
    main.focus();
    scrollTo(0, 0);
    prepare();
  };
  const renew = async () => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("form[data-answers] input[name=token]")?.value;
    for (const it of document.querySelectorAll("input[name=token]")) if (token) it.value = token;
    return Boolean(token);
  };
  const send = async (button) => {
    if (sending) return;
    sending = true;
    const form = button.form;
    const fields = new URLSearchParams(new FormData(form));
    fields.set("answer", button.value);
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body: fields, headers: { accept: "text/html" } });
      if (answer.ok || answer.status === 409 || answer.status === 422) take(await answer.text(), answer.ok ? answer.url : location.href);
      else if (answer.status === 401) tell("Not sent: the session is over. Sign in on another tab, then send it again; what you wrote is still here.");
      else if (answer.status === 403 && await renew()) tell("Not sent: the page was of an earlier session. Send it again; what you wrote is still here.");
      else tell(`Not sent: the server answered ${answer.status}. What you wrote is still here; send it again.`);
    } catch {
      tell("Not sent: the server cannot be reached. What you wrote is still here; send it again.");
    }
    form.removeAttribute("aria-busy");
    sending = false;
    wait();
  };

  // Every key there is now: what it is called, its letter, what it says.
  const keys = () => {
    const { keys: own } = settings();
    const found = new Map(FIXED.map(([name, key, says]) => [name, { key, says }]));
    for (const it of document.querySelectorAll("[data-name][data-key]")) {
      if (it.dataset.name !== "comment" && !found.has(it.dataset.name)) found.set(it.dataset.name, { key: it.dataset.key, says: it.firstChild.textContent.trim() });
    }
    for (const [name, it] of found) if (own[name] && name !== "choose") it.key = own[name];
    return found;
  };
  const act = (name) => {
    if (name === "help") { help(); return; }
    if (name === "write") { document.getElementById("comment")?.focus(); return; }
    if (name === "open") {
      const behind = main.querySelectorAll("details.behind")[chosen()];
      if (behind) { behind.open = true; behind.querySelector("summary").focus(); }
      return;
    }
    const all = [...document.querySelectorAll(`[data-name="${CSS.escape(name)}"]`)];
    const it = all.find((one) => one.dataset.about === undefined || Number(one.dataset.about) === chosen());
    if (it instanceof HTMLAnchorElement) location.assign(it.href); else if (it) send(it);
  };
  const help = () => {
    document.querySelector("dialog.keys")?.remove();
    const make = (tag, more = {}, ...inside) => { const it = Object.assign(document.createElement(tag), more); it.append(...inside); return it; };
    const off = make("input", { type: "checkbox", checked: !settings().off });
    const rows = [...keys()].map(([name, { key, says }]) => {
      const input = make("input", { value: key, maxLength: 1, size: 2, name, disabled: name === "choose", ariaLabel: says });
      return make("tr", {}, make("td", {}, name === "choose" ? make("kbd", {}, key) : input), make("td", {}, says));
    });
    const wrong = make("p", { className: "refused hidden", role: "alert" });
    const save = make("button", { type: "submit", className: "sure" }, "Keep");
    const reset = make("button", { type: "button" }, "As at first");
    const form = make("form", { method: "dialog" },
      make("h2", { id: "keys" }, "Keys"), make("label", {}, off, " Keys answer"), make("table", {}, make("tbody", {}, ...rows)), wrong,
      make("div", { className: "answers" }, save, reset));
    const dialog = make("dialog", { className: "keys" }, form);
    dialog.setAttribute("aria-labelledby", "keys");
    reset.addEventListener("click", () => { localStorage.removeItem(KEPT); dialog.close(); });
    form.addEventListener("submit", (event) => {
      const own = Object.fromEntries([...form.querySelectorAll("input[name]:not([disabled])")].map((it) => [it.name, it.value.trim()]));
      const all = Object.values(own);
      if (all.some((key) => !key || /[1-9/]/.test(key)) || new Set(all).size < all.length) {
        event.preventDefault();
        wrong.textContent = "Give each a letter of its own; digits choose candidates, and / finds.";
        wrong.classList.remove("hidden");
        return;
      }
      localStorage.setItem(KEPT, JSON.stringify({ keys: own, off: !off.checked }));
    });
    dialog.addEventListener("close", () => { dialog.remove(); wait(); });
    document.body.append(dialog);
    dialog.showModal();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.id === "comment") { event.target.blur(); return; }
    const is_typed = event.target.closest("input, textarea, select, dialog");
    if (is_typed || event.ctrlKey || event.metaKey || event.altKey || !section() && event.key !== "u") return;
    const { off } = settings();
    const name = [...keys()].find(([name, it]) => name !== "choose" && it.key === event.key)?.[0];
    if (off && name !== "help") return;
    const is_harmless = /^[1-9]$/.test(event.key) || FIXED.some(([fixed]) => fixed === name);
    // A key that is held, or was pressed before the page could be seen, answers nothing; it must rest first.
    if (event.repeat || sending || !is_harmless && performance.now() - shown < QUIET) { if (name && !is_harmless) wait(); return; }
    if (/^[1-9]$/.test(event.key)) choose(Number(event.key) - 1);
    else if (name) { event.preventDefault(); act(name); }
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-answers]") || !event.submitter) return;
    event.preventDefault();
    if (performance.now() - shown >= QUIET) send(event.submitter);
  });
  document.addEventListener("click", (event) => {
    if (event.target.matches("button.keys")) { help(); return; }
    const other = event.target.closest?.("th[data-other], td[data-other]");
    if (other && !event.target.closest("button, a")) choose(Number(other.dataset.other));
  });
  addEventListener("popstate", () => location.reload());
  prepare();
}
