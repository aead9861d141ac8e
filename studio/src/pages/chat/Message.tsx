/** One message of a conversation, and what can be done with it. */
import { type KeyboardEvent, useState } from "react";
import { CopyButton } from "../../components/CopyButton";
import { Icon, type IconName } from "../../components/Icon";
import { useWords } from "../../i18n/useLanguage";
import { GrowingText } from "./GrowingText";
import { NodeProblem, NodeStats } from "./NodeNotes";
import { TokenText } from "./TokenText";
import type { Tree, TreeNode } from "./types";
import { session } from "./useChat";
import { Versions } from "./Versions";

interface MessageProps {
  readonly lane: number;
  readonly tree: Tree;
  readonly node: TreeNode;
  readonly isTinted: boolean;
}

export function Message({ lane, tree, node, isTinted }: MessageProps) {
  const { chat: words } = useWords();
  const [isEditing, setIsEditing] = useState(false);
  const isUser = node.role === "user";
  const isWriting = node.state === "writing";
  const canGoOn = !isUser && !isWriting && !node.isJson && (node.tokens?.length ?? 0) > 0;
  return (
    <article
      className={`message message--${node.role}`}
      aria-label={isUser ? words.youSaid : words.modelSaid}
    >
      {isEditing ? (
        <MessageEditor
          text={node.text}
          onCancel={() => setIsEditing(false)}
          onSend={(text) => {
            setIsEditing(false);
            session.edit(lane, node.id, text);
          }}
        />
      ) : (
        <MessageText lane={lane} node={node} isTinted={isTinted} />
      )}
      <NodeProblem node={node} />
      {isEditing ? null : (
        <div className="message__foot">
          <Versions lane={lane} tree={tree} id={node.id} />
          <span className="message__actions">
            {isUser ? (
              <Action name="edit" label={words.edit} onClick={() => setIsEditing(true)} />
            ) : (
              <Action
                name="again"
                label={words.regenerate}
                onClick={() => session.regenerate(lane, node.id)}
              />
            )}
            {canGoOn ? (
              <Action
                name="forward"
                label={words.goOn}
                onClick={() => session.goOn(lane, node.id)}
              />
            ) : null}
            <CopyButton text={node.text} />
          </span>
          <NodeStats node={node} />
        </div>
      )}
    </article>
  );
}

function MessageText({ lane, node, isTinted }: Omit<MessageProps, "tree">) {
  const { chat: words } = useWords();
  const isWriting = node.state === "writing";
  if (isWriting && node.text === "") {
    return (
      <p className="muted message__waiting" role="status">
        {words.waiting}
      </p>
    );
  }
  if (!isTinted || node.tokens === null) {
    return (
      <div className="message__text">
        {node.text}
        {isWriting ? <i className="tokens__caret" aria-hidden="true" /> : null}
      </div>
    );
  }
  return (
    <div className="message__text">
      <TokenText
        tokens={node.tokens}
        isWriting={isWriting}
        onChoose={
          node.isJson ? null : (place, other) => session.branch(lane, node.id, place, other)
        }
      />
    </div>
  );
}

interface EditorProps {
  readonly text: string;
  readonly onCancel: () => void;
  readonly onSend: (text: string) => void;
}

function MessageEditor({ text, onCancel, onSend }: EditorProps) {
  const { chat: words, shell } = useWords();
  const [draft, setDraft] = useState(text);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onCancel();
    if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (draft.trim() !== "") onSend(draft);
    }
  };
  return (
    <div className="message__editor">
      <GrowingText
        label={words.editMessage}
        value={draft}
        onChange={setDraft}
        onKeyDown={onKeyDown}
        isFocused
      />
      <div className="row">
        <button
          type="button"
          className="button button--small button--primary"
          disabled={draft.trim() === ""}
          onClick={() => onSend(draft)}
        >
          {words.send}
        </button>
        <button type="button" className="button button--small" onClick={onCancel}>
          {shell.cancel}
        </button>
      </div>
    </div>
  );
}

interface ActionProps {
  readonly name: IconName;
  readonly label: string;
  readonly onClick: () => void;
}

export function Action({ name, label, onClick }: ActionProps) {
  return (
    <button
      type="button"
      className="button button--quiet button--small"
      title={label}
      onClick={onClick}
    >
      <Icon name={name} size={14} />
      <span className="message__label">{label}</span>
    </button>
  );
}
