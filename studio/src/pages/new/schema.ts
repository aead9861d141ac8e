/** The JSON Schema of recipes, read as the fields of a form. Knows types, nothing of components. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly discriminator?: {
    readonly propertyName: string;
    readonly mapping: Record<string, string>;
  };
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
}

export type FieldKind =
  | { readonly kind: "section"; readonly node: SchemaNode }
  | {
      readonly kind: "choice";
      readonly tag: string;
      readonly options: Readonly<Record<string, SchemaNode>>;
    }
  | { readonly kind: "list"; readonly item: SchemaNode }
  | { readonly kind: "table"; readonly value: SchemaNode }
  | { readonly kind: "words"; readonly values: readonly unknown[] }
  | { readonly kind: "switch" }
  | { readonly kind: "number"; readonly isWhole: boolean }
  | { readonly kind: "text" }
  | { readonly kind: "free" };

export interface Field {
  readonly kind: FieldKind;
  /** Whether it may be unset, which is written as none. */
  readonly isOptional: boolean;
  readonly node: SchemaNode;
}

/** `node` with its reference followed; what stands beside the reference wins. */
export function followed(node: SchemaNode, root: SchemaNode): SchemaNode {
  if (node.$ref === undefined) return node;
  const { $ref, ...beside } = node;
  const target = root.$defs?.[$ref.replace("#/$defs/", "")] ?? {};
  return { ...followed(target, root), ...beside };
}

export function fieldOf(node: SchemaNode, root: SchemaNode): Field {
  const whole = followed(node, root);
  const members = whole.anyOf?.filter((member) => member.type !== "null");
  const isOptional = whole.anyOf !== undefined && members?.length !== whole.anyOf.length;
  const [only] = members ?? [];
  const inner = members?.length === 1 && only ? followed(only, root) : whole;
  return { kind: kindOf(inner, root, members?.length ?? 1), isOptional, node: whole };
}

function kindOf(node: SchemaNode, root: SchemaNode, members: number): FieldKind {
  if (members > 1) return { kind: "free" };
  if (node.discriminator) {
    const { propertyName, mapping } = node.discriminator;
    const options = Object.entries(mapping).map(
      ([word, ref]) => [word, followed({ $ref: ref }, root)] as const,
    );
    return { kind: "choice", tag: propertyName, options: Object.fromEntries(options) };
  }
  if (node.properties) return { kind: "section", node };
  if (node.enum) return { kind: "words", values: node.enum };
  if (node.const !== undefined) return { kind: "words", values: [node.const] };
  return kindOfType(node);
}

function kindOfType(node: SchemaNode): FieldKind {
  if (node.type === "boolean") return { kind: "switch" };
  if (node.type === "integer" || node.type === "number") {
    return { kind: "number", isWhole: node.type === "integer" };
  }
  if (node.type === "string") return { kind: "text" };
  if (node.type === "array" && node.items) return { kind: "list", item: node.items };
  if (node.type === "object" && typeof node.additionalProperties === "object") {
    return { kind: "table", value: node.additionalProperties };
  }
  return { kind: "free" };
}

export interface FoundKey {
  readonly path: readonly string[];
  readonly node: SchemaNode;
}

/** The keys whose path or description holds every word of `search`; lists and kinds are not entered. */
export function foundKeys(root: SchemaNode, search: string, most = 40): FoundKey[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const found: FoundKey[] = [];
  const visit = (node: SchemaNode, path: readonly string[]) => {
    for (const [key, inner] of Object.entries(node.properties ?? {})) {
      const here = [...path, key];
      const field = fieldOf(inner, root);
      if (field.kind.kind === "section" && !field.isOptional) {
        visit(field.kind.node, here);
        continue;
      }
      const text = `${here.join(".")} ${field.node.description ?? ""}`.toLowerCase();
      if (found.length < most && words.every((word) => text.includes(word))) {
        found.push({ path: here, node: inner });
      }
    }
  };
  if (words.length > 0) visit(root, []);
  return found;
}
