// What the page holds: the data element decoded, and the records of it. Keys are those of the result file.

export type AxisValue = string | number;

export interface Axis {
  name: string; label: string; kind: "count" | "size" | "word"; unit: string; phrase: string;
  neutral?: string; phrase_neutral?: string; absent?: string; absent_phrase?: string;
}
export interface Measure { title: string; unit: string; better: "higher" | "lower"; shown_factor?: number }

type Column = (number | null)[];
export interface Trials {
  repetition: number[]; counted: number[]; status: string[]; why?: string[]; state?: string[]; check?: string[]; level?: string[];
  cost?: Column; time_ns?: Column; cpu_ns?: Column; limit_share?: Column; p50?: Column; p99?: Column; p999?: Column;
  fairness?: Column; memory_bytes?: Column; allocations?: Column; probe_ns?: Column;
  metrics?: Record<string, Column>;
}
export interface Latency {
  what: string; count: number; trials: number; backed?: string[]; curve?: [number, number][];
  [percentile: string]: unknown;
}
export interface Hump { median: number; low: number; high: number; trials: number }
export interface Point {
  name: string; family: string; workload: string; impl: string;
  axes: Record<string, AxisValue>;
  threads?: number; oversubscribed?: boolean; keeps_cpu?: boolean;
  guarantees?: Record<string, string>; rivals: string; measure: string;
  trials_ok?: number; trials_counted?: number; caught?: boolean;
  failed?: { trials: number; invalid: number; timeout: number; crashed: number; reason: string };
  ranked_with_flagged?: { median: number | null; lowest: number | null; highest: number | null; trials: number };
  saturated?: number; full_check?: string;
  latency?: Latency; humps?: Hump[]; latency_humps?: { median: number; low: number; high: number; share: number }[];
  limit_ns?: number; limit_by?: string; command?: string; reason?: string;
  trials: Trials;
  /** Where it stands in its file's list; what orders equals. Not in the data. */
  index: number;
}
export interface Estimate { value: number; low: number; high: number }
export interface Scaling {
  name: string; axis: string; point: Record<string, AxisValue>; points: { threads: number; name: string }[];
  verdict: string; reason?: string; relative_rms?: number;
  fit?: {
    lambda: Estimate; sigma: Estimate; kappa: Estimate; confidence: number; relative_rms: number; thread_counts: number; trials: number;
    most_threads: number; peak?: Estimate; curve: (Estimate & { threads: number; prediction: number })[];
  };
}
export interface Kernel { what?: string; median: number; low: number; high: number; least: number; batches?: number }
export interface Matrix { cpus: number[]; ns: (number | null)[][]; measured: number; pairs: number }
export interface Run {
  id?: string; complete?: boolean; seed?: number; trials_planned?: number; trials_done?: number;
  sweep?: { name: string; file: string; repetitions: number; min_time_seconds: number; timeout_seconds: number };
  retries?: { budget: number; made: number; cured: number };
  flag_limits?: Record<string, number>;
  states?: { label: string; transfer_ns: number[]; trials: number; counted: boolean; cpus?: number[] }[];
  implementations?: string[];
  left_out?: { reason: string; points: number | unknown }[];
  not_built?: { impl: string; family: string; reason: string; option?: string }[];
  adapted?: { impl: string; family: string; library: string; source: string; tested_version: string; version?: string; adapted_by: string; reviewed_by_author: boolean }[];
  caught?: { family: string; impl: string; points: string[]; reason: string }[];
  ratios?: { label: string; median?: number; low?: number; high?: number; verdict: string; pairs?: unknown[]; at_most?: number }[];
  scaling?: Scaling[];
  limits?: {
    note?: string; kernels: Record<string, Record<string, Kernel>>;
    calibrations?: { state: string; used: boolean; matrix?: Matrix | null; noise?: Record<string, number>; [key: string]: unknown }[];
  };
  above_limit?: { name: string; share: number; trials: number }[];
  clock_check?: { measured_seconds: number; wall_seconds: number };
  measured_seconds?: number; wall_seconds?: number;
  axes?: Axis[]; measures?: Record<string, Measure>;
}
export interface Environment {
  date?: string; host_name?: string; num_cpus?: number; caches?: { type: string; level: number; size: number; num_sharing: number }[];
  load_avg?: number[]; handoff?: Record<string, unknown>; [key: string]: unknown;
}
interface Base { file: string; label: string; date?: string }
export interface ResultFile extends Base {
  kind: "result" | "foreign"; environment: Environment; run: Run; points: Point[];
  state_over_time?: [number, number | null, number][];
}
export interface GateSide { folder?: string; ref?: string; build?: Record<string, unknown> | null }
export interface GateTrial { status: string; value?: number | null; reason?: string; flags?: string[]; probe_ns?: number | null }
export interface GatePoint {
  name: string; family: string; max_slowdown: number; measure: string; unit: string; finding: string; reason: string; suspect?: boolean;
  pairs?: { screening: number; confirming: number; proving: number; replaced: Record<string, number> };
  slowdown?: { median: number | null; low: number | null; high: number | null; at_most: number | null; could_see: number | null };
  p?: number | null; base_median?: number | null; candidate_median?: number | null; seconds?: number;
}
export interface Gate {
  date: string; context: Environment; base: GateSide; candidate: GateSide; differences: string[]; sweep: { name: string };
  complete: boolean; wall_seconds: number; exit_code: number; points: GatePoint[];
  pairs: { point: string; order: string; base: GateTrial; candidate: GateTrial; d: number | null; replaced: string }[];
  failures: { point: string; side: string; status: string; reason: string; command: string }[];
}
export interface GateFile extends Base { kind: "gate"; gate: Gate }
export interface HistorySeries {
  point: string; machine: string; level: number; first_tested: number;
  entries: { commit: string; date: string; run: string; ratio: number; low: number | null; high: number | null }[];
  change_points: { index: number; statistic: number; p: number; before: number; after: number }[];
}
export interface HistoryFile extends Base {
  kind: "history"; history: { reference: string; method: string; false_alarms: number; series: HistorySeries[] };
}
export type AnyFile = ResultFile | GateFile | HistoryFile;
export interface Data { schema: number; made_by?: { version?: string; commit?: string }; files: AnyFile[] }

export const isResult = (file: AnyFile): file is ResultFile => file.kind === "result" || file.kind === "foreign";

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

async function decoded(element: HTMLElement): Promise<string> {
  const text = (element.textContent ?? "").trim();
  const encoding = element.dataset["encoding"] ?? "";
  if (text === "" || text.startsWith("@")) throw new Error("This page holds no data: it is the empty template that handoff report fills.");
  const bytes = bytesOf(text);
  if (!encoding.startsWith("gzip")) return new TextDecoder().decode(bytes);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

/** Reads the data element. Throws an Error with one sentence where there is nothing to show. */
export async function read(element: HTMLElement | null): Promise<Data> {
  if (!element) throw new Error("This page holds no data.");
  const data = JSON.parse(await decoded(element)) as Data;
  element.textContent = ""; // its megabytes are not needed twice
  for (const file of data.files) {
    if (!isResult(file)) continue;
    file.run ??= {};
    file.environment ??= {};
    file.points ??= [];
    file.points.forEach((point, index) => {
      point.index = index;
      point.axes ??= {};
      point.rivals ??= "";
      point.trials ??= { repetition: [], counted: [], status: [] };
    });
    if (file.kind === "foreign") foreign(file);
  }
  return data;
}

/** Of a plain Google Benchmark file: `BM_push/8/64` becomes BM_push with the axes argument 1 and argument 2. */
function foreign(file: ResultFile): void {
  const axes = new Map<string, Axis>();
  for (const point of file.points) {
    const parts = point.name.split("/");
    point.impl = parts[0] ?? point.name;
    point.family = point.family || "";
    point.workload = point.workload || "";
    let turn = 0;
    for (const part of parts.slice(1)) {
      const [label, value] = part.includes(":") ? [part.slice(0, part.indexOf(":")), part.slice(part.indexOf(":") + 1)] : ["", part];
      if (!/^\d{1,15}$/.test(value)) { if (!label) point.impl += `/${part}`; continue; }
      const name = label || `argument ${++turn}`;
      point.axes[name] = Number(value);
      axes.set(name, { name, label: name, kind: "count", unit: "", phrase: `${name} {}` });
    }
  }
  file.run.axes ??= [...axes.values()];
  file.run.measures ??= { real_time: { title: "time per iteration, ns", unit: "ns", better: "lower" } };
  file.run.implementations ??= [...new Set(file.points.map((point) => point.impl))];
}
