// The answer in words and as a table.
import { middleOf, shareText, type Answer, type Group, type Row } from "./answer";
import type { Choice } from "./choice";
import type { ResultFile } from "./data";
import { breaking, el, svg } from "./dom";
import { CAUGHT, type Looks, type Theme } from "./style";
import { duration, number, percent, plain, plural, promise, sentence, some, times } from "./words";

const shown = (row: Row): string => row.impl + (row.marked ? CAUGHT : "");
const wait = (row: Row): string => [row.point.axes["wait"], row.point.axes["steal"]].filter((x) => x !== undefined && x !== "native").map((x) => plain(String(x))).join(", ");

/** `a with park`. */
const named = (row: Row, choice: Choice): Node[] => [el("b", {}, shown(row)), wait(row) && choice.wait === "best" ? ` with ${wait(row)}` : ""].map((x) => (typeof x === "string" ? document.createTextNode(x) : x));

const bare = (ratio: number): string => times(ratio).replace("×", "");
const interval = (low: number | null, high: number | null): string => (low === null || high === null ? "" : ` [${bare(low)} … ${bare(high)}]`);

/** The sentence of one group of equals. */
export function lead(group: Group, answer: Answer, choice: Choice): Node[] {
  const { best } = group, { quantity } = answer.by;
  const rows = group.rows.filter((row) => !row.none);
  const text = (words: string): Node => document.createTextNode(words);
  if (!best) return [text(group.rows.length ? `${some(group.rows.slice(0, 6).map(shown))}${group.rows.length > 6 ? ` and ${group.rows.length - 6} more` : ""} ${group.rows.length === 1 ? "has" : "have"} no number: see why below.` : "Nothing was measured here.")];
  const value = quantity.text(best.middle);
  const next = rows[1];
  if (best.middle === Infinity) return [text(`All that were measured are saturated: none can keep up with what was offered.`)];
  if (!next) return [...named(best, choice), text(`, ${value}; ${group.rows.length > 1 ? "the others have no number: see why below." : "no other promises the same."}`)];
  if (group.tiedFirst.length > 1) {
    const names = group.tiedFirst.slice(0, 6).map(shown), rest = group.tiedFirst.length - names.length;
    const list = some([...names, ...(rest ? [`${rest} more`] : [])]);
    if (!group.enough)
      return [...named(best, choice), text(` has the best median, ${value}; with ${plural(best.costs.length, "repetition")} these trials cannot rank anything (it takes five of each).`)];
    return [el("b", {}, list), text(group.tiedFirst.length === rows.length ? " are tied: these trials cannot tell them apart. " : ` share the first place: these trials cannot tell them apart. `), text("The best median is "), ...named(best, choice), text(`'s, ${value}.`)];
  }
  const r = next.ratio;
  const by = r ? times(r.median) : "";
  return [...named(best, choice), text(`: ${value}, ${r && Number.isFinite(r.median) ? `${by}${interval(r.low, r.high)} ${quantity.higher ? "the next" : "better than the next"}` : "ahead of the next"}, `), text(`${shown(next)}.`)];
}

function place(row: Row): string {
  if (!row.place) return "–";
  return row.place.best === row.place.worst ? `${row.place.best}` : `${row.place.best}–${row.place.worst}`;
}

/** A row's repetitions on a scale from 0 that all rows of the table share. */
function strip(row: Row, most: number, answer: Answer, looks: Looks, theme: Theme): SVGSVGElement | null {
  if (row.none) return null;
  const { quantity } = answer.by;
  const values = row.costs.map((c) => quantity.value(c)).filter(Number.isFinite);
  const x = (v: number): number => 2 + (v / most) * 196;
  const color = looks.color(row.impl, theme);
  const middle = quantity.value(row.middle);
  const low = Math.min(...values), high = Math.max(...values);
  if (!values.length) return null;
  return svg("svg", { viewBox: "0 0 200 20", class: "strip", "aria-hidden": "true", preserveAspectRatio: "none" },
    svg("line", { x1: x(0), x2: x(most), y1: 10, y2: 10, class: "ground" }),
    svg("line", { x1: x(low), x2: x(high), y1: 10, y2: 10, stroke: color, "stroke-width": 7, opacity: 0.28 }),
    values.map((v) => svg("line", { x1: x(v), x2: x(v), y1: 5.5, y2: 14.5, stroke: color, "stroke-width": 1.2, opacity: 0.75 })),
    Number.isFinite(middle) ? svg("line", { x1: x(middle), x2: x(middle), y1: 2, y2: 18, stroke: color, "stroke-width": 3 }) : null);
}

const mark = (impl: string, looks: Looks, theme: Theme): SVGSVGElement => {
  const { path, scale } = looks.mark(impl);
  return svg("svg", { viewBox: "-1.5 -1.5 3 3", class: "mark-sample", "aria-hidden": "true" }, svg("path", { d: path, transform: `scale(${scale})`, fill: looks.color(impl, theme) }));
};
export { mark as markSample };

/** What it promises beside what its group says. */
function promises(row: Row, group: Group): string {
  const words: string[] = [];
  for (const [key, value] of Object.entries(row.point.guarantees ?? {})) {
    if (key === "producers" || key === "consumers" || value === "control") continue;
    const said = key === "capacity" && value !== "unbounded" && value !== "bounded" ? `capacity ${plain(value)}` : ["order", "progress", "capacity"].includes(key) ? promise(value) : `${plain(key)} ${promise(value)}`;
    if (!group.title.includes(said) && !group.title.includes(said.replace(" ", ": "))) words.push(said);
  }
  return words.join(", ");
}

/** The spread, and what the trials say beside it. */
function remarks(row: Row): string[] {
  const { point } = row, list: string[] = [];
  if (row.none) return list;
  if (point.reason) list.push(point.reason);
  if (!point.reason && point.saturated) list.push(`saturated in ${point.saturated} of ${point.trials_counted ?? row.costs.length}`);
  if (!point.reason && point.humps?.length) list.push("bimodal: two groups of repetitions");
  const flagged = point.trials.why?.filter((why, i) => why && point.trials.status[i] === "ok").length ?? 0;
  if (flagged) list.push(`${plural(flagged, "flagged trial")} left out`);
  return list;
}

/** All groups in one table, so that their columns are the same. */
export function table(answer: Answer, looks: Looks, theme: Theme): HTMLElement {
  const { quantity } = answer.by;
  const all = answer.groups.flatMap((g) => g.rows).filter((row) => !row.none);
  const most = Math.max(...all.flatMap((row) => row.costs.map((c) => quantity.value(c))).filter(Number.isFinite), Number.MIN_VALUE);
  const has = { limit: answer.by.name !== "limit" && all.some((row) => shareText(row.point)), cpu: answer.by.name !== "cpu" && all.some((row) => middleOf(row.point, "cpu_ns") !== null), wait: all.some((row) => wait(row)) };
  const range = (row: Row): string => {
    const values = row.costs.map((c) => quantity.value(c)).sort((a, b) => a - b);
    return `${quantity.say(values[0] as number)} … ${quantity.say(values[values.length - 1] as number)}`;
  };
  const count = 6 + Number(has.wait) + Number(has.limit) + Number(has.cpu);
  const line = (row: Row, group: Group): HTMLElement => {
    const name = el("th", { scope: "row", class: "impl" }, el("span", { class: "who" }, mark(row.impl, looks, theme), breaking(shown(row))), has.wait && wait(row) ? el("span", { class: "narrow range" }, wait(row)) : null, el("span", { class: "promises" }, promises(row, group)));
    if (row.none) return el("tr", { class: "none", "data-impl": row.impl }, el("td", { class: "place" }, "–"), name, el("td", { class: "nothing", colspan: count - 2 }, "no number: ", row.none));
    const cpu = middleOf(row.point, "cpu_ns"), notes = remarks(row);
    const tie = row.place?.best === 1 && group.enough && group.tiedFirst.length > 1;
    return el("tr", { "data-impl": row.impl, "data-place": place(row), "data-cost": row.middle, "data-ratio": row.ratio?.median, "data-low": row.ratio?.low, "data-high": row.ratio?.high },
      el("td", { class: "place" }, answer.ranked ? place(row) : "", tie && answer.ranked ? el("span", { class: "tie" }, "tie") : null), name,
      el("td", { class: "value" }, el("span", { class: "number" }, quantity.text(row.middle)), el("span", { class: "range" }, range(row), el("span", { class: "n" }, `, n = ${row.costs.length}`))),
      el("td", { class: "picture" }, strip(row, most, answer, looks, theme)),
      el("td", { class: "ratio" }, !answer.ranked ? "" : row === group.best ? el("span", { class: "number" }, "best") : row.ratio ? [el("span", { class: "number" }, times(row.ratio.median)), el("span", { class: "range" }, row.ratio.low === null ? "no interval" : `${bare(row.ratio.low)} … ${bare(row.ratio.high as number)}`)] : ""),
      has.limit ? el("td", { class: "limit" }, shareText(row.point) || "–") : null,
      has.cpu ? el("td", { class: "cpu" }, cpu === null ? "–" : duration(cpu)) : null,
      has.wait ? el("td", { class: "wait" }, wait(row) || (row.point.axes["wait"] === "native" ? "its own" : "–"), row.draws > 1 ? el("span", { class: "range" }, `best of ${row.draws}`) : null) : null,
      el("td", { class: "notes" }, notes.length ? sentence(notes.join("; ")) + "." : ""));
  };
  return el("table", { class: "ranking" },
    el("caption", { class: "offscreen" }, "Ranking"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "place" }, answer.ranked ? "place" : ""), el("th", { scope: "col", class: "impl" }, "implementation"),
      el("th", { scope: "col", class: "value" }, quantity.short), el("th", { scope: "col", class: "picture" }, el("span", { class: "scale" }, el("span", {}, "0"), el("span", {}, "repetitions and median"), el("span", {}, all.length ? quantity.say(most) : ""))),
      el("th", { scope: "col", class: "ratio", title: "How many times the cost of the best of its group: median over all pairs of trials, and its 98% interval" }, answer.ranked ? "best is ahead by" : ""),
      has.limit ? el("th", { scope: "col", class: "limit", title: "Share of what this machine could do at best" }, "of limit") : null, has.cpu ? el("th", { scope: "col", class: "cpu" }, "CPU per item") : null,
      has.wait ? el("th", { scope: "col", class: "wait" }, "waits by") : null, el("th", { scope: "col", class: "notes" }, "why"))),
    answer.groups.map((group) => el("tbody", { "data-group": group.title },
      answer.groups.length > 1 || group.title ? el("tr", { class: "group" }, el("th", { scope: "rowgroup", colspan: count }, sentence(group.title || "All of them"))) : null,
      group.rows.map((row) => line(row, group)))));
}

export function answerSection(file: ResultFile, choice: Choice, answer: Answer, looks: Looks, theme: Theme): Node[] {
  const { groups } = answer, first = groups[0];
  if (!first) return [el("p", { class: "lead" }, "No implementation meets this. Ask for less: any order, any progress, or another way of waiting.")];
  const nodes: Node[] = [];
  if (!answer.ranked) nodes.push(el("p", { class: "lead" }, "Not ranked: a plain Google Benchmark file does not say which of its benchmarks are alternatives."), ...(first.best ? [el("p", {}, "The least time here is ", named(first.best, choice), `'s: ${answer.by.quantity.text(first.best.middle)}.`)] : []));
  else if (!groups.some((group) => group.best)) nodes.push(el("p", { class: "lead" }, `Nothing can be ranked here: ${groups.length === 1 && first.rows.length === 1 ? `${shown(first.rows[0] as Row)} has no trial that counts` : "no implementation has a trial that counts"}.`));
  else if (groups.length === 1) nodes.push(el("p", { class: "lead" }, lead(first, answer, choice)));
  else nodes.push(
    el("p", { class: "among" }, sentence(first.title || "the others")), el("p", { class: "lead" }, lead(first, answer, choice)),
    el("p", { class: "among" }, `${groups.length === 2 ? "Others promise" : "Others promise"} something else, and are ranked among themselves:`),
    el("ul", { class: "leads" }, groups.slice(1, 9).map((group) => el("li", {}, el("span", { class: "among" }, sentence(group.title || "the others")), el("span", {}, lead(group, answer, choice))))));
  nodes.push(el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Ranking" }, table(answer, looks, theme)));
  const notes = !answer.ranked ? ["Median, lowest and highest of the repetitions in the file."] : [
    "Each implementation stands under the median of the repetitions that count; the range is their lowest and highest. 1–2 means that the trials cannot tell first from second (rank-sum test, 1% for each comparison).",
    groups.some((group) => !group.enough && group.rows.length > 1) ? "Five repetitions of each are needed to tell any two apart." : "",
    "The lead of the best is the median over all pairs of trials, with its 98% interval.",
    groups.some((g) => g.rows.some((row) => row.draws > 1)) ? "The best of several wait strategies looks better than a single draw; choose one strategy above to compare like with like." : "",
    file.run.caught?.length ? "(!): showed a fault somewhere in this run." : "",
  ].filter(Boolean);
  nodes.push(el("p", { class: "small" }, notes.join(" ")));
  return nodes;
}

export { number, percent };
