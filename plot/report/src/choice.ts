// The state of the page, which lives in the URL's fragment: a link shows the same view, and Back works.

export interface Choice {
  file: number;
  work: string; // family/workload; empty: the file's first
  axes: Record<string, string>;
  needs: Record<string, string>; // guarantees that are asked for
  wait: string; // best, keeps, sleeps, or one strategy
  steal: string; // best, or one policy
  by: string; // own, or a column
  hide: string[];
  show: string[]; // beyond those that are drawn by default
  only: string; // the one series that is isolated
  marks: Record<string, string>; // switches of charts, by the chart's id
  filter: string;
  sort: string;
  rows: string; // points or trials
  against: number; // the file that others are compared with
}

export const start = (): Choice => ({
  file: 0, work: "", axes: {}, needs: {}, wait: "best", steal: "best", by: "own", hide: [], show: [], only: "", marks: {},
  filter: "", sort: "", rows: "points", against: 0,
});

const list = (text: string | null): string[] => (text ? text.split(",").filter(Boolean) : []);
const escaped = (text: string): string => encodeURIComponent(text).replace(/%2F/g, "/").replace(/%3A/g, ":").replace(/%20/g, "+");

export function write(choice: Choice): string {
  const fresh = start();
  const parts: [string, string][] = [];
  if (choice.file) parts.push(["file", String(choice.file)]);
  if (choice.work) parts.push(["work", choice.work]);
  for (const [name, value] of Object.entries(choice.axes)) parts.push([`a.${name}`, value]);
  for (const [name, value] of Object.entries(choice.needs)) if (value) parts.push([`n.${name}`, value]);
  for (const key of ["wait", "steal", "by", "only", "filter", "sort", "rows"] as const)
    if (choice[key] !== fresh[key]) parts.push([key, choice[key]]);
  for (const key of ["hide", "show"] as const) if (choice[key].length) parts.push([key, choice[key].map(encodeURIComponent).join(",")]);
  for (const [chart, marks] of Object.entries(choice.marks)) if (marks) parts.push([`c.${chart}`, marks]);
  if (choice.against) parts.push(["against", String(choice.against)]);
  return parts.map(([key, value]) => `${escaped(key)}=${escaped(value)}`).join("&");
}

const part = (text: string): string => {
  try { return decodeURIComponent(text); } catch { return text; }
};

export function readFragment(fragment: string): Choice {
  const choice = start();
  for (const [key, value] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    if (key.startsWith("a.")) choice.axes[key.slice(2)] = value;
    else if (key.startsWith("n.")) choice.needs[key.slice(2)] = value;
    else if (key.startsWith("c.")) choice.marks[key.slice(2)] = value;
    else if (key === "file" || key === "against") choice[key] = Math.max(0, Number.parseInt(value, 10) || 0);
    else if (key === "hide" || key === "show") choice[key] = list(value).map(part);
    else if (key === "work" || key === "wait" || key === "steal" || key === "by" || key === "only" || key === "filter" || key === "sort" || key === "rows")
      choice[key] = value;
  }
  return choice;
}
