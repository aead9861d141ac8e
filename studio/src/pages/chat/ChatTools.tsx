/** What can be done with the whole conversation: a new one, another kind, two columns, files. */
import { useState } from "react";
import { Icon } from "../../components/Icon";
import { Segments } from "../../components/Segments";
import { useWords } from "../../i18n/useLanguage";
import { exported, trainingLine } from "./conversation";
import { saveFile } from "./download";
import { History } from "./History";
import { pathOf } from "./tree";
import type { Conversation, Mode, ModelInfo } from "./types";
import { session } from "./useChat";

interface ChatToolsProps {
  readonly conversation: Conversation | null;
  readonly models: readonly ModelInfo[];
  readonly isTinted: boolean;
  readonly setIsTinted: (value: boolean) => void;
  readonly hasSettings: boolean;
  readonly setHasSettings: (value: boolean) => void;
}

export function ChatTools(props: ChatToolsProps) {
  const { conversation, models, isTinted, setIsTinted, hasSettings, setHasSettings } = props;
  const { chat: words } = useWords();
  const [isHistoryOpen, setIsHistoryOpen] = useState(false);
  if (!conversation) return null;
  const model = conversation.lanes[0]?.model ?? "";
  const isEmpty = conversation.lanes.every((lane) => pathOf(lane.tree).length === 0);
  const hasTwo = conversation.lanes.length > 1;
  const other = models.find((one) => one.path !== model)?.path ?? model;
  const modes: Mode[] = ["chat", "text"];
  return (
    <>
      <Segments
        label={words.mode}
        value={conversation.mode}
        options={modes.map((mode) => ({ value: mode, label: words.modes[mode] }))}
        onChange={(mode) => {
          if (isEmpty) session.change({ mode });
          else if (mode !== conversation.mode) session.start(mode, model);
        }}
      />
      <Toggle label={words.probabilities} isOn={isTinted} onChange={setIsTinted} />
      <Toggle
        label={words.sideBySide}
        isOn={hasTwo}
        onChange={(isOn) => session.setSideBySide(isOn, other)}
      />
      <button
        type="button"
        className="button"
        onClick={() => session.start(conversation.mode, model)}
      >
        <Icon name="plus" />
        {words.newOne}
      </button>
      <button type="button" className="button" onClick={() => setIsHistoryOpen(true)}>
        <Icon name="history" />
        {words.history}
      </button>
      <button
        type="button"
        className="button"
        disabled={isEmpty}
        title={words.exportTold}
        onClick={() => saveFile("conversation.json", exported(conversation))}
      >
        <Icon name="download" />
        {words.exportFile}
      </button>
      <button
        type="button"
        className="button"
        disabled={isEmpty}
        title={words.exampleTold}
        onClick={() => saveFile("example.jsonl", trainingLine(conversation, 0))}
      >
        {words.exportExample}
      </button>
      <Toggle label={words.settings} isOn={hasSettings} onChange={setHasSettings} />
      {isHistoryOpen ? (
        <History openId={conversation.id} onClose={() => setIsHistoryOpen(false)} />
      ) : null}
    </>
  );
}

interface ToggleProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (value: boolean) => void;
}

function Toggle({ label, isOn, onChange }: ToggleProps) {
  return (
    <button
      type="button"
      className="button toggle"
      aria-pressed={isOn}
      onClick={() => onChange(!isOn)}
    >
      {label}
    </button>
  );
}
