/** The language that the page is in, and its words. */
import { useSyncExternalStore } from "react";
import { en } from "./en";
import { currentLanguage, type Language, onLanguage } from "./language";
import type { WordsOf } from "./words";
import { zh } from "./zh";

export type Words = WordsOf<typeof en>;

export function useLanguage(): Language {
  return useSyncExternalStore(onLanguage, currentLanguage);
}

/** Every text that the studio shows: `const words = useWords(); words.runs.title`. */
export function useWords(): Words {
  return useLanguage() === "zh" ? zh : en;
}
