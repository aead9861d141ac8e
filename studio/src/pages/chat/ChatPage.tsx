/** The page Chat: talk to models, or let them go on with a text, and see what they might have said. */
import { useEffect, useState } from "react";
import { Empty } from "../../components/Empty";
import { ErrorNote } from "../../components/ErrorNote";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";
import "./chat.css";
import { ChatTools } from "./ChatTools";
import { Composer } from "./Composer";
import { LaneColumn } from "./Lane";
import { SettingsPanel } from "./SettingsPanel";
import { TextEditor } from "./TextPad";
import { TintLegend } from "./TintLegend";
import { pathOf } from "./tree";
import type { Conversation, ModelInfo, ModelList } from "./types";
import { type Models, session, useModels, useRemembered, useSession } from "./useChat";

export default function ChatPage() {
  const { chat: words } = useWords();
  const { conversation, numWriting, storage } = useSession();
  const models = useModels(
    numWriting > 0 ? (conversation?.lanes ?? []).map((lane) => lane.model) : [],
  );
  const [isTinted, setIsTinted] = useRemembered("chat-tint", true);
  const [hasSettings, setHasSettings] = useRemembered("chat-settings", window.innerWidth > 1100);
  const { data, failure, reload } = models.query;

  useEffect(() => {
    if (numWriting === 0) reload();
  }, [numWriting, reload]);

  const first = preferred(models.writers);
  useEffect(() => {
    if (conversation === null && first) session.start(modeFor(first), first.path);
  }, [conversation, first]);

  return (
    <div className="page chat" data-mode={conversation?.mode}>
      <PageHead
        title={words.title}
        actions={
          <ChatTools
            conversation={conversation}
            models={models.writers}
            isTinted={isTinted}
            setIsTinted={setIsTinted}
            hasSettings={hasSettings}
            setHasSettings={setHasSettings}
          />
        }
      />
      {storage === "kept" ? null : (
        <p className="note note--warn" role="status">
          {storage === "full" ? words.storageFull : words.storageThinned}
        </p>
      )}
      {failure && !data ? <ErrorNote failure={failure} onRetry={reload} /> : null}
      {!data && !failure ? <Skeleton lines={6} /> : null}
      {data && models.writers.length === 0 ? (
        <Empty title={words.noModels}>
          <p>{words.noModelsHint}</p>
          <code>yanmo demo</code>
        </Empty>
      ) : null}
      {data && conversation && models.writers.length > 0 ? (
        <div className={hasSettings ? "chat__body chat__body--settings" : "chat__body"}>
          <ChatMain
            key={conversation.id}
            conversation={conversation}
            models={models}
            list={data}
            isTinted={isTinted}
            isWriting={numWriting > 0}
          />
          {hasSettings ? (
            <SettingsPanel key={`settings ${conversation.id}`} conversation={conversation} />
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

interface ChatMainProps {
  readonly conversation: Conversation;
  readonly models: Models;
  readonly list: ModelList;
  readonly isTinted: boolean;
  readonly isWriting: boolean;
}

function ChatMain({ conversation, models, list, isTinted, isWriting }: ChatMainProps) {
  const { lanes, mode } = conversation;
  const isNew = lanes.every((lane) => pathOf(lane.tree).length === 0);
  const [draft, setDraft] = useState<string | null>(null);
  const isReady = lanes.every((lane) => lane.model !== "");
  const isEditing = mode === "text" && (draft !== null || isNew);
  const done = (text: string | null) => {
    setDraft(null);
    if (text !== null) session.begin(text);
  };
  return (
    <div className="chat__main">
      <div className={lanes.length > 1 ? "lanes lanes--two" : "lanes"} data-editing={isEditing}>
        {lanes.map((_, lane) => (
          <LaneColumn
            // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place.
            key={lane}
            conversation={conversation}
            lane={lane}
            models={models}
            list={list}
            isTinted={isTinted}
            onEditText={setDraft}
          />
        ))}
      </div>
      {isEditing ? (
        <TextEditor text={draft ?? ""} isReady={isReady} onDone={done} canCancel={draft !== null} />
      ) : null}
      {isTinted && !isEditing ? <TintLegend /> : null}
      {mode === "chat" ? <Composer isWriting={isWriting} isReady={isReady} /> : null}
    </div>
  );
}

/** The latest model that has learned to talk, else the latest that has learned nothing but texts. */
function preferred(models: readonly ModelInfo[]): ModelInfo | undefined {
  const base = models.find((model) => model.path.includes("/pretrain/"));
  return models.find((model) => model.is_for_chat) ?? base ?? models[0];
}

function modeFor(model: ModelInfo): "chat" | "text" {
  return model.is_for_chat ? "chat" : "text";
}
