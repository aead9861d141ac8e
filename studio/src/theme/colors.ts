/** Colours of series, told apart in both themes and by most colour-blind readers. */
const LIGHT = [
  "#2f6fde",
  "#d5482f",
  "#16896b",
  "#9a5bd0",
  "#c27c0e",
  "#0f8fa8",
  "#c2418b",
  "#5f7a1f",
  "#6b6f7a",
  "#8a4b2a",
];
const DARK = [
  "#6ea0ff",
  "#ff7d63",
  "#3fc79f",
  "#c191f2",
  "#e8b04a",
  "#4cc4dd",
  "#f07ab8",
  "#a3c25a",
  "#a5a9b5",
  "#d09470",
];

/** The colour of the `index`th series; they come again after ten. */
export function seriesColor(index: number, isDark: boolean): string {
  const colors = isDark ? DARK : LIGHT;
  return colors[index % colors.length] ?? "#888888";
}

/** A colour of the style sheet as it is now, such as `--text`. */
export function cssColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
