/** Where the reader writes: Enter sends, Shift and Enter begins a line, Escape stops the models. */
import { type KeyboardEvent, useState } from "react";
import { Icon } from "../../components/Icon";
import { useWords } from "../../i18n/useLanguage";
import { GrowingText } from "./GrowingText";
import { session } from "./useChat";

interface ComposerProps {
  readonly isWriting: boolean;
  readonly isReady: boolean;
}

export function Composer({ isWriting, isReady }: ComposerProps) {
  const { chat: words } = useWords();
  const [draft, setDraft] = useState("");
  const canSend = isReady && !isWriting && draft.trim() !== "";
  const send = () => {
    if (!canSend) return;
    session.send(draft);
    setDraft("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && isWriting) session.stop();
    // Enter that ends the choice of a Chinese word is no end of the message.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <div className="composer">
      <GrowingText
        className="composer__field"
        label={words.yourMessage}
        placeholder={words.messagePlaceholder}
        value={draft}
        onChange={setDraft}
        onKeyDown={onKeyDown}
        isFocused
      />
      {isWriting ? (
        <button type="button" className="button" onClick={() => session.stop()}>
          <Icon name="stop" />
          {words.stop}
        </button>
      ) : (
        <button type="button" className="button button--primary" disabled={!canSend} onClick={send}>
          <Icon name="up" />
          {words.send}
        </button>
      )}
    </div>
  );
}
