/** The tree of a conversation: every version of everything is kept, and one path is shown. */
import type { Tree, TreeNode } from "./types";

export const EMPTY_TREE: Tree = { nodes: {}, shown: {} };

/** The nodes that are shown, from the beginning to the end. */
export function pathOf(tree: Tree): TreeNode[] {
  const path: TreeNode[] = [];
  let parent = "";
  for (;;) {
    const node = tree.nodes[tree.shown[parent] ?? ""];
    if (!node || (node.parent ?? "") !== parent || path.includes(node)) return path;
    path.push(node);
    parent = node.id;
  }
}

/** The nodes from the beginning to `id`, itself included, whether or not they are shown. */
export function pathTo(tree: Tree, id: string): TreeNode[] {
  const path: TreeNode[] = [];
  let node = tree.nodes[id];
  while (node && !path.includes(node)) {
    path.unshift(node);
    node = node.parent === null ? undefined : tree.nodes[node.parent];
  }
  return path;
}

/** All versions of a node, the oldest first. */
export function versionsOf(tree: Tree, id: string): TreeNode[] {
  const node = tree.nodes[id];
  if (!node) return [];
  return Object.values(tree.nodes)
    .filter((other) => other.parent === node.parent && other.role === node.role)
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

/** The tree with one more node, which is shown. */
export function withNode(tree: Tree, node: TreeNode): Tree {
  return showing({ nodes: { ...tree.nodes, [node.id]: node }, shown: tree.shown }, node.id);
}

/** The tree with some fields of a node changed; unchanged where there is no such node. */
export function withChange(tree: Tree, id: string, change: Partial<TreeNode>): Tree {
  const node = tree.nodes[id];
  if (!node) return tree;
  return { ...tree, nodes: { ...tree.nodes, [id]: { ...node, ...change } } };
}

/** The tree on whose shown path the node `id` is. */
export function showing(tree: Tree, id: string): Tree {
  const shown = { ...tree.shown };
  for (const node of pathTo(tree, id)) shown[node.parent ?? ""] = node.id;
  return { ...tree, shown };
}

/** The tree without a node and all that came after it; a version beside it is shown instead. */
export function withoutNode(tree: Tree, id: string): Tree {
  const node = tree.nodes[id];
  if (!node) return tree;
  const gone = new Set(
    Object.keys(tree.nodes).filter((other) => pathTo(tree, other).some((step) => step.id === id)),
  );
  const nodes = Object.fromEntries(Object.entries(tree.nodes).filter(([key]) => !gone.has(key)));
  const shown = Object.fromEntries(
    Object.entries(tree.shown).filter(([parent, child]) => !gone.has(parent) && !gone.has(child)),
  );
  const versions = versionsOf(tree, id).map((version) => version.id);
  const place = versions.indexOf(id);
  const next = versions[place + 1] ?? versions[place - 1];
  if (next !== undefined) shown[node.parent ?? ""] = next;
  return { nodes, shown };
}

/** What was being written when the page was left can go on no more: it counts as stopped. */
export function settled(tree: Tree): Tree {
  const nodes = Object.fromEntries(
    Object.entries(tree.nodes).map(([id, node]) => [
      id,
      node.state === "writing" ? { ...node, state: "stopped" as const } : node,
    ]),
  );
  return { ...tree, nodes };
}

/** The node's parent, for adding a version beside it. */
export function parentOf(tree: Tree, id: string): string | null {
  return tree.nodes[id]?.parent ?? null;
}
