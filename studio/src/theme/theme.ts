/** Light or dark: the system's unless the reader chose. Charts ask for colours, the rest is CSS. */
import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const KEY = "yanmo.theme";
const listeners = new Set<() => void>();
const isDarkSystem = window.matchMedia("(prefers-color-scheme: dark)");
isDarkSystem.addEventListener("change", () => tellAll());

export function currentTheme(): Theme {
  const value = localStorage.getItem(KEY);
  return value === "light" || value === "dark" ? value : "system";
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  applyTheme();
  tellAll();
}

/** Mark the document; without a mark the style sheet follows the system. */
export function applyTheme(): void {
  const theme = currentTheme();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function useTheme(): Theme {
  return useSyncExternalStore(onTheme, currentTheme);
}

/** Whether what is seen now is dark. */
export function useIsDark(): boolean {
  return useSyncExternalStore(onTheme, () => {
    const theme = currentTheme();
    return theme === "system" ? isDarkSystem.matches : theme === "dark";
  });
}

function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tellAll(): void {
  for (const tell of listeners) tell();
}
