// The numbers behind rankings. The definitions are those of harness/statistics: places.cpp and the ratios of a pair of samples.
// Costs: less is better; a saturated trial cost Infinity.

export const CLEARLY_LOWER = 0.01; // level of each comparison
export const CONFIDENCE = 0.98; // of intervals of ratios: they leave out 1 where places differ
const MOST_EXACT = 60; // values of both samples; above that the normal distribution

export function median(sample: readonly number[]): number {
  const sorted = [...sample].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2) return sorted[middle] as number;
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Twice the rank of each value, of equal values their middle one; those of `a` come first. */
function doubledRanks(a: readonly number[], b: readonly number[]): number[] {
  const all = [...a, ...b];
  const order = all.map((_, i) => i).sort((i, j) => {
    const x = all[i] as number, y = all[j] as number;
    return x < y ? -1 : x > y ? 1 : i - j; // not x - y: that is NaN for two infinite ones
  });
  const ranks = new Array<number>(all.length).fill(0);
  for (let first = 0; first < order.length;) {
    let end = first;
    while (end < order.length && all[order[end] as number] === all[order[first] as number]) end++;
    for (let i = first; i < end; i++) ranks[order[i] as number] = first + 1 + end;
    first = end;
  }
  return ranks;
}

function erfc(x: number): number {
  // Numerical Recipes' Chebyshev fit: relative error below 1.2e-7
  const z = Math.abs(x), t = 1 / (1 + 0.5 * z);
  const r = t * Math.exp(-z * z - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * (-0.18628806 + t *
    (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277)))))))));
  return x >= 0 ? r : 2 - r;
}

/** Of all choices of `count` ranks, the share whose sum is at most `sum`. */
function shareOfChoices(ranks: readonly number[], count: number, sum: number): number {
  const width = sum + 1;
  const choices = new Float64Array((count + 1) * width);
  const all = new Float64Array(count + 1);
  choices[0] = 1;
  all[0] = 1;
  for (const rank of ranks) {
    for (let n = count; n > 0; n--) {
      all[n] = (all[n] as number) + (all[n - 1] as number);
      const own = n * width, below = own - width;
      for (let s = sum; s >= rank; s--) choices[own + s] = (choices[own + s] as number) + (choices[below + s - rank] as number);
    }
  }
  let low = 0;
  for (let s = 0; s <= sum; s++) low += choices[count * width + s] as number;
  return low / (all[count] as number);
}

function normalShare(ranks: readonly number[], count: number, sum: number): number {
  const n = ranks.length;
  const mean = ranks.reduce((x, y) => x + y, 0) / n;
  const spread = ranks.reduce((x, y) => x + (y - mean) ** 2, 0);
  const variance = (count * (n - count)) / (n * (n - 1)) * spread;
  return variance <= 0 ? 1 : 0.5 * erfc(-(sum + 1 - count * mean) / Math.sqrt(2 * variance));
}

/** The chance that the ranks of `a` among all values are as low as they are, or lower, where every order is as likely. */
export function chanceOfRanksAsLow(a: readonly number[], b: readonly number[]): number {
  if (!a.length || !b.length) return 1;
  const ranks = doubledRanks(a, b);
  const sum = ranks.slice(0, a.length).reduce((x, y) => x + y, 0);
  return ranks.length <= MOST_EXACT ? shareOfChoices(ranks, a.length, sum) : normalShare(ranks, a.length, sum);
}

export interface Place { best: number; worst: number }

/** The places that each may have: behind all whose costs are clearly lower, before all whose costs are clearly higher. */
export function placesOf(costs: readonly (readonly number[])[]): Place[] {
  const places = costs.map(() => ({ best: 1, worst: costs.length }));
  const ends = costs.map((c) => ({ least: Math.min(...c), greatest: Math.max(...c), size: c.length }));
  costs.forEach((own, i) => costs.forEach((other, j) => {
    if (i === j) return;
    const a = ends[i] as (typeof ends)[0], b = ends[j] as (typeof ends)[0];
    // Quick answers for most pairs.
    const lower = a.greatest < b.least ? apart(a.size, b.size)
      : a.least <= b.greatest && clearlyLower(own, other);
    if (lower) {
      (places[i] as Place).worst--;
      (places[j] as Place).best++;
    }
  }));
  return places;
}

/** Most pairs that overlap are the wrong way round: a sum of ranks that is not below its mean has a chance of one half or more. */
function clearlyLower(a: readonly number[], b: readonly number[]): boolean {
  const ranks = doubledRanks(a, b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ranks[i] as number;
  return sum < a.length * (a.length + b.length + 1) && chanceOfRanksAsLow(a, b) <= CLEARLY_LOWER;
}

/** Whether samples of these sizes that do not overlap are clearly apart: one choice of all, C(m + n, m) of them. */
function apart(m: number, n: number): boolean {
  if (!m || !n) return false;
  let choices = 1;
  for (let k = 1; k <= m && choices < 1e6; k++) choices = (choices * (n + k)) / k;
  return 1 / choices <= CLEARLY_LOWER;
}

export interface Ratio { median: number; low: number | null; high: number | null; confidence: number | null }

const counts = new Map<string, Float64Array>();

/** How many of the orders of m and n values have the rank-sum statistic u, for each u from 0 to m n. */
function ordersByStatistic(m: number, n: number): Float64Array {
  const key = `${m},${n}`;
  const known = counts.get(key);
  if (known) return known;
  // Products of (1 - q^(n + i)) / (1 - q^i), i = 1 ... m: Gauss's binomial coefficient.
  let poly = new Float64Array(m * n + 1);
  poly[0] = 1;
  for (let i = 1; i <= m; i++) {
    for (let u = poly.length - 1; u >= n + i; u--) poly[u] = (poly[u] as number) - (poly[u - n - i] as number);
    for (let u = i; u < poly.length; u++) poly[u] = (poly[u] as number) + (poly[u - i] as number);
  }
  counts.set(key, poly);
  return poly;
}

/** How many of the m n sorted ratios the interval leaves out at each end, and what it covers; null: the samples are too small. */
function leftOut(m: number, n: number): { k: number; confidence: number } | null {
  const tail = ((1 - CONFIDENCE) / 2) * (1 + 1e-12); // 1 - 0.98 is not exact in binary
  if (m + n <= MOST_EXACT) {
    const orders = ordersByStatistic(m, n);
    const all = orders.reduce((x, y) => x + y, 0);
    let below = 0, k = -1, covered = 0;
    for (let u = 0; u < orders.length; u++) {
      below += (orders[u] as number) / all;
      if (below > tail) break;
      k = u;
      covered = 1 - 2 * below;
    }
    return k < 0 ? null : { k, confidence: covered };
  }
  const spread = Math.sqrt((m * n * (m + n + 1)) / 12);
  const share = (u: number): number => 0.5 * erfc(-(u + 0.5 - (m * n) / 2) / (spread * Math.SQRT2));
  let k = Math.floor((m * n) / 2 - 2.5 * spread) - 2;
  while (share(k + 1) <= tail) k++;
  return k < 0 ? null : { k, confidence: 1 - 2 * share(k) };
}

/**
 * How many times the cost of `base` each of `other` costs: the median of the ratios of all pairs of trials, and the interval that
 * the rank-sum test does not refuse (Hodges and Lehmann, "Estimates of Location Based on Rank Tests", 1963; on ratios: the
 * logarithms' shift). Two infinite ones: 1. No interval where the samples are too small: 5 of each are enough.
 */
export function ratioOf(other: readonly number[], base: readonly number[]): Ratio | null {
  if (!other.length || !base.length) return null;
  const ratios: number[] = [];
  for (const x of other) for (const y of base) ratios.push(x === y ? 1 : x / y);
  ratios.sort((a, b) => a - b);
  const out = leftOut(other.length, base.length);
  return {
    median: median(ratios), low: out ? (ratios[out.k] as number) : null,
    high: out ? (ratios[ratios.length - 1 - out.k] as number) : null, confidence: out ? out.confidence : null,
  };
}
