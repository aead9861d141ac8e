/**
 * A text that the reader begins and a model goes on with, for models that know no conversation:
 * one document, in which every token, the reader's own too, shows its probability.
 */
import { type KeyboardEvent, useState } from "react";
import { Icon } from "../../components/Icon";
import { useWords } from "../../i18n/useLanguage";
import { Link } from "../../router/Link";
import { textOf } from "./conversation";
import { GrowingText } from "./GrowingText";
import { Action } from "./Message";
import { NodeProblem, NodeStats } from "./NodeNotes";
import { TokenText } from "./TokenText";
import { pathOf } from "./tree";
import type { Conversation, Tree, TreeNode } from "./types";
import { session } from "./useChat";
import { Versions } from "./Versions";

interface TextPadProps {
  readonly conversation: Conversation;
  readonly lane: number;
  readonly isTinted: boolean;
  readonly isReady: boolean;
  readonly onEdit: (text: string) => void;
}

export function TextPad({ conversation, lane, isTinted, isReady, onEdit }: TextPadProps) {
  const { chat: words } = useWords();
  const tree = conversation.lanes[lane]?.tree;
  if (!tree) return null;
  const path = pathOf(tree);
  const last = path.at(-1);
  const isWriting = path.some((node) => node.state === "writing");
  return (
    <div className="pad">
      <section className="pad__text" aria-label={words.document}>
        {path.map((node) => (
          <PadPart key={node.id} lane={lane} tree={tree} node={node} isTinted={isTinted} />
        ))}
      </section>
      {path.map((node) => (
        <NodeProblem key={node.id} node={node} />
      ))}
      <div className="message__foot">
        {isWriting ? (
          <button type="button" className="button" onClick={() => session.stop(lane)}>
            <Icon name="stop" />
            {words.stop}
          </button>
        ) : (
          <button
            type="button"
            className="button button--primary"
            disabled={!isReady}
            onClick={() => session.extend(lane)}
          >
            <Icon name="forward" />
            {words.continueText}
          </button>
        )}
        {last?.role === "assistant" ? (
          <>
            <Action
              name="again"
              label={words.anotherWay}
              onClick={() => session.regenerate(lane, last.id)}
            />
            <Action
              name="close"
              label={words.takeBack}
              onClick={() => session.drop(lane, last.id)}
            />
          </>
        ) : null}
        <Action name="edit" label={words.editText} onClick={() => onEdit(textOf(path))} />
        <Link
          className="button button--quiet button--small"
          to={explainPath(conversation.lanes[lane]?.model ?? "", path)}
        >
          <Icon name="explain" size={14} />
          <span className="message__label">{words.explainText}</span>
        </Link>
        {last ? <NodeStats node={last} /> : null}
      </div>
    </div>
  );
}

function explainPath(model: string, path: readonly TreeNode[]): string {
  const parameters = new URLSearchParams({ model, text: textOf(path) });
  return `/explain?${parameters}`;
}

interface PadPartProps {
  readonly lane: number;
  readonly tree: Tree;
  readonly node: TreeNode;
  readonly isTinted: boolean;
}

function PadPart({ lane, tree, node, isTinted }: PadPartProps) {
  const isWriting = node.state === "writing";
  const kind = node.role === "user" ? "pad__part pad__part--own" : "pad__part";
  return (
    <span className={kind}>
      <Versions lane={lane} tree={tree} id={node.id} />
      {isTinted && node.tokens !== null ? (
        <TokenText
          tokens={node.tokens}
          isWriting={isWriting}
          onChoose={
            node.isJson ? null : (place, other) => session.branch(lane, node.id, place, other)
          }
        />
      ) : (
        <>
          {node.text}
          {isWriting ? <i className="tokens__caret" aria-hidden="true" /> : null}
        </>
      )}
    </span>
  );
}

interface TextEditorProps {
  readonly text: string;
  readonly isReady: boolean;
  readonly onDone: (text: string | null) => void;
  readonly canCancel: boolean;
}

/** The document as a plain field; Ctrl or Command and Enter lets the models go on. */
export function TextEditor({ text, isReady, onDone, canCancel }: TextEditorProps) {
  const { chat: words, shell } = useWords();
  const [draft, setDraft] = useState(text);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && canCancel) onDone(null);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && isReady) {
      event.preventDefault();
      onDone(draft);
    }
  };
  return (
    <div className="pad">
      <GrowingText
        className="pad__text pad__field"
        label={words.document}
        placeholder={words.textPlaceholder}
        value={draft}
        rows={6}
        onChange={setDraft}
        onKeyDown={onKeyDown}
        isFocused
      />
      <div className="message__foot">
        <button
          type="button"
          className="button button--primary"
          disabled={!isReady}
          onClick={() => onDone(draft)}
        >
          <Icon name="forward" />
          {words.continueText}
        </button>
        {canCancel ? (
          <button type="button" className="button" onClick={() => onDone(null)}>
            {shell.cancel}
          </button>
        ) : null}
        <span className="small faint">{words.continueKeys}</span>
      </div>
    </div>
  );
}
