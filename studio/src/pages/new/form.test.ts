/** The form's logic: fields out of a schema, values changed, texts read. */
import { describe, expect, it } from "vitest";
import { fieldOf, foundKeys, type SchemaNode } from "./schema";
import { parseLines, parseText, textOf } from "./texts";
import { countOf, valueAt, withValue } from "./values";

const ROOT: SchemaNode = {
  $defs: {
    Muon: { type: "object", properties: { name: { const: "muon" }, rate: { type: "number" } } },
    Adam: { type: "object", properties: { name: { const: "adam" } } },
    Training: {
      type: "object",
      properties: {
        steps: { type: "integer", description: "Optimiser steps." },
        every: { anyOf: [{ type: "integer" }, { type: "null" }], default: null },
        either: { anyOf: [{ type: "integer" }, { type: "string" }] },
        optimizer: {
          discriminator: {
            propertyName: "name",
            mapping: { muon: "#/$defs/Muon", adam: "#/$defs/Adam" },
          },
          oneOf: [{ $ref: "#/$defs/Muon" }, { $ref: "#/$defs/Adam" }],
        },
        warmup: { anyOf: [{ $ref: "#/$defs/Muon" }, { type: "null" }] },
        names: { type: "array", items: { type: "string" } },
      },
    },
  },
  properties: {
    train: { $ref: "#/$defs/Training" },
    tasks: { type: "object", additionalProperties: { $ref: "#/$defs/Muon" } },
  },
};

const train = (key: string) => fieldOf(ROOT.$defs?.Training?.properties?.[key] ?? {}, ROOT);

describe("fieldOf", () => {
  it("tells the kinds apart", () => {
    expect(train("steps").kind).toEqual({ kind: "number", isWhole: true });
    expect(train("every")).toMatchObject({ isOptional: true, kind: { kind: "number" } });
    expect(train("either").kind.kind).toBe("free");
    expect(train("optimizer").kind).toMatchObject({ kind: "choice", tag: "name" });
    expect(train("warmup")).toMatchObject({ isOptional: true, kind: { kind: "section" } });
    expect(train("names").kind.kind).toBe("list");
    expect(fieldOf(ROOT.properties?.tasks ?? {}, ROOT).kind.kind).toBe("table");
  });

  it("finds keys by path and by what they mean", () => {
    expect(foundKeys(ROOT, "train steps").map(({ path }) => path.join("."))).toEqual([
      "train.steps",
    ]);
    expect(foundKeys(ROOT, "OPTIMISER").map(({ path }) => path.join("."))).toEqual(["train.steps"]);
    expect(foundKeys(ROOT, " ")).toEqual([]);
  });
});

describe("withValue", () => {
  const values = { a: { b: { c: 1 } }, list: [{ x: 1 }, { x: 2 }] };

  it("changes one place and no other", () => {
    const after = withValue(values, ["a", "b", "d"], 2);
    expect(after).toEqual({ a: { b: { c: 1, d: 2 } }, list: [{ x: 1 }, { x: 2 }] });
    expect(values.a.b).toEqual({ c: 1 });
    expect(valueAt(after, ["list", 1, "x"])).toBe(2);
  });

  it("takes away what is unsaid, and tables that were made for it alone", () => {
    expect(withValue(values, ["a", "b", "c"], undefined)).toEqual({ list: values.list });
    expect(withValue(values, ["list", 0], undefined)).toEqual({ a: values.a, list: [{ x: 2 }] });
    expect(withValue({ on: {} }, ["on"], {})).toEqual({ on: {} });
  });

  it("keeps an entry of a list when its last word goes", () => {
    expect(withValue({ list: [{ x: 1 }] }, ["list", 0, "x"], undefined)).toEqual({ list: [{}] });
  });

  it("counts what is said", () => {
    expect(countOf(values)).toBe(2);
    expect(countOf(undefined)).toBe(0);
    expect(countOf(null)).toBe(1);
  });
});

describe("texts", () => {
  const number = { kind: "number", isWhole: false } as const;

  it("reads numbers, and leaves to the server what is none", () => {
    expect(parseText(" 3e-4 ", number)).toBe(3e-4);
    expect(parseText("-.5", number)).toBe(-0.5);
    expect(parseText("1e", number)).toBe("1e");
    expect(parseText("many", number)).toBe("many");
    expect(parseText("", number)).toBeUndefined();
  });

  it("reads what may be of several types as what it looks like", () => {
    expect(parseText("true", { kind: "free" })).toBe(true);
    expect(parseText('["a"]', { kind: "free" })).toEqual(["a"]);
    expect(parseText("auto", { kind: "free" })).toBe("auto");
  });

  it("reads lines as entries, empty texts too", () => {
    expect(parseLines("Return\n\n你好", { kind: "text" })).toEqual(["Return", "", "你好"]);
    expect(parseLines("1\n2", number)).toEqual([1, 2]);
    expect(parseLines("", { kind: "text" })).toBeUndefined();
    expect([textOf(null), textOf(undefined), textOf(0.1)]).toEqual(["none", "", "0.1"]);
  });
});
