/** Conversations that this browser keeps: open one, take one away, bring one in. */
import { type ChangeEvent, useRef, useState } from "react";
import { Badge } from "../../components/Badge";
import { Dialog } from "../../components/Dialog";
import { Icon } from "../../components/Icon";
import { useWords } from "../../i18n/useLanguage";
import { moment } from "../../numbers/format";
import { imported } from "./conversation";
import { session, store } from "./useChat";

interface HistoryProps {
  readonly openId: string | null;
  readonly onClose: () => void;
}

export function History({ openId, onClose }: HistoryProps) {
  const { chat: words } = useWords();
  const [entries, setEntries] = useState(() => store.entries());
  const [isRefused, setIsRefused] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const open = (id: string) => {
    const conversation = store.read(id);
    if (conversation) session.open(conversation);
    onClose();
  };
  const remove = (id: string) => {
    session.remove(id);
    setEntries(store.entries());
  };
  const take = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.target.files?.[0];
    if (!chosen) return;
    const conversation = imported(await chosen.text());
    setIsRefused(conversation === null);
    if (!conversation) return;
    session.open(conversation);
    onClose();
  };
  return (
    <Dialog
      title={words.history}
      onClose={onClose}
      actions={
        <>
          <input
            ref={file}
            type="file"
            accept=".json,application/json"
            className="hidden-visually"
            tabIndex={-1}
            aria-label={words.importFile}
            onChange={take}
          />
          <button type="button" className="button" onClick={() => file.current?.click()}>
            <Icon name="upload" />
            {words.importFile}
          </button>
        </>
      }
    >
      {isRefused ? (
        <div className="note note--bad" role="alert">
          {words.importRefused}
        </div>
      ) : null}
      {entries.length === 0 ? <p className="muted">{words.historyEmpty}</p> : null}
      <ul className="history">
        {entries.map(({ id, title, mode, updatedAt }) => (
          <li key={id} className="history__row">
            <button
              type="button"
              className="history__open"
              aria-current={id === openId}
              onClick={() => open(id)}
            >
              <span className="history__title">{title === "" ? words.untitled : title}</span>
              <span className="small faint">{moment(updatedAt / 1000)}</span>
            </button>
            <Badge tone="plain">{words.modes[mode]}</Badge>
            <button
              type="button"
              className="button button--quiet button--small"
              aria-label={words.removeNamed(title)}
              onClick={() => remove(id)}
            >
              <Icon name="trash" size={14} />
            </button>
          </li>
        ))}
      </ul>
      <p className="small faint history__note">{words.historyNote}</p>
    </Dialog>
  );
}
