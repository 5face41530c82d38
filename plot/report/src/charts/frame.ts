// Draws a chart as SVG: axes, marks, lines, intervals. Knows nothing of points and choices.
import { scaleBand, scaleLinear, scaleLog, scalePoint } from "d3-scale";
import { area, curveLinear, line } from "d3-shape";
import { svg } from "../dom";

export type Value = number | string;
export interface AxisSpec {
  title: string;
  words?: string[]; // the values of an ordinal axis, in order
  log?: boolean; zero?: boolean;
  text(value: number): string;
  ticks?: [number, string][];
}
export interface Mark<T> { x: Value; y: Value; low?: number; high?: number; repetitions?: number[]; datum: T; label: string; hollow?: boolean; fill?: string; inside?: string; ink?: string }
export interface Series<T> {
  name: string; color: string; path: string; scale: number; dash: string;
  marks: Mark<T>[]; joined: boolean;
  curve?: [number, number][]; band?: [number, number, number][];
}
export interface Spec<T> {
  x: AxisSpec; y: AxisSpec;
  along: "x" | "y"; // the axis on which intervals and repetitions lie
  series: Series<T>[];
  cells?: boolean; // marks are the cells of a heat map
  reference?: number; // a line across the value axis
  labels: boolean; // names at the lines' ends, where there is room
  repetitions: boolean;
}
export interface Drawn<T> { svg: SVGSVGElement; marks: { element: SVGElement; mark: Mark<T>; series: number }[] }

interface Scale { at(value: Value): number; ticks: [number, string][]; band: number }
const CHARACTER = 0.58; // widths of text, in ems

function numeric(axis: AxisSpec, values: number[], range: [number, number], room: number): Scale {
  const finite = values.filter(Number.isFinite);
  let low = Math.min(...finite), high = Math.max(...finite);
  if (!finite.length) [low, high] = [0, 1];
  if (axis.log && low > 0) {
    if (low === high) [low, high] = [low / 1.5, high * 1.5];
    const pad = (high / low) ** 0.04;
    const scale = scaleLog().domain([low / pad, high * pad]).range(range);
    let ticks = axis.ticks ?? scale.ticks().filter((t) => [1, 2, 5].includes(Math.round(t / 10 ** Math.floor(Math.log10(t) + 1e-9)))).map((t) => [t, axis.text(t)] as [number, string]);
    if (!axis.ticks) {
      if (ticks.length > room) ticks = ticks.filter(([t]) => Math.abs(Math.log10(t) - Math.round(Math.log10(t))) < 1e-9);
      if (ticks.length < 2) ticks = scaleLinear().domain(scale.domain()).ticks(Math.max(2, room)).filter((t) => t > 0).map((t) => [t, axis.text(t)]);
      while (ticks.length > room && room > 1) ticks = ticks.filter((_, i) => i % 2 === 0);
    }
    return { at: (v) => scale(Number(v)), ticks: ticks.filter(([t]) => t >= low / pad && t <= high * pad), band: 0 };
  }
  if (axis.zero) low = Math.min(0, low);
  if (low === high) [low, high] = low === 0 ? [0, 1] : [low * 0.9, high * 1.1];
  const pad = (high - low) * 0.04;
  const scale = scaleLinear().domain([axis.zero && low === 0 ? 0 : low - pad, high + pad]).range(range);
  return { at: (v) => scale(Number(v)), ticks: axis.ticks ?? scale.ticks(Math.max(2, room)).map((t) => [t, axis.text(t)]), band: 0 };
}

function ordinal(words: string[], range: [number, number], cells: boolean): Scale {
  if (cells) {
    const scale = scaleBand<string>().domain(words).range(range).paddingInner(0.04);
    return { at: (v) => (scale(String(v)) ?? 0) + scale.bandwidth() / 2, ticks: [], band: scale.bandwidth() };
  }
  const scale = scalePoint<string>().domain(words).range(range).padding(0.5);
  return { at: (v) => scale(String(v)) ?? 0, ticks: [], band: scale.step() };
}

function shortened(text: string, width: number, em: number): string {
  const fits = Math.max(3, Math.floor(width / (em * CHARACTER)));
  return text.length <= fits ? text : `${text.slice(0, fits - 1)}…`;
}

/** Moves labels apart that would cover each other; keeps their order. */
function apart(places: number[], least: number, low: number, high: number): number[] {
  const order = places.map((_, i) => i).sort((a, b) => (places[a] as number) - (places[b] as number));
  const moved = [...places];
  let last = -Infinity;
  for (const i of order) last = moved[i] = Math.max(moved[i] as number, last + least, low);
  last = Infinity;
  for (const i of order.reverse()) last = moved[i] = Math.min(moved[i] as number, last - least, high);
  return moved;
}

export function draw<T>(spec: Spec<T>, width: number, em: number): Drawn<T> {
  const rows = spec.y.words;
  const all = spec.series.flatMap((s) => s.marks);
  const numbers = (axis: "x" | "y"): number[] => all.flatMap((m) => {
    const own = [Number(m[axis])];
    if (spec.along === axis) {
      if (m.low !== undefined) own.push(m.low);
      if (m.high !== undefined) own.push(m.high);
    }
    return own;
  }).concat(spec.series.flatMap((s) => [...(s.curve ?? []).map((c) => c[axis === "x" ? 0 : 1]), ...(axis === "y" ? (s.band ?? []).flatMap((b) => [b[1], b[2]]) : [])]));
  const longest = rows ? Math.max(...rows.map((r) => r.length)) : 0;
  const left = rows ? Math.min(longest * em * CHARACTER + em, width * 0.38) : em * 4.4;
  const ends = spec.labels && width > em * 34 && spec.series.length > 1;
  const right = ends ? Math.min(Math.max(...spec.series.map((s) => s.name.length)) * em * CHARACTER + em * 1.4, width * 0.3) : em * 1.2;
  const slanted = spec.cells === true && spec.x.words !== undefined;
  const top = slanted ? em * 1.8 : em * 1.9, bottom = spec.cells ? em * 0.6 : em * 3.1;
  const height = rows ? top + bottom + rows.length * em * (spec.cells ? 1.9 : 1.75) : Math.max(em * 17, Math.min(width * 0.58, em * 26));
  const inner = { left, right: width - right, top, bottom: height - bottom };
  const roomX = Math.max(2, Math.floor((inner.right - inner.left) / (em * 5.2))), roomY = Math.max(2, Math.floor((inner.bottom - inner.top) / (em * 2.6)));
  const x = spec.x.words ? ordinal(spec.x.words, [inner.left, inner.right], !!spec.cells) : numeric(spec.x, numbers("x"), [inner.left, inner.right], roomX);
  const y = rows ? ordinal(rows, [inner.top, inner.bottom], !!spec.cells) : numeric(spec.y, numbers("y"), [inner.bottom, inner.top], roomY);

  const root = svg("svg", { viewBox: `0 0 ${width.toFixed(0)} ${height.toFixed(0)}`, width: width.toFixed(0), height: height.toFixed(0), "font-size": (em * 0.86).toFixed(1) });
  const grid = svg("g", { class: "grid" }), axes = svg("g", { class: "axes" });
  root.append(grid, axes);
  const px = (v: number): string => v.toFixed(1);
  if (spec.x.words) {
    const step = (inner.right - inner.left) / spec.x.words.length;
    for (const word of spec.x.words)
      axes.append(svg("text", { x: px(x.at(word)), y: px(spec.cells ? inner.top - em * 0.6 : inner.bottom + em * 1.3), "text-anchor": "middle" }, shortened(word, step, em * 0.86)));
  } else {
    let free = -Infinity; // where the last label ends
    for (const [value, text] of x.ticks) {
      const half = (text.length * em * 0.86 * CHARACTER) / 2;
      if (x.at(value) - half < free) continue;
      free = x.at(value) + half + em * 0.5;
      grid.append(svg("line", { x1: px(x.at(value)), x2: px(x.at(value)), y1: px(inner.top), y2: px(inner.bottom) }));
    axes.append(svg("text", { x: px(x.at(value)), y: px(inner.bottom + em * 1.3), "text-anchor": "middle" }, text));
    }
  }
  if (rows) for (const row of rows) {
    if (!spec.cells) grid.append(svg("line", { x1: px(inner.left), x2: px(inner.right), y1: px(y.at(row)), y2: px(y.at(row)) }));
    axes.append(svg("text", { x: px(inner.left - em * 0.6), y: px(y.at(row)), dy: "0.35em", "text-anchor": "end", class: "row" }, shortened(row, inner.left - em * 0.6, em * 0.86)));
  } else for (const [value, text] of y.ticks) {
    grid.append(svg("line", { x1: px(inner.left), x2: px(inner.right), y1: px(y.at(value)), y2: px(y.at(value)) }));
    axes.append(svg("text", { x: px(inner.left - em * 0.5), y: px(y.at(value)), dy: "0.32em", "text-anchor": "end" }, text));
  }
  if (!spec.cells) axes.append(svg("text", { x: px((inner.left + inner.right) / 2), y: px(height - em * 0.5), "text-anchor": "middle", class: "title" }, shortened(spec.x.title, width, em * 0.86)));
  if (!rows) axes.append(svg("text", { x: "0", y: px(em * 0.9), class: "title" }, shortened(spec.y.title, width, em * 0.86)));
  if (spec.reference !== undefined && !spec.cells) {
    const at = px(spec.along === "y" ? y.at(spec.reference) : x.at(spec.reference));
    grid.append(spec.along === "y" ? svg("line", { class: "reference", x1: px(inner.left), x2: px(inner.right), y1: at, y2: at }) : svg("line", { class: "reference", x1: at, x2: at, y1: px(inner.top), y2: px(inner.bottom) }));
  }

  const marks: Drawn<T>["marks"] = [];
  spec.series.forEach((series, turn) => {
    const g = svg("g", { class: "series" });
    root.append(g);
    if (series.band?.length)
      g.append(svg("path", { class: "spread", fill: series.color, d: area<[number, number, number]>().x((b) => x.at(b[0])).y0((b) => y.at(b[1])).y1((b) => y.at(b[2])).curve(curveLinear)(series.band) ?? "" }));
    const path = series.curve?.map(([a, b]) => [x.at(a), y.at(b)] as [number, number]) ??
      (series.joined ? series.marks.filter((m) => Number.isFinite(Number(m.y)) || rows).map((m) => [x.at(m.x), y.at(m.y)] as [number, number]) : []);
    if (path.length > 1) g.append(svg("path", { class: "line", fill: "none", stroke: series.color, "stroke-dasharray": series.dash || null, d: line()(path) ?? "" }));
    for (const mark of series.marks) {
      if ((!spec.x.words && !Number.isFinite(Number(mark.x))) || (!rows && !Number.isFinite(Number(mark.y)))) continue;
      const cx = x.at(mark.x), cy = y.at(mark.y);
      let element: SVGElement;
      if (spec.cells) {
        element = svg("g", { class: "cell mark" },
          svg("rect", { x: px(cx - x.band / 2), y: px(cy - y.band / 2), width: px(x.band), height: px(y.band), fill: mark.fill ?? "none" }),
          svg("text", { x: px(cx), y: px(cy), dy: "0.35em", "text-anchor": "middle", fill: mark.ink ?? "currentColor" }, shortened(mark.inside ?? "", x.band, em * 0.86)));
      } else {
        const other = (value: number): [number, number] => (spec.along === "y" ? [cx, y.at(value)] : [x.at(value), cy]);
        if (mark.low !== undefined && mark.high !== undefined && Number.isFinite(mark.low) && Number.isFinite(mark.high)) {
          const [x1, y1] = other(mark.low), [x2, y2] = other(mark.high);
          g.append(svg("line", { class: "interval", x1: px(x1), y1: px(y1), x2: px(x2), y2: px(y2), stroke: series.color }));
        }
        if (spec.repetitions) for (const value of mark.repetitions ?? []) {
          if (!Number.isFinite(value)) continue;
          const [rx, ry] = other(value);
          g.append(svg("circle", { class: "repetition", cx: px(rx), cy: px(ry), r: px(em * 0.16), fill: series.color }));
        }
        const r = em * 0.36 * series.scale;
        element = svg("path", { class: "mark", d: series.path, transform: `translate(${px(cx)},${px(cy)}) scale(${r.toFixed(2)})`, fill: mark.hollow ? "var(--paper, #fff)" : series.color, stroke: mark.hollow ? series.color : "var(--paper, #fff)" });
      }
      element.setAttribute("role", "img");
      element.setAttribute("aria-label", mark.label);
      element.setAttribute("tabindex", "-1");
      marks.push({ element, mark, series: turn });
      g.append(element);
    }
  });
  if (ends) {
    const lasts = spec.series.map((s) => s.curve?.[s.curve.length - 1]?.[1] ?? [...s.marks].reverse().find((m) => Number.isFinite(Number(m.y)))?.y);
    // A line that ends early has its name beside its last mark.
    const lastX = (s: Series<T>): number => { const m = [...s.marks].reverse().find((one) => Number.isFinite(Number(one.y))); return m ? x.at(m.x) : inner.right; };
    const edge = Math.max(...spec.series.map((s) => (s.curve ? inner.right : lastX(s))));
    const known = spec.series.map((s, i) => ({ s, y: lasts[i] })).filter((one) => one.y !== undefined && (one.s.curve || lastX(one.s) > edge - em));
    spec.series.forEach((s, i) => {
      if (lasts[i] !== undefined && !s.curve && lastX(s) <= edge - em) root.append(svg("text", { class: "end", x: px(lastX(s) + em * 0.8), y: px(y.at(lasts[i] as Value)), dy: "0.32em", fill: s.color }, s.name));
    });
    const places = apart(known.map((one) => y.at(one.y as Value)), em * 1.05, inner.top, inner.bottom);
    known.forEach(({ s }, i) => root.append(svg("text", { class: "end", x: px(inner.right + em * 0.7), y: px(places[i] as number), dy: "0.32em", fill: s.color }, shortened(s.name, right - em * 0.7, em * 0.86))));
  }
  return { svg: root, marks };
}
