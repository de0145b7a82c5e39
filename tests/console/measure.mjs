// What makes the look of a page, measured in the page itself.

/** Answers of each element that is seen its box and its style; of the rows of a table the first three. `names` are those of this machine and of who
 *  works on it, which differ elsewhere. Carried out in a browser. */
export function measure(names) {
  // What differs from day to day and from run to run has one length.
  const SAME = [
    [/-\d{10,}(?:-\d+)*/g, "-0"], [/\d{4}-\d\d-\d\d/g, "2000-01-01"], [/\d\d:\d\d:\d\d/g, "00:00:00"], [/\b[0-9a-f]{8,}\b/g, "0000000000"], [/p_[a-z2-7]+/g, "p_aaaaaaaa"],
    [/page-[\w-]+/g, "page-0"], [/\d{8}/g, "20000101"], [/(?:<\u202f)?[\d.]+\u202f(?:%|[kMG]?B|ms|s|d|h)(?:\s[\d.]+\u202f(?:s|min|h))?/g, "0\u202fs"],
    [/[\d.]+\u202fmin [\d.]+\u202fs/g, "0\u202fs"], [/\S*carelake-console-\w+/g, "/tmp/carelake-console-x"], [/\d+\u202f\d+/g, "0\u202f000"], [/127\.0\.0\.1:\d+/g, "127.0.0.1:0"],
  ];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const own = names.reduce((text, name) => text.replaceAll(new RegExp(`(?<![\\w-])${RegExp.escape?.(name) ?? name}(?![\\w-])`, "g"), "somebody"), node.data);
    const text = SAME.reduce((text, [found, put]) => text.replace(found, put), own);
    if (text !== node.data) node.data = text;
  }
  for (const chart of document.querySelectorAll(".chart svg, .chart details")) chart.replaceChildren();
  const seen = [];
  const walk = (element, parent) => {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (style.display === "none" || style.visibility === "hidden" || (box.width === 0 && box.height === 0)) return;
    if (element.matches("tbody > tr:nth-child(n+4), option, bdi *")) return;
    const rounded = [["x", box.x - parent.x], ["y", box.y - parent.y], ["w", box.width], ["h", box.height]].map(([name, it]) => `${name}${Math.round(it)}`);
    const own = [...element.childNodes].filter((it) => it.nodeType === Node.TEXT_NODE).map((it) => it.data.trim()).join(" ").trim();
    const name = `${element.localName}${[...element.classList].map((it) => `.${it}`).join("")}`;
    const lines = ["top", "right", "bottom", "left"].map((side) => style[`border-${side}-width`]).join("/");
    const parts = [
      style.color, style.backgroundColor, lines === "0px/0px/0px/0px" ? "" : `${lines},${style.borderTopColor},${style.borderBottomColor}`,
      `${style.fontSize}/${style.fontWeight}${style.fontStyle === "italic" ? "i" : ""}`, style.textDecorationLine === "none" ? "" : style.textDecorationLine,
      style.boxShadow === "none" ? "" : style.boxShadow, style.opacity === "1" ? "" : style.opacity,
      element instanceof SVGElement ? `${style.fill},${style.stroke}` : "",
    ];
    const short = (text) => text.replaceAll(/rgba?\(([^)]*)\)/g, (_, it) => it.replaceAll(", ", ",")).replaceAll(" ", "_");
    seen.push({
      element, box: `${name} ${rounded.join(" ")} ${own ? JSON.stringify(own.slice(0, 24)).replaceAll(" ", "_") : "-"}`,
      style: short(parts.filter(Boolean).join(";")),
    });
    for (const child of element.children) walk(child, box);
  };
  walk(document.body, { x: 0, y: 0 });
  window.measured = seen.map((it) => it.element);
  return seen.map(({ box, style }) => ({ box, style }));
}

/** Outlines the elements of these places. Carried out in a browser. */
export function outline(places) {
  for (const place of places) {
    const element = window.measured[place];
    if (element) Object.assign(element.style, { outline: "2px solid red", outlineOffset: "1px" });
  }
}
