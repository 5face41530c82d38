// Which charts follow a choice, and what stands in them.
import { byOf, chosen, costsOf, drawn, isSaturated, middleOf, seriesOrder, type Answer, type Work } from "../answer";
import type { Choice } from "../choice";
import type { Point, ResultFile } from "../data";
import { median } from "../statistics";
import { CAUGHT, type Looks, type Theme } from "../style";
import { axisWords, duration, number, percent, plain, plural, tick, times, type Quantity } from "../words";
import type { AxisSpec, Mark, Series, Spec } from "./frame";

export interface Context { file: ResultFile; work: Work; choice: Choice; answer: Answer; looks: Looks; theme: Theme; marked: Set<string> }
/** Switches of a chart: x and y logarithmic, ratio to the best, repetitions as dots. Letters in the URL. */
export interface View { x: boolean; y: boolean; ratio: boolean; dots: boolean; metric: string }
export interface Datum { point: Point; x: number | string; value: number; low: number | null; high: number | null; n: number }
export interface Chart {
  id: string; title: string; note: string;
  can: { x: boolean; y: boolean; ratio: boolean; dots: boolean; metrics: string[] };
  fresh: Partial<View>; // what is on unless the reader says otherwise
  wide?: boolean;
  columns: [string, string, string]; // of the CSV: x, value, and what the value is
  build(view: View, theme: Theme): Spec<Datum>;
}

const nameOf = (c: Context, impl: string): string => impl + (c.marked.has(`${c.work.family}/${impl}`) ? CAUGHT : "");
const waitOf = (point: Point): string => {
  const steal = point.axes["steal"];
  return [point.axes["wait"], steal !== "native" ? steal : undefined].filter((x) => x !== undefined).join(", ");
};

interface Best { point: Point; costs: number[]; middle: number }
/** Of an implementation's points the one with the lowest median cost. */
function best(points: readonly Point[], cost: (point: Point) => number[]): Best | null {
  let found: Best | null = null;
  for (const point of points) {
    const costs = cost(point);
    if (!costs.length) continue;
    const middle = median(costs);
    if (!found || middle < found.middle) found = { point, costs, middle };
  }
  return found;
}

function byKey<K>(points: readonly Point[], key: (point: Point) => K): Map<K, Point[]> {
  const found = new Map<K, Point[]>();
  for (const point of points) {
    const own = found.get(key(point));
    if (own) own.push(point);
    else found.set(key(point), [point]);
  }
  return found;
}

function series(c: Context, theme: Theme, impl: string, marks: Mark<Datum>[], joined: boolean): Series<Datum> {
  const { path, scale } = c.looks.mark(impl);
  return { name: nameOf(c, impl), color: c.looks.color(impl, theme), path, scale, dash: c.looks.dash(impl), marks, joined };
}

function mark(c: Context, one: Best, quantity: Quantity, x: number | string, where: string, floor: number | null, rows = false): Mark<Datum> {
  const shown = (cost: number): number => (floor !== null ? (cost === floor ? 1 : cost / floor) : quantity.value(cost));
  const values = one.costs.map(shown), finite = values.filter(Number.isFinite);
  const low = finite.length ? Math.min(...finite) : undefined, high = finite.length ? Math.max(...finite) : undefined;
  const value = shown(one.middle);
  const wait = waitOf(one.point);
  const text = quantity.text(one.middle), least = quantity.text(Math.min(...one.costs)), most = quantity.text(Math.max(...one.costs));
  const [a, b] = quantity.higher ? [most, least] : [least, most];
  const place = `${nameOf(c, one.point.impl)}${wait ? ` (${wait})` : ""}${where ? `, ${where}` : ""}`;
  return {
    x: rows ? value : x, y: rows ? nameOf(c, one.point.impl) : value, low, high, repetitions: values, hollow: one.point.oversubscribed,
    datum: { point: one.point, x, value, low: low ?? null, high: high ?? null, n: one.costs.length },
    label: `${place}: ${text}${floor !== null ? `, ${times(value)} the best` : ""}, ${a} to ${b}, ${plural(one.costs.length, "repetition")}`,
  } as Mark<Datum>;
}

const valueAxis = (quantity: Quantity, view: View, on: "x" | "y"): AxisSpec => view.ratio
  ? { title: `cost, times the best's (1 is best)`, log: view[on], text: (v) => `${tick(number(v))}×` }
  : { title: quantity.unit && !quantity.title.includes(quantity.unit) && quantity.unit !== "M/s" ? `${quantity.title}${quantity.unit === "ns" ? "" : `, ${quantity.unit}`}` : quantity.title, log: view[on], zero: !view[on], text: (v) => tick(quantity.say(v)) };

const under = (c: Context): string => c.choice.wait === "best" && c.work.waits.length > 1 ? " Each under its best wait strategy." : "";
const OVER = "Hollow marks: more threads than CPUs.";
const overNote = (points: readonly Point[]): string => (points.some((p) => p.oversubscribed) ? ` ${OVER}` : "");

// --- over an axis ------------------------------------------------------------------------------------------------------------

interface Sweep { id: string; free: string[]; title: string; axisTitle: string; numeric: boolean; at(point: Point): number | string | undefined; order: (number | string)[] }

function sweeps(c: Context): Sweep[] {
  const found: Sweep[] = [];
  const shapes = ["producers", "consumers"].every((name) => c.work.axes.some((axis) => axis.name === name)) &&
    ["producers", "consumers"].some((name) => (c.work.values[name]?.length ?? 0) > 1);
  if (shapes) {
    const at = (p: Point): string => `${p.axes["producers"]}p ${p.axes["consumers"]}c`;
    const order = [...new Map(c.work.combos.map((combo) => combo.points[0] as Point).map((p) => [at(p), p])).values()]
      .sort((a, b) => Number(a.axes["producers"]) + Number(a.axes["consumers"]) - Number(b.axes["producers"]) - Number(b.axes["consumers"]) || Number(a.axes["producers"]) - Number(b.axes["producers"])).map(at);
    found.push({ id: "shape", free: ["producers", "consumers"], title: "threads", axisTitle: "producers and consumers", numeric: false, at, order });
  }
  for (const axis of c.work.axes) {
    if (shapes && (axis.name === "producers" || axis.name === "consumers")) continue;
    const values = c.work.values[axis.name] ?? [];
    const numbers = values.map(Number).filter(Number.isFinite);
    if (values.length < 2) continue;
    // numbers with 0 among them and orders of magnitude apart stand on no scale
    const numeric = numbers.length > 1 && !(numbers[0] === 0 && (numbers[numbers.length - 1] as number) / (numbers[1] as number) > 16);
    const word = (v: string): string => (axis.kind !== "word" && /^\d+$/.test(v) ? number(Number(v)) : plain(v));
    found.push({
      id: axis.name, free: [axis.name], title: plain(axis.name).replace(/ ns$/, ""), axisTitle: `${plain(axis.name).replace(/ ns$/, "")}${axis.unit && axis.unit !== plain(axis.name) ? `, ${axis.unit}` : ""}`, numeric,
      at: (p) => (numeric ? (typeof p.axes[axis.name] === "number" ? p.axes[axis.name] : undefined) : p.axes[axis.name] === undefined ? undefined : word(String(p.axes[axis.name]))),
      order: numeric ? numbers : values.map(word),
    });
  }
  return found;
}

/** One chart over an axis: by what the answer is ranked by, or a metric of the points that are best by that. */
function overAxis(c: Context, sweep: Sweep, order: readonly string[], metric?: string): Chart | null {
  const points = chosen(c.work, c.choice, sweep.free).filter((p) => sweep.at(p) !== undefined);
  if (new Set(points.map(sweep.at)).size < 2) return null;
  const { by } = c.answer;
  const quantity = metric === undefined ? by.quantity : raw(plain(metric), (x) => number(x));
  const bests = new Map<string, Best[]>();
  for (const [impl, own] of byKey(points, (p) => p.impl)) {
    const each = [...byKey(own, sweep.at)].map(([, at]) => best(at, (p) => costsOf(p, by))).filter((b): b is Best => b !== null).flatMap((b): Best[] => {
      if (metric === undefined) return [b];
      const costs = countedOf(b.point, b.point.trials.metrics?.[metric]);
      return costs.length ? [{ point: b.point, costs, middle: median(costs) }] : [];
    });
    each.sort((a, b) => sweep.order.indexOf(sweep.at(a.point) as never) - sweep.order.indexOf(sweep.at(b.point) as never));
    if (each.length) bests.set(impl, each);
  }
  const everywhere = [...bests.values()].flat();
  if (![...bests.values()].some((each) => each.length > 1)) return null; // nobody has two: nothing to follow
  const floors = new Map<unknown, number>();
  for (const b of everywhere) floors.set(sweep.at(b.point), Math.min(floors.get(sweep.at(b.point)) ?? Infinity, b.middle));
  const wide = everywhere.map((b) => b.middle).filter((x) => x > 0 && Number.isFinite(x));
  const list = [...order, ...[...bests.keys()].filter((impl) => !order.includes(impl))].filter((impl) => bests.has(impl));
  const numbersOnly = sweep.order.filter((x): x is number => typeof x === "number");
  return {
    id: `over-${sweep.id}`, title: `${cap(quantity.short)} against ${sweep.title}`,
    note: `Median, and the range of the repetitions that count.${under(c)}${overNote(points)}`,
    can: { x: sweep.numeric, y: true, ratio: true, dots: true, metrics: [] },
    fresh: { x: sweep.numeric && numbersOnly[0]! > 0 && numbersOnly[numbersOnly.length - 1]! / numbersOnly[0]! >= 16, y: Math.max(...wide) / Math.min(...wide) > 30 },
    columns: [sweep.axisTitle, quantity.title, "median"],
    build: (view, theme) => ({
      x: sweep.numeric ? { title: sweep.axisTitle, log: view.x, text: (v) => tick(number(v)), ...(numbersOnly.length <= 8 ? { ticks: numbersOnly.map((v) => [v, tick(number(v))] as [number, string]) } : {}) }
        : { title: sweep.axisTitle, words: (sweep.order as string[]).filter((w) => everywhere.some((b) => sweep.at(b.point) === w)), text: String },
      y: valueAxis(quantity, view, "y"), along: "y", labels: true, repetitions: view.dots, ...(view.ratio ? { reference: 1 } : {}),
      series: list.filter((impl) => drawnNow(c, list).has(impl)).map((impl) => series(c, theme, impl, (bests.get(impl) as Best[]).map((b) => {
        const x = sweep.at(b.point) as number | string;
        return mark(c, b, quantity, x, `${sweep.axisTitle} ${typeof x === "number" ? number(x) : x}`, view.ratio ? (floors.get(x) as number) : null);
      }), true)),
    }),
  };
}

const cap = (text: string): string => (/^[a-z][a-z]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text);
const drawnNow = (c: Context, order: readonly string[]): Set<string> => drawn(order, c.choice);

// --- one row for each implementation ---------------------------------------------------------------------------------------

function rowsChart(c: Context, order: readonly string[], id: string, title: string, note: string, quantity: Quantity, costs: (p: Point) => number[], reference?: number): Chart | null {
  const bests = new Map<string, Best>();
  for (const [impl, own] of byKey(c.answer.points, (p) => p.impl)) {
    // the point that stands in the ranking
    const ranked = c.answer.groups.flatMap((g) => g.rows).filter((row) => row.impl === impl && !row.none).map((row) => row.point);
    const found = best(ranked.length ? ranked.slice(0, 1) : own, costs);
    if (found) bests.set(impl, found);
  }
  const list = order.filter((impl) => bests.has(impl));
  if (list.length < 1) return null;
  const floor = Math.min(...[...bests.values()].map((b) => b.middle));
  return {
    id, title, note, can: { x: true, y: false, ratio: false, dots: true, metrics: [] }, fresh: { dots: true }, columns: ["implementation", quantity.title, "median"],
    build: (view, theme) => {
      const shown = list.filter((impl) => drawnNow(c, order).has(impl));
      return {
        x: { ...valueAxis(quantity, view, "x"), ...(reference !== undefined && !view.x ? { zero: true } : {}) }, y: { title: "", words: shown.map((impl) => nameOf(c, impl)), text: String }, along: "x", labels: false, repetitions: view.dots,
        ...(reference !== undefined ? { reference } : {}),
        series: shown.map((impl) => series(c, theme, impl, [mark(c, bests.get(impl) as Best, quantity, impl, "", view.ratio ? floor : null, true)], false)),
      };
    },
  };
}

const raw = (title: string, text: (x: number) => string, unit = ""): Quantity => ({ title, short: title, higher: false, value: (x) => x, text, say: text, ofRanked: text, unit });
const countedOf = (point: Point, column: (number | null)[] | undefined): number[] =>
  point.caught || !column ? [] : column.filter((x, i): x is number => x !== null && x !== undefined && point.trials.counted[i] === 1);

// --- wait strategies ---------------------------------------------------------------------------------------------------------

function waits(c: Context, order: readonly string[]): Chart | null {
  const points = chosen(c.work, { ...c.choice, wait: "best" }, ["wait"]);
  const { by } = c.answer;
  const cells = new Map<string, Map<string, Best>>();
  for (const [impl, own] of byKey(points, (p) => p.impl))
    for (const [wait, at] of byKey(own, (p) => String(p.axes["wait"] ?? "none"))) {
      const found = best(at, (p) => costsOf(p, by));
      if (!found) continue;
      if (!cells.has(impl)) cells.set(impl, new Map());
      cells.get(impl)!.set(wait, found);
    }
  const columns = [...new Set([...cells.values()].flatMap((m) => [...m.keys()]))];
  if (columns.length < 2 || ![...cells.values()].some((m) => m.size > 1)) return null;
  const listed = [...c.work.waits.filter((w) => w !== "native"), "native", "none"].filter((w) => columns.includes(w));
  const list = [...order, ...[...cells.keys()].filter((impl) => !order.includes(impl))].filter((impl) => cells.has(impl));
  const floor = Math.min(...[...cells.values()].flatMap((m) => [...m.values()].map((b) => b.middle)));
  return {
    id: "waits", title: `Wait strategies, by ${by.quantity.short}`, wide: listed.length > 5, columns: ["wait strategy", by.quantity.title, "median"],
    note: "The median of each; the darker, the nearer to the best of all. Empty: not measured, or it has no such strategy. Implementations under “native” wait by their own means.",
    can: { x: false, y: false, ratio: true, dots: false, metrics: [] }, fresh: {},
    build: (view, theme) => {
      const shown = list.filter((impl) => drawnNow(c, order).has(impl));
      return {
        x: { title: "", words: listed, text: String }, y: { title: "", words: shown.map((impl) => nameOf(c, impl)), text: String }, along: "y", cells: true, labels: false, repetitions: false,
        series: shown.map((impl) => series(c, theme, impl, [...(cells.get(impl) as Map<string, Best>)].map(([wait, b]) => {
          const made = mark(c, b, by.quantity, wait, wait, view.ratio ? floor : null);
          // 0 at 30 times the best or worse, 1 at the best
          const near = b.middle === Infinity ? 0 : Math.max(0, 1 - Math.log(Math.max(1, b.middle / floor)) / Math.log(30));
          return { ...made, x: wait, y: nameOf(c, impl), ...shade(near, theme), inside: view.ratio ? times(b.middle / floor) : by.quantity.text(b.middle).replace(" M/s", "") } as Mark<Datum>;
        }), false)),
      };
    },
  };
}

/** A cell's fill and ink: one hue, from paper to dark blue (or light blue in the dark). */
export function shade(near: number, theme: Theme): { fill: string; ink: string } {
  const t = 0.06 + 0.94 * near;
  const from = theme === "dark" ? [33, 35, 40] : [246, 247, 249], to = theme === "dark" ? [122, 176, 232] : [16, 62, 112];
  const mixed = from.map((a, i) => Math.round(a + ((to[i] as number) - a) * t));
  const dark = (0.2126 * mixed[0]! + 0.7152 * mixed[1]! + 0.0722 * mixed[2]!) < 128;
  return { fill: `rgb(${mixed.join(",")})`, ink: dark ? "#ffffff" : "#1c1c1c" };
}

// --- percentiles -------------------------------------------------------------------------------------------------------------

/** 0 at the median's side, 1 for each nine: p90 1, p99 2, p99.9 3. */
const nines = (q: number): number => -Math.log10(1 - q);

function percentiles(c: Context, order: readonly string[]): Chart | null {
  const own = new Map<string, Point>();
  for (const impl of order) {
    const ranked = c.answer.groups.flatMap((g) => g.rows).find((row) => row.impl === impl && !row.none && row.point.latency?.curve?.length);
    if (ranked) own.set(impl, ranked.point);
  }
  const list = [...own.keys()];
  if (!list.length) return null;
  return {
    id: "percentiles", title: "Latency percentiles", note: `${cap(plain([...own.values()][0]!.latency!.what ?? "latency"))}: all counted repetitions together, as far as their samples reach.${under(c)}`,
    can: { x: false, y: true, ratio: false, dots: false, metrics: [] }, fresh: { y: true }, columns: ["percentile", "latency, ns", "of all counted trials"],
    build: (view, theme) => ({
      x: { title: "percentile", text: String, ticks: [[nines(0.5), "p50"], [1, "p90"], [2, "p99"], [3, "p99.9"], [4, "p99.99"], [5, "p99.999"]] as [number, string][] },
      y: { title: "latency", log: view.y, zero: !view.y, text: (v) => tick(duration(v)) }, along: "y", labels: true, repetitions: false,
      series: list.filter((impl) => drawnNow(c, order).has(impl)).map((impl) => {
        const point = own.get(impl) as Point, curve = (point.latency!.curve as [number, number][]).filter(([q, ns]) => q < 1 && ns > 0);
        const named: Mark<Datum>[] = ([["p50", 0.5], ["p90", 0.9], ["p99", 0.99], ["p99.9", 0.999], ["p99.99", 0.9999]] as const).flatMap(([name, q]) => {
          const ns = point.latency![name];
          if (typeof ns !== "number" || (point.latency!.backed && !point.latency!.backed.includes(name))) return [];
          return [{ x: nines(q), y: Math.max(ns, 0.5), datum: { point, x: name, value: ns, low: null, high: null, n: point.latency!.trials }, label: `${nameOf(c, impl)} (${waitOf(point)}), ${name}: ${duration(ns)}` }];
        });
        return { ...series(c, theme, impl, named, false), curve: curve.map(([q, ns]) => [nines(q), ns] as [number, number]) };
      }),
    }),
  };
}

// --- CPU against cost --------------------------------------------------------------------------------------------------------

function cpu(c: Context, order: readonly string[]): Chart | null {
  const { by } = c.answer;
  if (by.name === "cpu") return null;
  const marks = new Map<string, { b: Best; cpu: number }[]>();
  for (const point of chosen(c.work, c.choice)) {
    const costs = costsOf(point, by), used = middleOf(point, "cpu_ns");
    if (!costs.length || used === null || used <= 0) continue;
    const own = marks.get(point.impl) ?? [];
    own.push({ b: { point, costs, middle: median(costs) }, cpu: used });
    marks.set(point.impl, own);
  }
  const list = order.filter((impl) => marks.has(impl));
  if (!list.length) return null;
  return {
    id: "cpu", title: `CPU time against ${by.quantity.short}`, columns: [by.quantity.title, "CPU time per item, ns", "median"],
    note: `What an item costs in CPU time of the whole process. ${c.choice.wait === "best" && c.work.waits.length > 1 ? "A mark for each wait strategy." : ""}${overNote(c.answer.points)}`,
    can: { x: true, y: true, ratio: false, dots: false, metrics: [] }, fresh: { x: true, y: true },
    build: (view, theme) => ({
      x: valueAxis(by.quantity, { ...view, ratio: false }, "x"), y: { title: "CPU time per item", log: view.y, zero: !view.y, text: (v) => tick(duration(v)) }, along: "y", labels: false, repetitions: false,
      series: list.filter((impl) => drawnNow(c, order).has(impl)).map((impl) => series(c, theme, impl, (marks.get(impl) as { b: Best; cpu: number }[]).map(({ b, cpu: used }) => {
        const x = by.quantity.value(b.middle);
        const wait = waitOf(b.point);
        return { x, y: used, hollow: b.point.oversubscribed === true, datum: { point: b.point, x, value: used, low: null, high: null, n: b.costs.length }, label: `${nameOf(c, impl)}${wait ? ` (${wait})` : ""}: ${by.quantity.text(b.middle)}, CPU ${duration(used)} per item` };
      }), false)),
    }),
  };
}

// --- what explains -----------------------------------------------------------------------------------------------------------

function metric(c: Context, order: readonly string[]): Chart | null {
  const names = new Map<string, number>();
  for (const point of c.answer.points) for (const [name, column] of Object.entries(point.trials.metrics ?? {})) if (column.some((x) => x !== null)) names.set(name, (names.get(name) ?? 0) + 1);
  // Over the axis that has most values, where there is one; else a row for each implementation.
  const over = sweeps(c).sort((a, b) => b.order.length - a.order.length);
  const build = (name: string): Chart | null => over.map((sweep) => overAxis(c, sweep, order, name)).find((chart) => chart !== null) ?? rowsChart(c, order, "metric", "What explains it", "", raw(plain(name), (x) => number(x)), (p) => countedOf(p, p.trials.metrics?.[name]));
  const metrics = [...names.keys()].sort().filter((name) => build(name) !== null);
  if (!metrics.length) return null;
  const first = ["efficiency", "makespan_over_bound", "goodput_share", "sleep_ratio", "idle_cpu", "bytes_per_item"].find((m) => metrics.includes(m)) ?? (metrics[0] as string);
  const one = build(first) as Chart;
  return {
    ...one, id: "metric", title: "What explains it", note: "One more thing that the trials observed, of the choice that stands in the ranking.", can: { ...one.can, ratio: false, metrics },
    fresh: { ...one.fresh, y: false, metric: first },
    build: (view, theme) => (build(metrics.includes(view.metric) ? view.metric : first) as Chart).build({ ...view, ratio: false }, theme),
  };
}

// --- the law of scaling ------------------------------------------------------------------------------------------------------

function scaling(c: Context, order: readonly string[]): Chart | null {
  if (!c.file.run.scaling?.length) return null;
  const names = new Map(c.work.contenders.map((p) => [p.name, p]));
  const fitted = (c.file.run.scaling ?? []).flatMap((s) => {
    const points = s.points.map(({ threads, name }) => ({ threads, point: names.get(name) })).filter((one): one is { threads: number; point: Point } => one.point !== undefined);
    const point = points[0]?.point;
    if (!point || points.length < 2) return [];
    const free = ["threads", "workers", "producers", "consumers"];
    const all = chosen(c.work, c.choice, free);
    return all.includes(point) ? [{ s, points, impl: point.impl }] : [];
  });
  const bestOf = new Map<string, (typeof fitted)[0]>();
  for (const one of fitted) {
    const before = bestOf.get(one.impl);
    const rate = (f: (typeof fitted)[0]): number => f.s.fit?.lambda.value ?? -1;
    if (!before || rate(one) > rate(before)) bestOf.set(one.impl, one);
  }
  const list = order.filter((impl) => bestOf.get(impl)?.s.fit);
  if (!list.length) return null;
  const by = byOf(c.file, c.work.measure, "own");
  return {
    id: "scaling", title: "How it scales: the fitted law", columns: ["threads", by.quantity.title, "median"],
    note: "X(n) = λn / (1 + σ(n − 1) + κn(n − 1)), fitted to the trials; the band is the interval of the curve. σ: contention, κ: coherency.",
    can: { x: false, y: true, ratio: false, dots: true, metrics: [] }, fresh: {},
    build: (view, theme) => ({
      x: { title: "threads", text: (v) => tick(number(v)) }, y: { title: "million operations per second", log: view.y, zero: !view.y, text: (v) => tick(number(v)) }, along: "y", labels: true, repetitions: view.dots,
      series: list.filter((impl) => drawnNow(c, order).has(impl)).map((impl) => {
        const one = bestOf.get(impl)!, fit = one.s.fit!;
        const marks = one.points.flatMap(({ threads, point }) => {
          const costs = costsOf(point, by);
          return costs.length ? [mark(c, { point, costs, middle: median(costs) }, by.quantity, threads, `${plural(threads, "thread")}`, null)] : [];
        });
        return { ...series(c, theme, impl, marks, false), curve: fit.curve.map((e) => [e.threads, e.value / 1e6] as [number, number]), band: fit.curve.map((e) => [e.threads, e.low / 1e6, e.high / 1e6] as [number, number, number]) };
      }),
    }),
  };
}

/** The charts of a choice, in the order in which they stand in the page. */
export function charts(c: Context): Chart[] {
  const order = seriesOrder(c.answer);
  const list: (Chart | null)[] = sweeps(c).map((sweep) => overAxis(c, sweep, order));
  list.push(waits(c, order), percentiles(c, order), cpu(c, order));
  list.push(rowsChart(c, order, "limit", "Share of the machine's limit", "What this machine could do at best for the workload, measured in the same run and state: 100% is the limit.",
    raw("share of the limit", percent), (p) => countedOf(p, p.trials.limit_share), 1));
  list.push(rowsChart(c, order, "fairness", "Fairness among threads", "Jain's index of the least fair role: 1 is even, 1/n is one thread of n doing all.", raw("Jain's index", (x) => x.toPrecision(3)), (p) => countedOf(p, p.trials.fairness), 1));
  list.push(metric(c, order), scaling(c, order));
  return list.filter((chart): chart is Chart => chart !== null).sort((a, b) => Number(a.wide ?? false) - Number(b.wide ?? false));
}

export { isSaturated, axisWords };
