// The answer in words and as a table.
import { middleOf, shareText, type Answer, type Group, type Row, type Work } from "./answer";
import type { Choice } from "./choice";
import type { ResultFile } from "./data";
import { el, svg } from "./dom";
import { CAUGHT, type Looks, type Theme } from "./style";
import { duration, number, percent, plain, plural, sentence, some, times } from "./words";

const shown = (row: Row): string => row.impl + (row.marked ? CAUGHT : "");
const wait = (row: Row): string => [row.point.axes["wait"], row.point.axes["steal"]].filter((x) => x !== undefined && x !== "native").map((x) => plain(String(x))).join(", ");

/** `a with park`. */
const named = (row: Row, choice: Choice): Node[] => [el("b", {}, shown(row)), wait(row) && choice.wait === "best" ? ` with ${wait(row)}` : ""].map((x) => (typeof x === "string" ? document.createTextNode(x) : x));

const interval = (low: number | null, high: number | null): string => (low === null || high === null ? "" : ` [${times(low)} … ${times(high)}]`);

/** The sentence of one group of equals. */
export function lead(group: Group, answer: Answer, choice: Choice): Node[] {
  const { best } = group, { quantity } = answer.by;
  const rows = group.rows.filter((row) => !row.none);
  const text = (words: string): Node => document.createTextNode(words);
  if (!best) return [text(group.rows.length ? `No number for any of ${some(group.rows.map(shown))}: see why below.` : "Nothing was measured here.")];
  const value = quantity.text(best.middle);
  const next = rows[1];
  if (best.middle === Infinity) return [text(`All that were measured are saturated: none can keep up with what was offered.`)];
  if (!next) return [...named(best, choice), text(`, ${value}. ${group.rows.length > 1 ? "The others have no number: see why below." : "No other promises the same, so there is nothing to rank it with."}`)];
  if (group.tiedFirst.length > 1) {
    const names = group.tiedFirst.slice(0, 6).map(shown), rest = group.tiedFirst.length - names.length;
    const list = some([...names, ...(rest ? [`${rest} more`] : [])]);
    if (!group.enough)
      return [text("With "), text(plural(best.costs.length, "repetition")), text(" these trials cannot rank anything (it takes five of each). By the median alone "), ...named(best, choice), text(` leads with ${value}.`)];
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

function promises(row: Row, work: Work): string {
  const said = Object.entries(row.point.guarantees ?? {}).filter(([key]) => key !== "capacity" || work.axes.some((a) => a.name === "capacity"));
  const words: string[] = [];
  for (const [key, value] of said) {
    if (key === "order") words.push(value === "fifo" ? "FIFO" : plain(value));
    else if (key === "progress") words.push(plain(value));
    else if (key === "capacity") words.push(value === "unbounded" ? "unbounded" : `capacity ${plain(value)}`);
    else if (key === "producers" || key === "consumers") words.push(`${value} ${value === "one" ? key.slice(0, -1) : key}`);
    else words.push(`${plain(key)}: ${plain(value)}`);
  }
  return words.join(", ");
}

/** The spread, and what the trials say beside it. */
function remarks(row: Row): string[] {
  const { point } = row, list: string[] = [];
  if (row.none) return list;
  if (point.reason) list.push(point.reason);
  if (point.saturated) list.push(`saturated in ${point.saturated} of ${point.trials_counted ?? row.costs.length}`);
  if (!point.reason && point.humps?.length) list.push("bimodal: two groups of repetitions");
  const flagged = point.trials.why?.filter((why, i) => why && point.trials.status[i] === "ok").length ?? 0;
  if (flagged) list.push(`${plural(flagged, "flagged trial")} left out`);
  return list;
}

export function table(group: Group, answer: Answer, work: Work, looks: Looks, theme: Theme, many: boolean): HTMLElement {
  const { quantity } = answer.by;
  const all = answer.groups.flatMap((g) => g.rows).filter((row) => !row.none);
  const most = Math.max(...all.flatMap((row) => row.costs.map((c) => quantity.value(c))).filter(Number.isFinite), Number.MIN_VALUE);
  const has = { limit: all.some((row) => shareText(row.point)), cpu: answer.by.name !== "cpu" && all.some((row) => middleOf(row.point, "cpu_ns") !== null), wait: all.some((row) => wait(row)) };
  const best = group.best;
  const range = (row: Row): string => {
    const values = row.costs.map((c) => quantity.value(c)).sort((a, b) => a - b);
    const [a, b] = [values[0] as number, values[values.length - 1] as number];
    const say = (v: number): string => (quantity.unit === "ns" ? duration(v) : answer.by.name === "memory" ? quantity.text(v) : answer.by.name === "fairness" || answer.by.name === "limit" ? v.toPrecision(3) : number(v));
    return `${say(a)} … ${say(b)}`;
  };
  const count = 4 + Number(has.wait) + Number(has.limit) + Number(has.cpu) + 1;
  const body = group.rows.map((row) => {
    const tag = row.none ? null : group.enough && row.place?.best === 1 && group.tiedFirst.length > 1 ? el("span", { class: "tie" }, "tie") : null;
    const notes = remarks(row);
    const name = el("th", { scope: "row", class: "impl" }, el("span", { class: "who" }, mark(row.impl, looks, theme), shown(row)), " ", el("span", { class: "promises" }, promises(row, work)));
    if (row.none) return el("tr", { class: "none", "data-impl": row.impl }, el("td", { class: "place" }, "–"), name, el("td", { class: "nothing", colspan: count - 2 }, "no number: ", row.none));
    const cpu = middleOf(row.point, "cpu_ns");
    return el("tr", { "data-impl": row.impl, "data-place": place(row), "data-cost": row.middle },
      el("td", { class: "place" }, place(row), tag ? " " : null, tag), name,
      el("td", { class: "value" }, el("span", { class: "number" }, quantity.text(row.middle)), el("span", { class: "range" }, range(row)), el("span", { class: "n" }, `n = ${row.costs.length}`)),
      el("td", { class: "picture" }, strip(row, most, answer, looks, theme)),
      el("td", { class: "ratio" }, row === best ? el("span", { class: "number" }, "best") : row.ratio ? [el("span", { class: "number" }, times(row.ratio.median)), el("span", { class: "range" }, row.ratio.low === null ? "no interval" : `${times(row.ratio.low)} … ${times(row.ratio.high as number)}`)] : ""),
      has.limit ? el("td", { class: "limit" }, shareText(row.point) || "–") : null,
      has.cpu ? el("td", { class: "cpu" }, cpu === null ? "–" : duration(cpu)) : null,
      has.wait ? el("td", { class: "wait" }, wait(row) || (row.point.axes["wait"] === "native" ? "its own" : "–"), row.draws > 1 ? el("span", { class: "range" }, `best of ${row.draws}`) : null) : null,
      notes.length ? el("td", { class: "notes" }, sentence(notes.join("; ")), ".") : el("td", { class: "notes" }));
  });
  const title = group.title ? sentence(group.title) : "All of them";
  return el("table", { class: "ranking" },
    el("caption", {}, many || group.title ? el("span", { class: "group" }, title) : el("span", { class: "offscreen" }, "Ranking")),
    el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "place" }, "place"), el("th", { scope: "col", class: "impl" }, "implementation"),
      el("th", { scope: "col", class: "value" }, quantity.short), el("th", { scope: "col", class: "picture" }, el("span", { class: "scale" }, el("span", {}, "0"), el("span", {}, "repetitions, median"), el("span", {}, answer.by.name === "fairness" || answer.by.name === "limit" ? most.toPrecision(3) : quantity.unit === "ns" ? duration(most) : answer.by.name === "memory" ? quantity.text(most) : number(most)))),
      el("th", { scope: "col", class: "ratio" }, quantity.higher ? "best is … better" : "times the best"),
      has.limit ? el("th", { scope: "col", class: "limit" }, "of limit") : null, has.cpu ? el("th", { scope: "col", class: "cpu" }, "CPU per item") : null,
      has.wait ? el("th", { scope: "col", class: "wait" }, "waits by") : null, el("th", { scope: "col", class: "notes" }, "why"))),
    el("tbody", {}, body));
}

export function answerSection(file: ResultFile, work: Work, choice: Choice, answer: Answer, looks: Looks, theme: Theme): Node[] {
  const { groups } = answer;
  const nodes: Node[] = [];
  if (!groups.length) nodes.push(el("p", { class: "lead" }, "No implementation meets this. Ask for less: any order, any progress, or another way of waiting."));
  if (groups.length === 1) nodes.push(el("p", { class: "lead" }, lead(groups[0] as Group, answer, choice)));
  else if (groups.length > 1)
    nodes.push(el("p", { class: "lead" }, "They promise different things, so each is ranked with its equals only."),
      el("ul", { class: "leads" }, groups.slice(0, 8).map((group) => el("li", {}, el("span", { class: "among" }, `${sentence(group.title || "the others")}: `), lead(group, answer, choice)))));
  for (const group of groups) nodes.push(el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Ranking${group.title ? `: ${group.title}` : ""}` }, table(group, answer, work, looks, theme, groups.length > 1)));
  const few = groups.some((group) => !group.enough && group.rows.length > 1);
  const notes = [
    "Each implementation stands under the median of the repetitions that count; the range is their lowest and highest. 1–2 means that the trials cannot tell first from second (rank-sum test, 1% for each comparison).",
    few ? "Five repetitions of each are needed to tell any two apart." : "",
    "The ratio is the median over all pairs of trials with its 95% interval.",
    groups.some((g) => g.rows.some((row) => row.draws > 1)) ? "The best of several wait strategies looks better than a single draw; choose one strategy above to compare like with like." : "",
    file.run.caught?.length ? "(!): showed a fault somewhere in this run." : "",
  ].filter(Boolean);
  if (groups.length) nodes.push(el("p", { class: "small" }, notes.join(" ")));
  return nodes;
}

export { number, percent };
