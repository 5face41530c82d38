// Numbers and phrases. What an axis or a measure is called comes from the file.
import type { Axis, AxisValue, Measure } from "./data";

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Three significant digits, thousands grouped, no exponent between 0.001 and 10^9. */
export function number(value: number): string {
  const digits = 3;
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size >= 1e9 || (size > 0 && size < 1e-4)) return value.toExponential(digits - 1).replace("e+", "e");
  if (size >= 1000) return grouped.format(value).replace(/^-/, "−");
  const shown = value === 0 ? "0" : value.toPrecision(digits);
  return (shown.includes("e") ? String(Number(shown)) : shown).replace(/^-/, "−");
}

/** Nanoseconds in a unit that keeps the number short. */
export function duration(ns: number): string {
  if (!Number.isFinite(ns)) return "∞";
  for (const [least, unit] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]] as const)
    if (Math.abs(ns) >= least) return `${number(ns / least)} ${unit}`;
  return `${number(ns)} ns`;
}

/** For the ticks of an axis: no zeros behind the last digit that counts. */
export const tick = (text: string): string => text.replace(/^(−?[\d,]*\.\d*?)0+(?=$|\s|×|%)/, "$1").replace(/\.(?=$|\s|×|%)/, "");

export function bytes(value: number): string {
  for (const [least, unit] of [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [2 ** 10, "KiB"]] as const)
    if (Math.abs(value) >= least) return `${number(value / least)} ${unit}`;
  return `${number(value)} B`;
}

export function percent(share: number): string {
  const p = 100 * share;
  if (p !== 0 && Math.abs(p) < 0.1) return Math.abs(p) < 0.001 ? "<0.001%" : `${Number(p.toPrecision(1))}%`;
  return `${p >= 10 || p === 0 ? Math.round(p) : p.toFixed(1)}%`;
}

export function times(ratio: number): string {
  if (!Number.isFinite(ratio)) return "∞";
  return `${ratio >= 100 ? grouped.format(ratio) : ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2)}×`;
}

export const plural = (n: number, word: string, words = `${word}s`): string => `${grouped.format(n)} ${n === 1 ? word : words}`;
export const some = (list: readonly string[], joint = "and"): string =>
  list.length < 2 ? list.join("") : `${list.slice(0, -1).join(", ")} ${joint} ${list[list.length - 1]}`;
export const sentence = (text: string): string => (text ? text[0]!.toUpperCase() + text.slice(1) : text);
export const plain = (word: string): string => word.replace(/_/g, " ");

/** What an implementation promises, in the words of the field. */
export const promise = (text: string): string => plain(text.replace(/\bper_producer_fifo\b/g, "FIFO per producer").replace(/\bfifo\b/g, "FIFO").replace(/\b(lock|wait)_free\b/g, "$1-free").replace(/\bby_key\b/g, "by key"));

/** `2 workers`, `capacity 1,024`; of an axis that the file does not describe: `name value`. */
export function axisWords(axis: Axis | undefined, name: string, value: AxisValue | undefined): string {
  if (value === undefined) return "";
  const text = typeof value === "number" ? grouped.format(value) : plain(value);
  if (!axis) return `${plain(name)} ${text}`;
  if (axis.kind === "size" && typeof value === "string") return text;
  const neutral = axis.neutral !== undefined && String(value) === axis.neutral;
  const phrase = neutral ? axis.phrase_neutral ?? "" : axis.phrase;
  return phrase.replace("{s}", String(value) === "1" ? "" : "s").replace("{}", text);
}

/** The words before and after a value in an axis's phrase. */
export function aroundValue(axis: Axis | undefined, name: string, value: AxisValue): [string, string] {
  if (!axis) return [`${plain(name)} `, ""];
  if (axis.kind === "size") return ["", ""];
  const [before = "", after = ""] = axis.phrase.split("{}");
  return [before, after.replace("{s}", String(value) === "1" ? "" : "s")];
}

/** Per second: millions, unless so few that the number would be mostly zeros. */
const rate = (perSecond: number): string => (perSecond >= 1e4 ? `${number(perSecond / 1e6)} M/s` : perSecond >= 10 ? `${number(perSecond / 1e3)} k/s` : `${number(perSecond)} /s`);

export interface Quantity {
  title: string; short: string; higher: boolean; unit: string;
  value(cost: number): number; // what is shown
  text(cost: number): string; // with its unit
  ofRanked(value: number): string; // likewise, of a value as the file ranks it: items per second, ns
  say(value: number): string; // likewise, of a value, as short as can be
}

/** How a cost by a measure of the file is shown. A rate's cost is ns per item. */
export function quantityOf(measure: Measure | undefined, name: string): Quantity {
  const factor = measure?.shown_factor ?? 1;
  if (measure?.better === "higher" && measure.unit === "1/s") {
    const million = factor === 1e-6;
    return {
      title: million ? "throughput, million operations per second" : measure.title, short: "throughput", higher: true, unit: million ? "M/s" : "",
      value: (cost) => (1e9 / cost) * factor, text: (cost) => (cost === Infinity ? "saturated" : million ? rate(1e9 / cost) : number((1e9 / cost) * factor)),
      say: (value) => (million && value > 0 && value < 0.01 ? rate(value * 1e6).replace("/s", "") : number(value)), ofRanked: (value) => (million ? rate(value) : number(value * factor)),
    };
  }
  if (measure?.unit === "ns")
    return {
      title: name === "latency" ? "latency, p50" : measure.title.replace(/, ns$/, ""), short: name === "latency" ? "p50 latency" : measure.title.replace(/, ns$/, ""),
      higher: false, unit: "ns", value: (cost) => cost, text: (cost) => (cost === Infinity ? "saturated" : duration(cost)), say: duration, ofRanked: duration,
    };
  const title = plain(measure?.title ?? name);
  return { title, short: title, higher: measure?.better === "higher", unit: measure?.unit ?? "", value: (cost) => cost, text: (cost) => number(cost), say: number, ofRanked: number };
}
