/** The reader's language: what was chosen here before, else the browser's. */
export type Language = "en" | "zh";

const KEY = "yanmo.language";
const listeners = new Set<() => void>();
let chosen: Language | null = null;

export function currentLanguage(): Language {
  chosen ??= remembered() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
  return chosen;
}

export function chooseLanguage(language: Language): void {
  chosen = language;
  localStorage.setItem(KEY, language);
  markDocument();
  for (const tell of listeners) tell();
}

/** Tell the browser which language the page is in: hyphens, quotes and typefaces depend on it. */
export function markDocument(): void {
  document.documentElement.lang = currentLanguage() === "zh" ? "zh-Hans" : "en";
}

export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function remembered(): Language | null {
  const value = localStorage.getItem(KEY);
  return value === "en" || value === "zh" ? value : null;
}
