// What is known of one point: its repetitions one by one, flags, states, reason, and the command that runs it again.
import { byOf, isSaturated } from "./answer";
import { breaking, copyButton, el } from "./dom";
import type { Point, ResultFile } from "./data";
import { median } from "./statistics";
import { plural, sentence } from "./words";

export interface CardContext { file: ResultFile }

export function pointCard(context: CardContext, point: Point): Node[] {
  const by = byOf(context.file, point.measure, "own");
  const { trials } = point;
  const counted = trials.status.map((_, i) => trials.counted[i] === 1 && !point.caught);
  const costs = trials.status.flatMap((_, i) => (counted[i] && typeof trials.cost?.[i] === "number" ? [trials.cost[i] as number] : counted[i] && isSaturated(point, i) ? [Infinity] : []));
  const each = trials.status.map((status, i) => {
    const x = trials.cost?.[i];
    const value = status !== "ok" ? status : typeof x === "number" ? by.quantity.text(by.cost(x)) : isSaturated(point, i) ? "saturated" : "no value";
    const why = [trials.why?.[i], trials.check?.[i] === "full" ? "checks in full" : "", trials.state?.[i]].filter(Boolean).join("; ");
    return el("li", { class: counted[i] ? "" : "uncounted", title: why || null }, value, !counted[i] && trials.why?.[i] ? el("span", { class: "why" }, ` ${trials.why[i]}`) : null);
  });
  const states = [...new Set(trials.state ?? [])].filter(Boolean);
  const n = counted.filter(Boolean).length;
  const parts: (HTMLElement | null)[] = [
    el("p", { class: "name" }, breaking(point.name)),
    el("p", {}, costs.length ? el("b", {}, by.quantity.text(median(costs))) : el("b", {}, "no number"), ` from ${n} of ${plural(trials.status.length, "trial")}`,
      states.length ? `, machine state ${states.join(", ")}` : "", point.oversubscribed ? ", more threads than CPUs" : "", point.reason ? `. ${sentence(point.reason)}.` : "."),
    el("ul", { class: "repetitions", "aria-label": "Repetitions" }, each),
    point.command ? el("p", { class: "command" }, el("code", {}, point.command), copyButton(() => point.command as string, "Copy command")) : null,
  ];
  return parts.filter((node): node is HTMLElement => node !== null);
}
