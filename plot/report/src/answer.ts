// From the points and a choice to the ranking: contests, the best of each implementation, places, ratios. Pure functions.
// The definitions are those of harness/results/ranking.cpp.
import type { Choice } from "./choice";
import type { Axis, Point, ResultFile, Trials } from "./data";
import { median, placesOf, ratioOf, type Place, type Ratio } from "./statistics";
import { duration, number, bytes, percent, plain, promise, quantityOf, type Quantity } from "./words";

/** The implementation's own choices: no part of a contest. */
export const OWN_CHOICES = ["wait", "steal"];
export const BESIDE = "+"; // behind a capacity: unbounded ones stand beside

// --- what points are compared by -----------------------------------------------------------------------------------------------

type Column = keyof Trials;
interface By { name: string; column: Column; quantity: Quantity; cost(x: number): number }

const plainQuantity = (title: string, text: (x: number) => string, unit: string): Quantity =>
  ({ title, short: title, higher: false, value: (cost) => cost, text: (cost) => (cost === Infinity ? "saturated" : text(cost)), say: text, ofRanked: text, unit });
const share = (title: string, say: (x: number) => string): Quantity =>
  ({ title, short: title, higher: true, value: (cost) => 1 / cost, text: (cost) => (cost === Infinity ? "0" : say(1 / cost)), say, ofRanked: say, unit: "" });
const same = (x: number): number => x;
const inverse = (x: number): number => 1 / x;

const COLUMNS: By[] = [
  { name: "p50", column: "p50", quantity: plainQuantity("p50 latency", duration, "ns"), cost: same },
  { name: "p99", column: "p99", quantity: plainQuantity("p99 latency", duration, "ns"), cost: same },
  { name: "p999", column: "p999", quantity: plainQuantity("p99.9 latency", duration, "ns"), cost: same },
  { name: "cpu", column: "cpu_ns", quantity: plainQuantity("CPU time per item", duration, "ns"), cost: same },
  { name: "memory", column: "memory_bytes", quantity: plainQuantity("peak memory", bytes, "bytes"), cost: same },
  { name: "allocations", column: "allocations", quantity: plainQuantity("allocations per item", (x) => number(x), ""), cost: same },
  { name: "fairness", column: "fairness", quantity: share("fairness (Jain's index)", number), cost: inverse },
  { name: "limit", column: "limit_share", quantity: share("share of the machine's limit", percent), cost: inverse },
];

/** By what a point is compared: its own measure, or a column that any point may have. */
export function byOf(file: ResultFile, measure: string, by: string): By {
  const column = COLUMNS.find((one) => one.name === by);
  return column ?? { name: "own", column: "cost", quantity: quantityOf(file.run.measures?.[measure], measure), cost: same };
}

const columnOf = (trials: Trials, column: Column): (number | null)[] | undefined => trials[column] as (number | null)[] | undefined;

/** What those the columns can answer for these points, the own measure first. */
export function offeredBy(work: Work): string[] {
  const isLatency = work.measure === "latency", points = work.contenders;
  return work.offered ??= ["own", ...COLUMNS.filter((by) => !(isLatency && by.name === "p50") && points.some((point) => columnOf(point.trials, by.column)?.some((x) => x !== null))).map((by) => by.name)];
}

export const isSaturated = (point: Point, i: number): boolean => (point.trials.metrics?.["saturated"]?.[i] ?? 0) > 0;

/** The costs of a point's trials that count; of a saturated trial Infinity. A point that was caught has none. */
export function costsOf(point: Point, by: By): number[] {
  if (point.caught) return [];
  const column = columnOf(point.trials, by.column);
  const found: number[] = [];
  const timed = by.column === "cost" ? point.measure === "latency" : by.column === "p50" || by.column === "p99" || by.column === "p999";
  point.trials.counted.forEach((counted, i) => {
    if (!counted) return;
    const x = column?.[i];
    if (x !== null && x !== undefined) found.push(by.cost(x));
    else if (timed && isSaturated(point, i)) found.push(Infinity);
  });
  return found;
}

export function middleOf(point: Point, column: Column): number | null {
  const values = point.caught ? [] : (columnOf(point.trials, column) ?? []).filter((x, i): x is number => x !== null && x !== undefined && point.trials.counted[i] === 1);
  return values.length ? median(values) : null;
}

// --- which combinations there are ----------------------------------------------------------------------------------------------

export interface Work {
  key: string; family: string; workload: string; measure: string;
  contenders: Point[]; controls: Point[];
  axes: Axis[]; // that its contenders have, but the own choices
  values: Record<string, string[]>; // of each axis, in order
  combos: Combo[];
  waits: string[]; steals: string[];
  keeps: boolean; sleeps: boolean; // some keep their CPU while they wait, some do not
  offered?: string[]; needs?: [string, string[]][]; // found when first asked for
}
/** `impls`: how many implementations have a number there, or were caught. */
export interface Combo { values: Record<string, string>; points: Point[]; impls: number; oversubscribed: boolean; threads: number }

const works = new WeakMap<ResultFile, Map<string, Work>>();

const natural = (a: string, b: string): number => {
  const x = Number(a), y = Number(b);
  if (Number.isFinite(x) && Number.isFinite(y)) return x - y;
  if (Number.isFinite(x) !== Number.isFinite(y)) return Number.isFinite(x) ? -1 : 1;
  return 0; // words stay in the order of the file
};

export function worksOf(file: ResultFile): Map<string, Work> {
  const known = works.get(file);
  if (known) return known;
  const described = file.run.axes ?? [];
  const found = new Map<string, Work>();
  for (const point of file.points) {
    const key = `${point.family}/${point.workload}`;
    let work = found.get(key);
    if (!work) found.set(key, (work = { key, family: point.family, workload: point.workload, measure: point.measure, contenders: [], controls: [], axes: [], values: {}, combos: [], waits: [], steals: [], keeps: false, sleeps: false }));
    (point.rivals === "" ? work.controls : work.contenders).push(point);
  }
  for (const work of found.values()) {
    work.keeps = work.contenders.some((point) => point.keeps_cpu);
    work.sleeps = work.contenders.some((point) => !point.keeps_cpu);
    const sets = new Map<string, Set<string>>();
    for (const point of work.contenders)
      for (const [name, value] of Object.entries(point.axes)) {
        let set = sets.get(name);
        if (!set) sets.set(name, (set = new Set()));
        set.add(String(value));
      }
    const names = [...described.map((axis) => axis.name).filter((name) => sets.has(name)), ...[...sets.keys()].filter((name) => !described.some((axis) => axis.name === name))];
    for (const name of names) {
      const values = [...(sets.get(name) as Set<string>)].sort(natural);
      if (name === "wait") work.waits = values;
      else if (name === "steal") work.steals = values;
      else {
        work.values[name] = values;
        work.axes.push(described.find((axis) => axis.name === name) ?? { name, label: name, kind: "word", unit: "", phrase: `${plain(name)} {}` });
      }
    }
    const combos = new Map<string, Combo & { seen: Set<string> }>();
    for (const point of work.contenders) {
      const key = work.axes.map((axis) => String(point.axes[axis.name] ?? "")).join("|");
      let combo = combos.get(key);
      if (!combo) {
        const values: Record<string, string> = {};
        for (const axis of work.axes) if (point.axes[axis.name] !== undefined) values[axis.name] = String(point.axes[axis.name]);
        combos.set(key, (combo = { values, points: [], impls: 0, oversubscribed: point.oversubscribed === true, threads: point.threads ?? 0, seen: new Set() }));
      }
      combo.points.push(point);
      if (point.caught || point.trials.counted.includes(1)) combo.seen.add(point.impl);
    }
    work.combos = [...combos.values()].map(({ seen, ...combo }) => ({ ...combo, impls: seen.size }));
  }
  works.set(file, found);
  return found;
}

/** The workloads in the order of the file, those with contenders first. */
export const workList = (file: ResultFile): Work[] => [...worksOf(file).values()].filter((work) => work.contenders.length);

const strict = (value: string | undefined): string | undefined => value?.endsWith(BESIDE) ? value.slice(0, -1) : value;

/**
 * The measured combination that is nearest to what is asked: the axis that was just changed stays, then as many others as can be; of
 * equals that with the most implementations, of those one that fits the machine, with the most threads. As the text ranking chooses.
 */
export function nearest(work: Work, asked: Record<string, string>, changed?: string): Record<string, string> {
  let best: Combo | undefined, most: [number, number, number, number] = [-1, 0, 0, 0];
  for (const combo of work.combos) {
    let agreed = 0;
    for (const axis of work.axes) {
      const wanted = strict(asked[axis.name]);
      if (wanted !== undefined && combo.values[axis.name] === wanted) agreed += axis.name === changed ? 1000 : 1;
    }
    const now: typeof most = [agreed, combo.impls, combo.oversubscribed ? 0 : 1, combo.threads];
    const at = now.findIndex((x, i) => x !== most[i]);
    if (!best || (at >= 0 && (now[at] as number) > (most[at] as number))) [best, most] = [combo, now];
  }
  const values = { ...(best?.values ?? {}) };
  for (const axis of work.axes) // the unbounded ones beside, where they were asked for and the rest is met
    if (asked[axis.name]?.endsWith(BESIDE) && values[axis.name] === strict(asked[axis.name])) values[axis.name] += BESIDE;
  return values;
}

const meets = (own: string | undefined, axis: Axis, value: string | undefined): boolean => {
  if (value === undefined) return true;
  return own !== undefined && (own === strict(value) || (value.endsWith(BESIDE) && own === axis.absent));
};

const waitMeets = (point: Point, wait: string): boolean => {
  const own = point.axes["wait"];
  if (wait === "best" || own === undefined) return true;
  if (wait === "keeps") return point.keeps_cpu === true;
  if (wait === "sleeps") return point.keeps_cpu !== true;
  return own === wait || own === "native";
};
const stealMeets = (point: Point, steal: string): boolean => {
  const own = point.axes["steal"];
  return steal === "best" || own === undefined || own === steal || own === "native";
};

/** The points of the choice, with some axes left free. */
export function chosen(work: Work, choice: Choice, free: readonly string[] = []): Point[] {
  const axes = work.axes.filter((axis) => !free.includes(axis.name));
  const needs = Object.entries(choice.needs).filter(([, value]) => value);
  return work.combos.filter((combo) => axes.every((axis) => meets(combo.values[axis.name], axis, choice.axes[axis.name]))).flatMap((combo) => combo.points).filter((point) =>
    (free.includes("wait") || waitMeets(point, choice.wait)) && (free.includes("steal") || stealMeets(point, choice.steal)) &&
    needs.every(([key, value]) => point.guarantees?.[key] === value)).sort((a, b) => a.index - b.index);
}

/** The guarantees that contenders of a workload differ in, with their values; not what axes say. */
export function needsOf(work: Work): [string, string[]][] {
  if (work.needs) return work.needs;
  const found = new Map<string, Set<string>>();
  for (const point of work.contenders)
    for (const [key, value] of Object.entries(point.guarantees ?? {}))
      if (!["capacity", "producers", "consumers"].includes(key)) found.set(key, (found.get(key) ?? new Set()).add(value));
  return (work.needs = [...found].filter(([, values]) => values.size > 1).map(([key, values]) => [key, [...values]]));
}

// --- the ranking ---------------------------------------------------------------------------------------------------------------

export interface Row {
  impl: string; marked: boolean; point: Point;
  costs: number[]; // sorted
  middle: number; place: Place | null; tied: boolean; ratio: Ratio | null;
  draws: number; // of how many choices it is the best
  none: string; // why there is no number; empty: there is one
}
export interface Group { title: string; rows: Row[]; best: Row | null; tiedFirst: Row[]; enough: boolean }
export interface Answer { by: By; groups: Group[]; points: Point[]; ranked: boolean }

const failures = (point: Point): string => {
  const failed = point.failed;
  if (!failed) return "";
  const kinds = (["invalid", "timeout", "crashed"] as const).filter((kind) => failed[kind] > 0);
  return `${kinds.map((kind) => `${kind} in ${failed[kind]}`).join(", ")} of ${failed.trials} trials${failed.reason ? `: ${failed.reason}` : ""}`;
};

/** Why a point has no number, in a sentence. */
export function whyNone(point: Point, by: By): string {
  if (point.reason && by.name === "own") return point.reason.replace(/^no number: /, "");
  if (point.caught || (point.failed && !point.trials.status.includes("ok"))) return failures(point) || "it showed a fault";
  const counted = point.trials.counted.filter(Boolean).length;
  if (counted) return `no ${by.quantity.short} was measured`;
  if (point.full_check === "pending") return "the trial that checks in full is still to be made";
  const why = new Set((point.trials.why ?? []).filter(Boolean));
  const n = point.trials.status.length;
  if (!n) return "no trial was made";
  const all = point.ranked_with_flagged?.median;
  return `${n === 1 ? "its one trial does not count" : `none of its ${n} trials counts`}${why.size ? `: ${[...why].slice(0, 4).map(plain).join("; ")}` : ", they ran in another machine state"}` +
    (by.name === "own" && all ? ` (with them it would be ${by.quantity.ofRanked(all)})` : "");
}

const groupTitle = (point: Point): string => (point.rivals === "all" ? "" : promise(point.rivals)) + (point.oversubscribed ? `${point.rivals === "all" ? "" : "; "}more threads than CPUs` : "");

export function marksOf(file: ResultFile): Set<string> {
  return new Set((file.run.caught ?? []).map((one) => `${one.family}/${one.impl}`));
}

function groupOf(title: string, points: readonly Point[], by: By, marked: Set<string>): Group {
  const own = new Map<string, { point: Point; costs: number[]; middle: number; draws: number }>();
  const without = new Map<string, Point>();
  for (const point of points) {
    const costs = costsOf(point, by);
    if (!costs.length) {
      if (!without.has(point.impl) || point.caught) without.set(point.impl, point);
      continue;
    }
    const middle = median(costs), before = own.get(point.impl);
    const draws = (before?.draws ?? 0) + 1;
    if (!before || middle < before.middle) own.set(point.impl, { point, costs, middle, draws });
    else before.draws = draws;
  }
  // As in the text ranking: by name, then stably by the median.
  const sorted = [...own].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([impl, one]) => ({ impl, ...one }))
    .sort((a, b) => (a.middle < b.middle ? -1 : a.middle > b.middle ? 1 : 0));
  const places = placesOf(sorted.map((one) => one.costs));
  const first = sorted[0];
  const rows: Row[] = sorted.map((one, i) => ({
    impl: one.impl, marked: marked.has(`${one.point.family}/${one.impl}`), point: one.point, costs: [...one.costs].sort((a, b) => a - b), middle: one.middle,
    place: places[i] as Place, tied: (places[i] as Place).best !== (places[i] as Place).worst, ratio: first && i > 0 ? ratioOf(one.costs, first.costs) : null,
    draws: one.draws, none: "",
  }));
  const tiedFirst = rows.filter((row) => row.place?.best === 1);
  const enough = rows.length < 2 || rows.some((row) => row.costs.length >= 5);
  for (const [impl, point] of without)
    if (!own.has(impl)) rows.push({ impl, marked: marked.has(`${point.family}/${impl}`), point, costs: [], middle: Infinity, place: null, tied: false, ratio: null, draws: 0, none: whyNone(point, by) });
  return { title, rows, best: rows[0]?.none === "" ? (rows[0] as Row) : null, tiedFirst, enough };
}

/** The ranking of each group of equals: the largest first. */
export function answer(file: ResultFile, work: Work, choice: Choice): Answer {
  const points = chosen(work, choice);
  const by = byOf(file, work.measure, choice.by);
  const groups = new Map<string, Point[]>();
  for (const point of points) {
    const title = groupTitle(point);
    const group = groups.get(title);
    if (group) group.push(point);
    else groups.set(title, [point]);
  }
  const marked = marksOf(file);
  const all = [...groups].map(([title, own]) => groupOf(title, own, by, marked));
  // Not a ranking across groups: those that fit the machine first, then whoever a reader looks for first.
  const late = (group: Group): number => (group.best ? (group.best.point.oversubscribed ? 1 : 0) : 2);
  all.sort((a, b) => late(a) - late(b) || (a.best && b.best ? a.best.middle - b.best.middle : 0) || (a.title < b.title ? -1 : 1));
  return { by, groups: all, points, ranked: file.kind === "result" };
}

/** Up to this many series are drawn unless others are asked for. */
export const DRAWN = 10;

/** The implementations of the answer, the best of each group in turn first: the order of series. */
export function seriesOrder(a: Answer): string[] {
  const order: string[] = [];
  const most = Math.max(0, ...a.groups.map((group) => group.rows.length));
  for (let i = 0; i < most; i++)
    for (const group of a.groups) {
      const row = group.rows[i];
      if (row && !order.includes(row.impl)) order.push(row.impl);
    }
  return order;
}

export function drawn(order: readonly string[], choice: Choice): Set<string> {
  if (choice.only && order.includes(choice.only)) return new Set([choice.only]);
  const list = order.filter((impl, i) => (i < DRAWN || choice.show.includes(impl)) && !choice.hide.includes(impl));
  return new Set(list);
}

/** `99 % of ...` of a point: median share of the limit, and CPU ns per item. */
export const shareText = (point: Point): string => {
  const value = middleOf(point, "limit_share");
  return value === null ? "" : percent(value);
};
