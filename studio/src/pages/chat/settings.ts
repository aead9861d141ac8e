/** Settings of the draw: three usual ones, stop strings as lines, and whether a schema is one. */
import type { Sampling } from "./types";

export type PresetName = "greedy" | "balanced" | "free" | "own";

type Preset = Pick<Sampling, "temperature" | "top_p" | "top_k" | "min_p">;

const OFF = { top_p: null, top_k: null, min_p: null };

export const PRESETS: Readonly<Record<Exclude<PresetName, "own">, Preset>> = {
  greedy: { temperature: 0, ...OFF },
  balanced: { temperature: 0.8, ...OFF },
  free: { temperature: 1.1, ...OFF, min_p: 0.05 },
};

/** Which of the usual settings these are. */
export function presetOf(sampling: Sampling): PresetName {
  for (const name of ["greedy", "balanced", "free"] as const) {
    const preset = PRESETS[name];
    const keys = Object.keys(preset) as (keyof Preset)[];
    if (keys.every((key) => preset[key] === sampling[key])) return name;
  }
  return "own";
}

/** One stop string a line; `\n` and `\t` as programmers write them. */
export function stopsOf(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/\\([nt\\])/g, (_, mark: string) => ESCAPES[mark] ?? mark));
}

export function stopsText(stops: readonly string[]): string {
  return stops
    .map((stop) => stop.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\t/g, "\\t"))
    .join("\n");
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", "\\": "\\" };

/** Whether a text is JSON that may be a schema. */
export function isSchema(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "boolean" || (typeof value === "object" && value !== null);
  } catch {
    return false;
  }
}
