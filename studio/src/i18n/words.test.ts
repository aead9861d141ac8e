/** Every visible word has both languages, and none is written into a component. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { en } from "./en";
import { zh } from "./zh";

const SOURCE = join(import.meta.dirname, "..");
const SEEN = "title|placeholder|label|alt|aria-label";
const HAN = /\p{Script=Han}/u;
const ENGLISH = /[a-z]{3,} [a-z]{2,} [a-z]{2,}/i;
const PRODUCT = ["EN", "中文", "yanmo demo", "recipe.toml"];

function components(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return components(path);
    return entry.name.endsWith(".tsx") ? [path] : [];
  });
}

function leaves(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
}

/** Words between tags, and in attributes that are seen or heard. */
function written(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const between = [...code.matchAll(/>([^<>{}=;()]*\p{L}{2}[^<>{}=;()]*)<\//gu)].map(
    (m) => m[1] ?? "",
  );
  const attributes = [...code.matchAll(new RegExp(`\\b(?:${SEEN})="([^"]*\\p{L}[^"]*)"`, "gu"))];
  return [...between, ...attributes.map((m) => m[1] ?? "")]
    .map((text) => text.trim())
    .filter(Boolean);
}

describe("words", () => {
  it("have the same keys and kinds in both languages", () => {
    const kinds = (words: object) =>
      leaves(words, "").map(([path, value]) => `${path}:${typeof value}`);
    expect(kinds(zh)).toEqual(kinds(en));
  });

  it("are Chinese in Chinese", () => {
    const foreign = leaves(zh, "")
      .filter(([, value]) => typeof value === "string" && !HAN.test(value) && ENGLISH.test(value))
      .map(([path]) => path);
    expect(foreign).toEqual([]);
  });

  it("are never empty", () => {
    for (const words of [en, zh]) {
      expect(leaves(words, "").filter(([, value]) => value === "")).toEqual([]);
    }
  });

  it("are not written into components", () => {
    const found = components(SOURCE).flatMap((path) =>
      written(readFileSync(path, "utf-8"))
        .filter((text) => !PRODUCT.includes(text))
        .map((text) => `${path.slice(SOURCE.length)}: ${text}`),
    );
    expect(found).toEqual([]);
  });
});
