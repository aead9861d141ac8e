/** Numbers as people read them, in the language of the page. */
import { currentLanguage } from "../i18n/language";

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `12,345`; a dash where there is none. */
export function whole(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return Math.round(value).toLocaleString(currentLanguage());
}

/** Four significant digits: `0.001234`, `3.142`, `12,340`. */
export function short(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7))
    return value.toExponential(Math.max(digits - 2, 0));
  return value.toLocaleString(currentLanguage(), { maximumSignificantDigits: digits });
}

/** `1.2M`, in Chinese `120万`. */
export function compact(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return value.toLocaleString(currentLanguage(), {
    notation: "compact",
    maximumSignificantDigits: 3,
  });
}

/** `1.5 MiB`. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < BYTE_UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1;
  return `${size.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** `1:02:03`, `2:03`, `4.2 s`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const total = Math.round(seconds);
  const parts = [Math.floor(total / 60) % 60, total % 60].map((part) =>
    String(part).padStart(2, "0"),
  );
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${parts.join(":")}` : parts.join(":").replace(/^0/, "");
}

/** Three decimals, so that a column of losses stands in line. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? short(value) : value.toFixed(3);
}

/** A moment, given in seconds since 1970 or as ISO text, in the reader's own time. */
export function moment(value: number | string | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const date = new Date(typeof value === "number" ? value * 1000 : value);
  if (Number.isNaN(date.getTime())) return "–";
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return date.toLocaleString(currentLanguage(), {
    ...(isThisYear ? {} : { year: "numeric" }),
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });
}

const AGES: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** `3 min. ago`, for a moment in seconds since 1970; older than a month, the moment itself. */
export function ago(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const seconds = Date.now() / 1000 - value;
  if (seconds > 30 * 86400) return moment(value);
  const [unit, size] = AGES.find(([, one]) => seconds >= one) ?? ["second", 1];
  const format = new Intl.RelativeTimeFormat(currentLanguage(), { style: "narrow" });
  return format.format(-Math.max(0, Math.floor(seconds / size)), unit);
}
