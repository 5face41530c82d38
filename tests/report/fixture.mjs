// Data for the page as `handoff report` would embed it, made from a seed: what the browser tests look at.
import { gzipSync } from "node:zlib";

export const HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(2)>';

/** Mulberry32: the same seed gives the same data. */
export function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const six = (x) => Number(x.toPrecision(6));

const AXES = [
  { name: "wait", label: "wait", kind: "word", unit: "", phrase: "wait strategy {}", absent: "native", absent_phrase: "native where they wait by their own means" },
  { name: "producers", label: "p", kind: "count", unit: "", phrase: "{} producer{s}" },
  { name: "consumers", label: "c", kind: "count", unit: "", phrase: "{} consumer{s}" },
  { name: "threads", label: "threads", kind: "count", unit: "", phrase: "{} thread{s}" },
  { name: "capacity", label: "cap", kind: "size", unit: "items", phrase: "capacity {}", absent: "unbounded", absent_phrase: "bounded ones" },
  { name: "bytes", label: "bytes", kind: "count", unit: "bytes", phrase: "{}-byte items" },
  { name: "workers", label: "workers", kind: "count", unit: "", phrase: "{} worker{s}" },
  { name: "task_ns", label: "task", kind: "count", unit: "ns", phrase: "tasks of {} ns" },
  { name: "load", label: "load", kind: "count", unit: "%", phrase: "offered load {}%" },
];
const MEASURES = {
  items_per_second: { title: "million operations per second", unit: "1/s", better: "higher", shown_factor: 1e-6 },
  latency: { title: "p50, ns", unit: "ns", better: "lower" },
};
const WAITS = ["spin", "yield", "park", "hybrid"];
const KEEPS = new Set(["spin", "yield"]);

function queuesOf(count) {
  const names = ["lamport_ring", "cached_ring", "vyukov_ring", "spinlock_ring", "mutex_queue", "boost_queue", "token_queue", "bounded_queue", "blocking_queue", "reader_writer_queue", "faa_queue", "slot_ring", "segment_queue", "list_queue"];
  return Array.from({ length: count }, (_, i) => ({
    name: names[i] ?? `queue_${i}`, cost: 8 * 1.35 ** (i % 9) + 0.4 * i, single: i % 7 === 0 && i < 8, unbounded: i % 5 === 4, native: i % 6 === 5, order: i % 4 === 3 ? "per_producer_fifo" : "fifo",
    progress: i % 3 === 1 ? "lock-free" : "blocking",
  }));
}

/** A result of queues (streams, round trips, offered loads) and pools. `scale`: how many capacities and payloads. */
export function result({ seed = 1, queues = 14, capacities = [64, 1024], payloads = [8, 64], shapes = [[1, 1], [1, 2], [2, 1], [2, 2]], repetitions = 7, host = "testhost", label = "results.json", speed = 1, extra = null, cpus = 2 } = {}) {
  const draw = random(seed);
  const points = [], family = "queues";
  const impls = queuesOf(queues);
  if (extra) impls.push({ ...impls[1], name: extra, cost: 9 });
  const add = (impl, workload, measure, axes, cost, more = {}) => {
    const label = { wait: "wait", producers: "p", consumers: "c", capacity: "cap", bytes: "bytes", load: "load", workers: "workers", task_ns: "task" };
    const name = [more.family ?? family, workload, impl.name, ...Object.entries(axes).map(([k, v]) => `${label[k]}:${v}`)].join("/");
    const t = { repetition: [], counted: [], status: [], why: [], state: [], check: [], cost: [], time_ns: [], cpu_ns: [], limit_share: [], memory_bytes: [], allocations: [], metrics: {} };
    if (measure === "latency") { t.p50 = []; t.p99 = []; t.p999 = []; }
    const threads = (axes.producers ?? 1) + (axes.consumers ?? 1);
    const broken = more.broken === true, saturates = axes.load !== undefined && axes.load > 90;
    const curve = [];
    for (let i = 0; i < repetitions; i++) {
      const far = draw() < 0.08, flagged = !far && draw() < 0.06, wrong = broken && i % 3 === 1;
      const value = six(cost * speed * (0.94 + 0.12 * draw()) * (far ? 3.5 : 1)), lost = saturates && draw() < 0.6;
      t.repetition.push(i);
      t.status.push(wrong ? (i === 1 ? "invalid" : "crashed") : "ok");
      t.why.push(wrong ? "3 items lost, 1 of them after close" : flagged ? "contaminated" : "");
      t.counted.push(wrong || far || flagged || broken ? 0 : 1);
      t.state.push(far ? "108 ns" : "31 ns");
      t.check.push("");
      t.cost.push(wrong || lost ? null : value);
      t.time_ns.push(wrong ? null : value);
      t.cpu_ns.push(wrong ? null : six(value * threads * (KEEPS.has(axes.wait) ? 0.98 : 0.55)));
      t.limit_share.push(wrong ? null : six(Math.min(1, 6 / value)));
      t.memory_bytes.push(wrong ? null : 4e6 + Math.round(draw() * 1e5));
      t.allocations.push(wrong ? null : impl.unbounded ? six(0.02 + draw() * 0.001) : 0);
      if (measure === "latency") for (const [key, times] of [["p50", 1], ["p99", 2.5], ["p999", 9]]) t[key].push(wrong || lost ? null : six(value * times));
      if (axes.load !== undefined) (t.metrics.saturated ??= []).push(wrong ? null : lost ? 1 : 0);
      if (axes.wait === "park" || axes.wait === "hybrid") (t.metrics.sleep_ratio ??= []).push(wrong ? null : six(draw() * 0.5));
      if (more.efficiency) (t.metrics.efficiency ??= []).push(six(more.efficiency * (0.97 + 0.05 * draw())));
      if (threads > 2) (t.fairness ??= []).push(wrong ? null : six(1 - 0.2 * draw()));
      (t.probe_ns ??= []).push(six(far ? 105 + 6 * draw() : 30 + 3 * draw()));
    }
    const counted = t.counted.reduce((a, b) => a + b, 0);
    const point = {
      name, family: more.family ?? family, workload, impl: impl.name, axes, threads, oversubscribed: threads > cpus, keeps_cpu: KEEPS.has(axes.wait),
      guarantees: { order: impl.order, progress: impl.progress, producers: impl.single ? "one" : "many", consumers: impl.single ? "one" : "many", capacity: impl.unbounded ? "unbounded" : "exact" },
      rivals: more.rivals ?? `${impl.unbounded ? "unbounded" : `bounded, capacity ${axes.capacity}`}, ${impl.order === "fifo" ? "FIFO" : "FIFO per producer"}, ${impl.single ? "one producer and one consumer only" : "any number of threads"}`,
      measure, trials_ok: t.status.filter((s) => s === "ok").length, trials_counted: counted, limit_by: "line transfer", limit_ns: 6,
      command: `build/release/bin/bench_${more.family ?? family} --point '${name}' --seed ${seed}`,
      reason: counted ? ["ran near-full", "ran near-empty", "slept in 40% of the waits", ""][Math.floor(draw() * 4)] : "", trials: t,
    };
    if (broken) Object.assign(point, { caught: true, failed: { trials: repetitions, invalid: 1, timeout: 0, crashed: t.status.filter((s) => s === "crashed").length, reason: "3 items lost, 1 of them after close" } });
    if (measure === "latency" && counted && !saturates) {
      const base = cost * speed;
      for (const q of [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999]) curve.push([q, six(base * (0.8 + 0.4 * q) * (1 - Math.min(q, 0.99999)) ** -0.32)]);
      const at = (q) => curve.find(([x]) => x === q)[1];
      point.latency = { what: "half a round trip", unit: "ns", relative_error: 0.004, trials: counted, count: 200000, min: six(base * 0.8), p50: at(0.5), p90: at(0.9), p99: at(0.99), "p99.9": at(0.999), "p99.99": at(0.9999), max: six(base * 40), backed: ["p50", "p90", "p99", "p99.9"], curve };
    }
    points.push({ ...point });
  };
  for (const impl of impls) {
    const caps = impl.unbounded ? ["unbounded"] : capacities;
    const waits = impl.native ? ["native"] : WAITS;
    for (const [p, c] of shapes) {
      if (impl.single && (p > 1 || c > 1)) continue;
      for (const capacity of caps) for (const bytes of payloads) {
        if (bytes !== payloads[0] && p + c > 3) continue; // combinations that were not measured
        waits.forEach((wait, w) => add(impl, "transfer", "items_per_second", { wait, producers: p, consumers: c, capacity, bytes }, impl.cost * (p + c) / 2 * (1 + 0.3 * w) * (1 + bytes / 400) * (1 + 20 / (capacity === "unbounded" ? 1024 : capacity)), { broken: impl.name === "spinlock_ring" && p === 2 && wait === "yield" }));
      }
    }
    for (const wait of waits) add(impl, "round_trip", "latency", { wait, capacity: impl.unbounded ? "unbounded" : 1024, bytes: 8 }, (wait === "park" ? 9000 : wait === "hybrid" ? 260 : 90) * (impl.cost / 8) ** 0.5);
    if (!impl.unbounded) for (const load of [10, 30, 50, 70, 90, 110]) add(impl, "paced", "latency", { wait: waits[1] ?? "native", producers: 1, consumers: 1, capacity: 1024, bytes: 8, load }, 120 * impl.cost ** 0.4 / (1.15 - load / 100 + (load > 100 ? 0.3 : 0)));
  }
  for (let i = 0; i < 5; i++) for (const workers of [1, 2]) for (const task_ns of [0, 1000, 10000, 100000])
    add({ name: `pool_${"abcde"[i]}`, order: "fifo", progress: "blocking" }, "submit_work", "items_per_second", { wait: i === 4 ? "native" : "park", workers, task_ns }, 120 * (1 + 0.2 * i) + task_ns / workers, { family: "pools", rivals: "unbounded, starts: FIFO", efficiency: task_ns / (task_ns + 120 * (1 + i)) });
  points.push({ ...structuredClone(points[0]), name: "queues/transfer/empty_loop/p:1/c:1", impl: "empty_loop", rivals: "", guarantees: { control: "control" } });
  const matrix = { cpus: [0, 1], ns: [[null, 31.2], [30.9, null]], measured: 1, pairs: 1, classes: [] };
  return {
    kind: "result", file: label, label, date: "2026-10-02T08:15:00+00:00",
    environment: {
      date: "2026-10-02T08:15:00+00:00", host_name: host, executable: "bench_queues", num_cpus: cpus, mhz_per_cpu: 2600, cpu_scaling_enabled: false, load_avg: [0.4, 0.3, 0.2], caches: [{ type: "Data", level: 1, size: 32768, num_sharing: 1 }],
      handoff: { cpu_model: "Example CPU 9000", cpus_allowed: cpus, physical_cores: cpus, smt: "off", governor: "none", virtualization: "kvm", kernel: "Linux 6.1", clocksource: "tsc", clock_cost_ns: 22.1, compiler: "g++ 12.2", flags: "-O3 -march=native", build_type: "Release", libraries: { "libboost-dev": "1.74" }, git_commit: "0123456789abcdef", git_dirty: false, start: { nice: 0, scheduler: "other", limits: {}, variables: {} } },
    },
    run: {
      id: "r", complete: true, sweep: { name: "made", file: "made.json", repetitions, min_time_seconds: 0.03, timeout_seconds: 20 }, seed, trials_planned: points.length * repetitions, trials_done: points.length * repetitions,
      retries: { budget: 10, made: 4, cured: 3 }, flag_limits: { overlap: 0.8 }, states: [{ label: "31 ns", transfer_ns: [28, 35], trials: 9, counted: true }, { label: "108 ns", transfer_ns: [100, 115], trials: 1, counted: false }],
      implementations: [...impls.map((i) => i.name), "pool_a", "pool_b", "pool_c", "pool_d", "pool_e"], left_out: [], not_built: [{ impl: "tbb_queue", family: "queues", reason: "oneTBB was not found (libtbb-dev)" }, { impl: "unasked_queue", family: "queues", reason: "unasked not found", option: "HANDOFF_WITH_UNASKED" }], ratios: [],
      adapted: [{ impl: "pool_e", family: "pools", library: "Somebody's pool", source: "example.org/pool", tested_version: "1.0", version: "1.1", adapted_by: "Handoff", reviewed_by_author: false }],
      caught: [{ family: "queues", impl: "spinlock_ring", points: ["queues/transfer/spinlock_ring"], reason: "3 items lost" }], scaling: [],
      limits: { above_at: 1.1, kernels: { "31 ns": { line_transfer_ns: { what: "a cache line, one way", median: 31, low: 30, high: 33, least: 29 } } }, calibrations: [{ state: "31 ns", used: true, before_trial: 0, matrix }] },
      clock_check: { measured_seconds: 100, wall_seconds: 300 }, measured_seconds: 100, wall_seconds: 320, axes: AXES, measures: MEASURES,
    },
    points,
  };
}

/** About `wanted` points. */
export function large(wanted = 20000) {
  const capacities = [], payloads = [8, 16, 32, 64, 128, 256];
  for (let c = 16; capacities.length < 10; c *= 2) capacities.push(c);
  const made = result({ seed: 7, queues: 36, capacities, payloads, shapes: [[1, 1], [1, 2], [2, 1], [2, 2], [4, 1], [4, 4]] });
  made.points.length = Math.min(made.points.length, wanted);
  return made;
}

export function gate() {
  const draw = random(3);
  const pairs = [], points = [];
  const point = (name, shift, finding) => {
    for (let i = 0; i < 12; i++) {
      const a = 100 * (0.98 + 0.04 * draw()), b = a * shift * (0.99 + 0.02 * draw());
      const side = (value) => ({ status: "ok", value: six(value), items: 1000, flags: [], probe_ns: 31, wall_seconds: 0.1, cpu_seconds: 0.1, foreign_seconds: 0, steal_seconds: 0 });
      pairs.push({ point: name, order: i % 2 ? "candidate first" : "base first", seed: i, base: side(a), candidate: side(b), d: six(Math.log(b / a)), replaced: "" });
    }
    points.push({ name, family: "queues", max_slowdown: 1.05, measure: "items_per_second", unit: "ns", finding, reason: "", suspect: finding === "regressed", pairs: { screening: 8, confirming: 4, proving: 0, replaced: {} }, slowdown: { median: six(shift), low: six(shift * 0.98), high: six(shift * 1.02), at_most: six(shift * 1.02), could_see: 1.04 }, p: 0.001, base_median: 100, candidate_median: six(100 * shift), seconds: 3 });
  };
  point("queues/transfer/vyukov_ring/wait:spin/p:1/c:1/cap:1024/bytes:8", 1.0, "unchanged");
  point("queues/transfer/mutex_queue/wait:park/p:1/c:1/cap:1024/bytes:8", 1.12, "regressed");
  point("queues/transfer/cached_ring/wait:spin/p:1/c:1/cap:1024/bytes:8", 0.9, "improved");
  return { kind: "gate", file: "gate.json", label: "gate.json", date: "2026-10-02T08:15:00+00:00", gate: { handoff_gate: 1, date: "2026-10-02T08:15:00+00:00", context: {}, base: { folder: "base", ref: "main", build: null }, candidate: { folder: "candidate", ref: "topic", build: null }, differences: [], sweep: { name: "ci", file: "ci.json" }, seed: 1, rules: {}, complete: true, wall_seconds: 240, exit_code: 1, points, pairs, failures: [] } };
}

export function history() {
  const draw = random(4);
  const series = ["queues/transfer/vyukov_ring/wait:spin/p:1/c:1", "queues/transfer/mutex_queue/wait:park/p:1/c:1"].map((point, s) => {
    const entries = Array.from({ length: 24 }, (_, i) => {
      const ratio = six((s === 1 && i >= 15 ? 1.2 : 1) * (0.98 + 0.04 * draw()));
      return { commit: `abcdef${i}0000`, date: `2026-09-${String(i + 1).padStart(2, "0")}T00:00:00+00:00`, run: `r${i}`, ratio, low: six(ratio * 0.97), high: six(ratio * 1.03), base_repetitions: 7, candidate_repetitions: 7 };
    });
    return { point, machine: "testhost, 2 CPUs", level: 0.01, first_tested: 0, entries, change_points: s ? [{ index: 15, statistic: 9, p: 0.001, before: 1, after: 1.2 }] : [] };
  });
  return { kind: "history", file: "history.json", label: "history.json", history: { handoff_history: 1, reference: "abc; g++ 12; -O3", method: "E-divisive.", false_alarms: 0.05, multiplicity: "", shortest: 5, last: 100, seed: 1, series } };
}

export function foreign() {
  const draw = random(5), points = [];
  for (const name of ["BM_push", "BM_pop", "BM_pair<int>"]) for (const n of [8, 64, 512]) {
    const cost = Array.from({ length: 3 }, () => six(n * (0.9 + 0.2 * draw())));
    points.push({ name: `${name}/${n}`, family: "", workload: "", impl: `${name}/${n}`, axes: {}, rivals: "all", measure: "real_time", trials: { repetition: [0, 1, 2], counted: [1, 1, 1], status: ["ok", "ok", "ok"], cost, time_ns: cost, cpu_ns: cost } });
  }
  return { kind: "foreign", file: "plain.json", label: "plain.json", date: "2026-10-01T08:15:00+00:00", environment: { host_name: "other", num_cpus: 8, mhz_per_cpu: 3000, caches: [] }, points };
}

export const pageData = (...files) => ({ schema: 1, made_by: { version: "0.0.0", commit: "fixture" }, files });

/** The template with data in it, as the C++ command fills it. */
export function filled(template, data, gzip = true) {
  const text = Buffer.from(JSON.stringify(data), "utf8");
  const encoded = (gzip ? gzipSync(text) : text).toString("base64");
  return template.replace("@ENCODING@", () => (gzip ? "gzip+base64" : "base64")).replace("@DATA@", () => encoded);
}
