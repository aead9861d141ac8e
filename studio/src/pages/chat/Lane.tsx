/** One column: a model, and what was said with it. */
import { useEffect, useRef, useState } from "react";
import { useWords } from "../../i18n/useLanguage";
import { messagesOf } from "./conversation";
import { Message } from "./Message";
import { ModelPicker } from "./ModelPicker";
import { RawPrompt } from "./RawPrompt";
import { TextPad } from "./TextPad";
import { pathOf } from "./tree";
import type { Conversation, ModelList } from "./types";
import { type Models, session } from "./useChat";

const NEAR_END_PX = 80;

interface LaneProps {
  readonly conversation: Conversation;
  readonly lane: number;
  readonly models: Models;
  readonly list: ModelList;
  readonly isTinted: boolean;
  readonly onEditText: (text: string) => void;
}

export function LaneColumn({ conversation, lane, models, list, isTinted, onEditText }: LaneProps) {
  const { chat: words } = useWords();
  const [isRawShown, setIsRawShown] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const own = conversation.lanes[lane];
  const tree = own?.tree;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end follows what is written.
  useEffect(() => {
    const element = scroller.current;
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [tree]);
  if (!own || !tree) return null;
  const model = models.writers.find((one) => one.path === own.model);
  const path = pathOf(tree);
  const isChat = conversation.mode === "chat";
  const watch = () => {
    const element = scroller.current;
    if (!element) return;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    isAtEnd.current = below < NEAR_END_PX;
  };
  return (
    <section className="lane" aria-label={words.column(lane + 1)}>
      <div className="lane__head">
        <ModelPicker
          label={words.model}
          models={models.writers}
          freeBytes={list.free_bytes}
          value={own.model}
          onChange={(name) => session.setModel(lane, name)}
          onLoad={models.load}
          onUnload={models.unload}
        />
        {isChat && model?.has_template ? (
          <button type="button" className="chip" onClick={() => setIsRawShown(true)}>
            {words.rawPrompt}
          </button>
        ) : null}
      </div>
      <div className="lane__scroll" ref={scroller} onScroll={watch}>
        {isChat && model && !model.has_template ? (
          <p className="note note--warn">{words.noTemplate}</p>
        ) : null}
        {isChat && model?.has_template && !model.is_for_chat && path.length === 0 ? (
          <p className="note">{words.notForChat}</p>
        ) : null}
        {isChat ? (
          path.map((node) => (
            <Message key={node.id} lane={lane} tree={tree} node={node} isTinted={isTinted} />
          ))
        ) : (
          <TextPad
            conversation={conversation}
            lane={lane}
            isTinted={isTinted}
            isReady={own.model !== ""}
            onEdit={onEditText}
          />
        )}
        <span className="hidden-visually" role="status">
          {path.some((node) => node.state === "writing") ? words.isWriting : ""}
        </span>
      </div>
      {isRawShown ? (
        <RawPrompt
          model={own.model}
          turns={messagesOf(conversation.system, promptPath(path))}
          onClose={() => setIsRawShown(false)}
        />
      ) : null}
    </section>
  );
}

/** What the model read for the last answer: all that was said before it. */
function promptPath<T extends { readonly role: string }>(path: readonly T[]): readonly T[] {
  return path.at(-1)?.role === "assistant" ? path.slice(0, -1) : path;
}
