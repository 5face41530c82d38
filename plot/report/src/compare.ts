// Several result files side by side, point by point; verdicts of a gate; series of a history.
import { byOf, costsOf } from "./answer";
import type { Choice } from "./choice";
import { isResult, type AnyFile, type GateFile, type HistoryFile, type Point, type ResultFile } from "./data";
import { draw, type Spec } from "./charts/frame";
import { breaking, csv, el, save, svg } from "./dom";
import type { Ask } from "./sentence";
import { ratioOf, type Ratio } from "./statistics";
import { inks, type Theme } from "./style";
import { number, plain, plural, some, tick, times } from "./words";

// --- result files --------------------------------------------------------------------------------------------------------------

export interface Pair { point: Point; others: (Point | undefined)[]; ratios: (Ratio | null)[]; far: number; clear: boolean }

/** The points of `base` with what the other files have of the same name; the greatest differences first. */
export function pairsOf(base: ResultFile, others: readonly ResultFile[]): Pair[] {
  const maps = others.map((file) => new Map(file.points.map((p) => [p.name, p])));
  const pairs: Pair[] = [];
  for (const point of base.points) {
    const found = maps.map((map) => map.get(point.name));
    if (!found.some(Boolean)) continue;
    const costs = costsOf(point, byOf(base, point.measure, "own"));
    const ratios = found.map((other, i) => (other ? ratioOf(costsOf(other, byOf(others[i] as ResultFile, other.measure, "own")), costs) : null));
    const clear = ratios.some((r) => r !== null && r.low !== null && r.high !== null && (r.low > 1 || r.high < 1));
    const far = Math.max(0, ...ratios.map((r) => (r && r.median > 0 && Number.isFinite(r.median) ? Math.abs(Math.log(r.median)) : 0)));
    pairs.push({ point, others: found, ratios, far, clear });
  }
  return pairs.sort((a, b) => Number(b.clear) - Number(a.clear) || b.far - a.far || a.point.index - b.point.index);
}

const machine = (file: ResultFile): string => {
  const own = file.environment.handoff ?? {};
  return `${String(own["cpu_model"] ?? "")}|${file.environment.host_name ?? ""}|${file.environment.num_cpus ?? ""}`;
};
const cellText = (ratio: Ratio | null): (Node | string)[] => ratio === null ? ["–"] : [el("span", { class: "number" }, times(ratio.median)), el("span", { class: "range" }, ratio.low === null || ratio.high === null ? "no interval" : `${times(ratio.low)} … ${times(ratio.high)}`)];
const way = (ratio: Ratio | null): string => (ratio?.low == null || ratio.high == null ? "" : ratio.low > 1 ? "worse" : ratio.high < 1 ? "better" : "");
const SHOWN = 200;

export function compareSection(files: readonly ResultFile[], choice: Choice, ask: Ask): Node[] {
  const base = files[choice.against] ?? files[0]!;
  const others = files.filter((file) => file !== base);
  const pairs = pairsOf(base, others);
  const differ = new Set(files.map(machine)).size > 1;
  const box = el("select", { "aria-label": "Base", "data-control": "against" }, files.map((f, i) => el("option", { value: i, selected: f === base }, f.label || f.file)));
  box.addEventListener("change", () => ask((c) => { c.against = Number(box.value); }));
  const nodes: Node[] = [el("p", { class: "ask" }, "How many times the cost in ", box, " does each point have elsewhere?")];
  nodes.push(el("p", { class: differ ? "warning" : "small" }, differ
    ? "These files are of different machines (or of one that calls itself otherwise): a ratio here says how the machines differ as much as anything else. Nothing is ranked across them."
    : "The files name the same machine, but were measured at different times: a difference may be the machine's. To blame the code, measure both sides in turn: handoff compare or handoff gate."));
  if (!pairs.length) return [...nodes, el("p", {}, "No point stands in two of these files.")];
  const clear = pairs.filter((p) => p.clear).length;
  nodes.push(el("p", { class: "lead" }, clear ? `${clear.toLocaleString("en-US")} of ${plural(pairs.length, "common point")} ${clear === 1 ? "differs" : "differ"} clearly: ${pairs.filter((p) => p.ratios.some((r) => way(r) === "worse")).length} cost more elsewhere, ${pairs.filter((p) => p.ratios.some((r) => way(r) === "better")).length} less.` : `None of ${plural(pairs.length, "common point")} differs clearly.`));
  const rows = pairs.slice(0, SHOWN).map((pair) => el("tr", { class: pair.clear ? "clear" : "" }, el("th", { scope: "row", class: "name" }, breaking(pair.point.name)),
    el("td", {}, valueOf(base, pair.point)), others.flatMap((file, i) => [el("td", {}, pair.others[i] ? valueOf(file, pair.others[i] as Point) : "–"), el("td", { class: way(pair.ratios[i] ?? null) }, cellText(pair.ratios[i] ?? null))])));
  nodes.push(el("div", { class: "scroll window", tabindex: 0, role: "region", "aria-label": "Comparison" }, el("table", { class: "plain compare" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "point"), el("th", { scope: "col" }, base.label || base.file),
    others.flatMap((f) => [el("th", { scope: "col" }, f.label || f.file), el("th", { scope: "col" }, "times the cost")]))), el("tbody", {}, rows))));
  nodes.push(el("p", { class: "small" }, pairs.length > SHOWN ? `The ${SHOWN} that differ most of ${pairs.length.toLocaleString("en-US")}; the CSV has all. ` : "", "Median over all pairs of trials with its 98% interval; above 1 it costs more than in the base. Of many points some differ by chance: one interval in fifty misses. ",
    el("button", { type: "button", class: "quiet", "data-compare": "csv", onclick: () => save("handoff-compare.csv", "text/csv", csv([["point", "file", "ratio", "low", "high"], ...pairs.flatMap((p) => p.ratios.map((r, i) => [p.point.name, others[i]!.label || others[i]!.file, r?.median ?? null, r?.low ?? null, r?.high ?? null]))])) }, "CSV")));
  return nodes;
}

function valueOf(file: ResultFile, point: Point): string {
  const by = byOf(file, point.measure, "own"), costs = costsOf(point, by).sort((a, b) => a - b);
  if (!costs.length) return point.caught ? "caught" : "no number";
  const n = costs.length;
  return by.quantity.text(n % 2 ? (costs[n >> 1] as number) : ((costs[n / 2 - 1] as number) + (costs[n / 2] as number)) / 2);
}

// --- a gate --------------------------------------------------------------------------------------------------------------------

const WORST_FIRST = ["regressed", "failed", "broken", "missing", "inconclusive", "no evidence", "unchanged", "improved", "new"];
const exits: Record<number, string> = { 0: "The gate is open.", 1: "The gate is shut: something became worse or failed.", 2: "The gate could not run as asked.", 3: "The gate is undecided: the pairs say too little.", 130: "The gate was interrupted." };
const sideName = (side: { folder?: string; ref?: string }): string => side.ref || (side.folder ?? "").split("/").pop() || "?";

export function gateSection(file: GateFile): Node[] {
  const { gate } = file;
  const points = [...gate.points].sort((a, b) => WORST_FIRST.indexOf(a.finding) - WORST_FIRST.indexOf(b.finding) || (b.slowdown?.median ?? 0) - (a.slowdown?.median ?? 0));
  const spread = gate.pairs.map((p) => Math.abs(p.d ?? 0)).sort((a, b) => a - b); // one scale for all, whatever a few pairs say
  const most = Math.max(0.05, ...gate.points.map((p) => Math.log(p.max_slowdown) * 1.3), 1.2 * (spread[Math.floor(spread.length * 0.98)] ?? 0));
  const byPoint = new Map<string, (typeof gate.pairs)>();
  for (const pair of gate.pairs) byPoint.set(pair.point, [...(byPoint.get(pair.point) ?? []), pair]);
  const counts = WORST_FIRST.map((f) => [f, points.filter((p) => p.finding === f).length] as const).filter(([, n]) => n);
  const bad = (finding: string): boolean => ["regressed", "failed", "broken", "missing"].includes(finding);
  return [
    el("p", { class: `lead${gate.exit_code ? " bad" : ""}` }, el("b", {}, exits[gate.exit_code] ?? `Exit code ${gate.exit_code}.`), ` ${some(counts.map(([f, n]) => `${n} ${f}`))}.`),
    el("p", {}, `${sideName(gate.candidate)} against ${sideName(gate.base)}, sweep ${gate.sweep.name}, ${plural(gate.pairs.length, "pair")} in ${number(gate.wall_seconds / 60)} minutes.${gate.complete ? "" : " Not complete."}`),
    gate.differences.length ? el("p", { class: "warning" }, `The two were built differently: ${gate.differences.join("; ")}.`) : document.createTextNode(""),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Verdicts" }, el("table", { class: "plain gate" }, el("thead", {}, el("tr", {}, ["verdict", "point", "slowdown", "allowed", "pairs", "base", "candidate"].map((h) => el("th", { scope: "col" }, h)))),
      el("tbody", {}, points.flatMap((p) => {
        const pairs = byPoint.get(p.name) ?? [], s = p.slowdown;
        const value = (x: number | null | undefined): string => (x === null || x === undefined ? "–" : `${number(x)} ${p.unit}`);
        const row = el("tr", { class: bad(p.finding) ? "worse" : p.finding === "improved" ? "better" : "", "data-finding": p.finding }, el("th", { scope: "row" }, p.finding), el("td", { class: "name" }, breaking(p.name), p.reason ? el("span", { class: "range" }, p.reason) : null),
          el("td", {}, s && s.median !== null ? [el("span", { class: "number" }, times(s.median)), s.low !== null && s.high !== null ? el("span", { class: "range" }, `${times(s.low)} … ${times(s.high)}`) : null] : "–"),
          el("td", {}, times(p.max_slowdown)), el("td", {}, p.pairs ? String(p.pairs.screening + p.pairs.confirming + p.pairs.proving) : "–"), el("td", {}, value(p.base_median)), el("td", {}, value(p.candidate_median)));
        if (!pairs.length) return [row];
        return [row, el("tr", { class: "pairs" }, el("td", { colspan: 7 }, pairsStrip(pairs, p.max_slowdown, most), el("details", {}, el("summary", {}, `Each of ${plural(pairs.length, "pair")}`),
          el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ["", "order", "base", "candidate", "ratio", "why it does not count"].map((h) => el("th", { scope: "col" }, h || "pair")))), el("tbody", {}, pairs.map((pair, i) => el("tr", {}, el("td", {}, i + 1), el("td", {}, pair.order), el("td", {}, trialText(pair.base)), el("td", {}, trialText(pair.candidate)), el("td", {}, pair.d === null ? "–" : times(Math.exp(pair.d))), el("td", {}, pair.replaced))))))))];
      })))),
    gate.failures.length ? el("h3", {}, "Failures") : document.createTextNode(""),
    el("ul", {}, gate.failures.map((f) => el("li", {}, `${f.point}, ${f.side}: ${f.status}: ${f.reason} `, el("code", {}, f.command)))),
  ];
}

const trialText = (t: { status: string; value?: number | null; reason?: string }): string => (t.status !== "ok" ? `${t.status}: ${t.reason ?? ""}` : t.value === null || t.value === undefined ? "saturated" : number(t.value));

function pairsStrip(pairs: GateFile["gate"]["pairs"], allowed: number, most: number): Node {
  const ds = pairs.map((p) => p.d).filter((d): d is number => d !== null);
  const x = (d: number): number => 150 + Math.max(-1, Math.min(1, d / most)) * 142;
  return svg("svg", { viewBox: "0 0 300 26", class: "pair-strip", role: "img", "aria-label": `Ratios of ${plural(ds.length, "pair")}: from ${ds.length ? times(Math.exp(Math.min(...ds))) : "–"} to ${ds.length ? times(Math.exp(Math.max(...ds))) : "–"}` },
    svg("line", { x1: 150, x2: 150, y1: 1, y2: 18, class: "ground" }), svg("line", { x1: x(Math.log(allowed)), x2: x(Math.log(allowed)), y1: 1, y2: 18, class: "allowed" }),
    ds.map((d, i) => svg("circle", { cx: x(d), cy: 5 + (i % 4) * 3, r: 2, class: "pair" })),
    svg("text", { x: 150, y: 25, "text-anchor": "middle" }, "1×"), svg("text", { x: x(Math.log(allowed)), y: 25, "text-anchor": "middle" }, times(allowed)));
}

// --- a history -----------------------------------------------------------------------------------------------------------------

export function historySection(file: HistoryFile, theme: Theme, width: number, em: number): Node[] {
  const { history } = file, ink = inks(theme);
  const series = [...history.series].sort((a, b) => Number(!!b.change_points.length) - Number(!!a.change_points.length) || worst(b) - worst(a));
  const changed = series.filter((s) => s.change_points.length);
  return [
    el("p", { class: "lead" }, changed.length ? `${plural(changed.length, "series", "series")} of ${series.length} changed.` : `No change in ${plural(series.length, "series", "series")}.`),
    el("p", { class: "small" }, `Ratios of cost to a frozen reference build (${history.reference}): above 1 is worse. ${history.method}`),
    el("div", { class: "charts" }, series.slice(0, 60).map((one) => {
      const point = (e: (typeof one.entries)[0], i: number) => ({ x: i, y: e.ratio, ...(e.low !== null && e.high !== null ? { low: e.low, high: e.high } : {}), datum: null, label: `${e.date} ${e.commit.slice(0, 10)}: ${times(e.ratio)}` });
      const levels: [number, number][] = [];
      one.change_points.forEach((c, i) => {
        const from = one.change_points[i - 1]?.index ?? one.first_tested, to = one.change_points[i + 1]?.index ?? one.entries.length;
        if (i === 0) levels.push([from, c.before], [c.index - 0.5, c.before]);
        levels.push([c.index - 0.5, c.after], [to - 1, c.after]);
      });
      const every = Math.max(1, Math.ceil(one.entries.length / 5));
      const spec: Spec<null> = {
        x: { title: "adds, oldest first", text: String, ticks: one.entries.flatMap((e, i): [number, string][] => (i % every === 0 ? [[i, e.date.slice(0, 10)]] : [])) }, y: { title: "times the reference's cost", text: (v) => `${tick(number(v))}×` },
        along: "y", labels: false, repetitions: false, reference: 1,
        series: [{ name: "", color: ink["better"] as string, path: "M1,0A1,1 0 1 1 -1,0A1,1 0 1 1 1,0Z", scale: 0.7, dash: "", joined: true, marks: one.entries.map(point) },
          ...(levels.length ? [{ name: "", color: ink["warning"] as string, path: "", scale: 1, dash: "", joined: true, marks: [], curve: levels }] : [])],
      };
      const drawing = draw(spec, width, em);
      drawing.svg.setAttribute("role", "img");
      drawing.svg.setAttribute("aria-label", `${one.point}: ${plural(one.entries.length, "add")}, ${plural(one.change_points.length, "change")}`);
      drawing.marks.forEach(({ element }) => ["tabindex", "role", "aria-label"].forEach((a) => element.removeAttribute(a)));
      return el("figure", { class: "chart" }, el("figcaption", {}, breaking(one.point)), el("p", { class: "note" }, one.machine), drawing.svg,
        one.change_points.length ? el("ul", {}, one.change_points.map((c) => { const e = one.entries[c.index]; return el("li", {}, `at ${e?.date.slice(0, 10) ?? ""} (${e?.commit.slice(0, 10) ?? ""}): ${times(c.before)} to ${times(c.after)}, p = ${number(c.p)}`); })) : el("p", { class: "small" }, one.level ? "no change" : "too short to be tested"));
    })),
    series.length > 60 ? el("p", { class: "small" }, `${series.length - 60} more series, none of which changed more.`) : document.createTextNode(""),
  ];
}
const worst = (s: HistoryFile["history"]["series"][0]): number => Math.max(0, ...s.change_points.map((c) => Math.abs(Math.log(c.after / c.before))));

export const resultsOf = (files: readonly AnyFile[]): ResultFile[] => files.filter(isResult);
export { plain };
