// Colours and marks: plot/style.json, which the static charts share. The dark theme's colours are those of the same places, lighter.
import shared from "../../style.json";

export type Theme = "light" | "dark";
export const CAUGHT = " (!)";

/** Marks in a square of 2 x 2 about the origin, by matplotlib's letters. */
function polygon(n: number, turn: number): string {
  const corner = (i: number): string => {
    const a = turn + (2 * Math.PI * i) / n;
    return `${Math.cos(a).toFixed(4)},${Math.sin(a).toFixed(4)}`;
  };
  return `M${Array.from({ length: n }, (_, i) => corner(i)).join("L")}Z`;
}
const up = -Math.PI / 2;
const X = "M-.5,-1L0,-.5L.5,-1L1,-.5L.5,0L1,.5L.5,1L0,.5L-.5,1L-1,.5L-.5,0L-1,-.5Z";
const shapes: Record<string, string> = {
  o: "M1,0A1,1 0 1 1 -1,0A1,1 0 1 1 1,0Z",
  s: "M-.87,-.87H.87V.87H-.87Z",
  "^": "M0,-1L1,.9H-1Z", v: "M0,1L1,-.9H-1Z", "<": "M-1,0L.9,-1V1Z", ">": "M1,0L-.9,-1V1Z",
  D: "M0,-1.2L1.2,0L0,1.2L-1.2,0Z", d: "M0,-1.1L.66,0L0,1.1L-.66,0Z",
  P: "M-.35,-1H.35V-.35H1V.35H.35V1H-.35V.35H-1V-.35H-.35Z", X,
  p: polygon(5, up), h: polygon(6, up), "8": polygon(8, Math.PI / 8),
};

export class Looks {
  private readonly places = new Map<string, number>();

  constructor(implementations: readonly string[]) {
    for (const name of implementations) this.place(name);
  }

  private place(impl: string): number {
    let place = this.places.get(impl);
    if (place === undefined) this.places.set(impl, (place = this.places.size));
    return place;
  }

  color(impl: string, theme: Theme): string {
    const palette = theme === "dark" ? shared.palette_dark : shared.palette;
    return palette[this.place(impl) % palette.length] as string;
  }

  /** The path of the mark at radius 1 and the radius factor that makes all look equally large. */
  mark(impl: string): { path: string; scale: number } {
    const letter = shared.markers[this.place(impl) % shared.markers.length] as string;
    return { path: shapes[letter] ?? (shapes["o"] as string), scale: (shared.mark_scale as Record<string, number>)[letter] ?? 1 };
  }

  dash(impl: string): string {
    const turn = Math.floor(this.place(impl) / shared.palette.length);
    const stroke = shared.strokes[turn % shared.strokes.length] as number[];
    return stroke.map((part) => part * 1.6).join(" ");
  }
}

export const inks = (theme: Theme): Record<string, string> => (theme === "dark" ? shared.inks_dark : shared.inks);

const wanted = (): string => document.documentElement.dataset["theme"] ?? "auto";
const prefersDark = (): boolean => matchMedia("(prefers-color-scheme: dark)").matches;
export const theme = (): Theme => (wanted() === "auto" ? (prefersDark() ? "dark" : "light") : (wanted() as Theme));

/** Puts the inks where the style sheet reads them. */
export function applyInks(): void {
  for (const [name, color] of Object.entries(inks(theme()))) document.documentElement.style.setProperty(`--${name}`, color);
  document.documentElement.dataset["shown"] = theme();
}
