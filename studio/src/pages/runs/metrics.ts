/** Which columns of the logs make one chart, and which charts the chosen runs can have. */
import type { RunRow } from "./types";

export const LOSS = "loss";

/** The loss is drawn with that of validation; every other key stands alone. */
const TOGETHER: Readonly<Record<string, readonly string[]>> = {
  [LOSS]: ["train/loss", "validation/loss"],
};
const NEVER_ALONE = new Set(["train/loss", "validation/loss", "train/tokens"]);
const FIRST = ["validation/bits_per_byte", "train/lr", "train/grad_norm", "train/tokens_per_s"];

export function metricsOf(runs: readonly RunRow[]): string[] {
  const keys = new Set(runs.flatMap((run) => run.keys));
  const others = [...keys].filter((key) => !NEVER_ALONE.has(key) && !FIRST.includes(key)).sort();
  return [LOSS, ...FIRST.filter((key) => keys.has(key)), ...others];
}

export function keysOf(metric: string): readonly string[] {
  return TOGETHER[metric] ?? [metric];
}

export function isValidation(key: string): boolean {
  return key.startsWith("validation/");
}

/** Whether a curve is noisy: what a schedule decides, or is measured seldom, is shown as it is. */
export function isNoisy(key: string): boolean {
  return key.startsWith("train/") && key !== "train/lr" && key !== "train/penalty";
}

/** The logs that any of the runs has, the base model's first. */
export function stagesOf(runs: readonly RunRow[]): string[] {
  const stages = new Set(runs.flatMap((run) => run.logs));
  return [...stages].sort(
    (a, b) => Number(b === "pretrain") - Number(a === "pretrain") || a.localeCompare(b),
  );
}
