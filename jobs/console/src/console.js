// What a page can do for who reads it and a form cannot: times in their zone, a run that refreshes itself, a key to find by.
"use strict";
{
  const zone = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const localise = (root) => {
    for (const time of root.querySelectorAll("time[datetime]")) time.title = zone.format(new Date(time.dateTime));
  };
  localise(document);
  document.addEventListener("carelake:shown", () => localise(document));

  document.addEventListener("keydown", (event) => {
    const typed = event.target.closest("input, textarea, select");
    if (event.key === "/" && !typed && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const word = document.getElementById("word");
      if (word) { event.preventDefault(); word.focus(); }
    }
  });

  const EVERY = 3000;
  const look = async () => {
    if (document.hidden) { setTimeout(look, EVERY); return; }
    let text;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return;
      text = await answer.text();
    } catch { setTimeout(look, EVERY); return; }
    const next = new DOMParser().parseFromString(text, "text/html");
    const [here, there] = [document.getElementById("main"), next.getElementById("main")];
    const open = [...here.querySelectorAll("details")].map((it) => it.open);
    const focused = [...here.querySelectorAll("[tabindex], a, button, summary")].indexOf(document.activeElement);
    here.replaceChildren(...there.childNodes);
    [...here.querySelectorAll("details")].forEach((it, at) => { it.open = open[at] ?? false; });
    if (focused >= 0) [...here.querySelectorAll("[tabindex], a, button, summary")][focused]?.focus({ preventScroll: true });
    localise(here);
    if (next.body.dataset.live) { setTimeout(look, EVERY); return; }
    delete document.body.dataset.live;
    document.querySelector(".live").textContent = `${document.title}: it has ended`;
  };
  if (document.body.dataset.live) setTimeout(look, EVERY);
}
