/** Shares of a whole as people read them. */
import { currentLanguage } from "../i18n/language";

/** `12.3%`; below a tenth of a per cent `<0.1%`, and a dash where there is none. */
export function percent(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const least = 10 ** -(digits + 2);
  if (value > 0 && value < least) return `<${percent(least, digits)}`;
  return value.toLocaleString(currentLanguage(), {
    style: "percent",
    minimumFractionDigits: 0,
    maximumFractionDigits: digits,
  });
}

/** `+0.012` or `−0.012`. */
export function signed(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
}
