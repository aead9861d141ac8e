/** What is to be said about a node beside its text: how it ended, how fast it was, what failed. */
import { useWords } from "../../i18n/useLanguage";
import type { TreeNode } from "./types";

const ENDS_TO_TELL = new Set(["length", "cancelled", "cut"]);

export function NodeStats({ node }: { readonly node: TreeNode }) {
  const { chat: words } = useWords();
  const { stats } = node;
  const parts: string[] = [];
  if (stats) parts.push(words.tokens(stats.numTokens));
  if (stats?.tokensPerSecond) parts.push(words.tokensPerSecond(stats.tokensPerSecond));
  if (node.state === "stopped") parts.push(words.endings.cancelled);
  else if (node.reason && ENDS_TO_TELL.has(node.reason)) {
    parts.push(words.endings[node.reason as "length" | "cancelled" | "cut"]);
  } else if (node.reason === "stop") parts.push(words.endings.stop);
  if (parts.length === 0) return null;
  return <span className="small faint node__stats">{parts.join(" · ")}</span>;
}

export function NodeProblem({ node }: { readonly node: TreeNode }) {
  const { chat: words } = useWords();
  const forgotten = node.numForgotten ?? 0;
  const isCut = node.reason === "cut";
  return (
    <>
      {forgotten > 0 ? <p className="small muted">{words.forgotten(forgotten)}</p> : null}
      {node.state === "failed" ? (
        <div className="note note--bad" role="alert">
          <strong>{isCut ? words.connectionLost : (node.failure?.what ?? words.failed)}</strong>
          {!isCut && node.failure?.where ? <code>{node.failure.where}</code> : null}
          {!isCut && node.failure?.why ? <span className="muted">{node.failure.why}</span> : null}
          {isCut ? <span className="note__hint">{words.connectionLostHint}</span> : null}
          {!isCut && node.failure?.hint ? (
            <span className="note__hint">{node.failure.hint}</span>
          ) : null}
        </div>
      ) : null}
    </>
  );
}
