import { describe, expect, test } from "vitest";
import {
  EMPTY_TREE,
  pathOf,
  pathTo,
  settled,
  showing,
  versionsOf,
  withNode,
  withoutNode,
} from "./tree";
import type { Role, Tree, TreeNode } from "./types";

function node(id: string, parent: string | null, role: Role, at: number): TreeNode {
  return { id, parent, role, text: id, tokens: null, state: "done", at };
}

function grown(...nodes: TreeNode[]): Tree {
  return nodes.reduce(withNode, EMPTY_TREE);
}

const names = (nodes: TreeNode[]) => nodes.map((one) => one.id).join(" ");

const talk = grown(
  node("q1", null, "user", 1),
  node("a1", "q1", "assistant", 2),
  node("q2", "a1", "user", 3),
  node("a2", "q2", "assistant", 4),
);

describe("a tree of messages", () => {
  test("shows what was added last", () => {
    expect(names(pathOf(talk))).toBe("q1 a1 q2 a2");
  });

  test("keeps what came after another version, and shows it again with that version", () => {
    const again = withNode(talk, node("a1'", "q1", "assistant", 5));
    expect(names(pathOf(again))).toBe("q1 a1'");
    expect(names(versionsOf(again, "a1'"))).toBe("a1 a1'");
    expect(names(pathOf(showing(again, "a1")))).toBe("q1 a1 q2 a2");
  });

  test("goes to a node that is hidden in several ways at once", () => {
    const edited = withNode(talk, node("q1'", null, "user", 6));
    expect(names(pathOf(edited))).toBe("q1'");
    expect(names(pathOf(showing(edited, "a2")))).toBe("q1 a1 q2 a2");
    expect(names(pathTo(edited, "q2"))).toBe("q1 a1 q2");
  });

  test("takes a node away with all that came after it, and shows the version beside it", () => {
    const again = withNode(talk, node("a1'", "q1", "assistant", 5));
    const less = withoutNode(showing(again, "a1"), "a1");
    expect(names(pathOf(less))).toBe("q1 a1'");
    expect(Object.keys(less.nodes).sort()).toEqual(["a1'", "q1"]);
  });

  test("the same text read back from a file with a loop in it does not hang", () => {
    const loop: Tree = {
      nodes: { x: node("x", "y", "user", 1), y: node("y", "x", "assistant", 2) },
      shown: { "": "x", x: "y", y: "x" },
    };
    expect(pathOf(loop)).toEqual([]);
    expect(pathTo(loop, "x").length).toBe(2);
  });

  test("what was being written when the page was left counts as stopped", () => {
    const writing = withNode(talk, { ...node("w", "a2", "assistant", 9), state: "writing" });
    expect(settled(writing).nodes.w?.state).toBe("stopped");
  });
});
