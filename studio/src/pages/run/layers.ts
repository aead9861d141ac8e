/** Where the nodes of a lineage stand: inputs to the left of what was made from them. */
import type { Lineage, LineageEdge, LineageNode } from "./types";

export interface Placed {
  readonly node: LineageNode;
  readonly column: number;
  readonly row: number;
}

export function placed({ nodes, edges }: Lineage): Placed[] {
  const columns = new Map<string, number>();
  const columnOf = (name: string, above: ReadonlySet<string>): number => {
    const known = columns.get(name);
    if (known !== undefined) return known;
    // Nothing is made from itself; a file that says so must not hang the page.
    if (above.has(name)) return 0;
    const below = new Set([...above, name]);
    const inputs = edges.filter((edge) => edge.target === name);
    const column = Math.max(-1, ...inputs.map((edge) => columnOf(edge.source, below))) + 1;
    columns.set(name, column);
    return column;
  };
  const filled = new Map<number, number>();
  return nodes.map((node) => {
    const column = columnOf(node.name, new Set());
    const row = filled.get(column) ?? 0;
    filled.set(column, row + 1);
    return { node, column, row };
  });
}

/** The edges that touch `name`, and everything before and after it. */
export function related(name: string, edges: readonly LineageEdge[]): ReadonlySet<string> {
  const found = new Set([name]);
  const walk = (from: "source" | "target", to: "source" | "target") => {
    const waiting = [name];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const edge of edges) {
        if (edge[from] === at && !found.has(edge[to])) {
          found.add(edge[to]);
          waiting.push(edge[to]);
        }
      }
    }
  };
  walk("source", "target");
  walk("target", "source");
  return found;
}
