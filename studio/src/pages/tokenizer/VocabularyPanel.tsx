/** The entries of a vocabulary, found by what they hold. */
import { useEffect, useState } from "react";
import { getJson } from "../../api/client";
import { type ApiFailure, failureOf, isAborted } from "../../api/failure";
import { ErrorNote } from "../../components/ErrorNote";
import { Panel } from "../../components/Panel";
import { SearchInput } from "../../components/SearchInput";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { whole } from "../../numbers/format";
import type { Entries, Token } from "./types";
import { Visible } from "./Visible";

const TYPING_MS = 200;

interface VocabularyPanelProps {
  readonly path: string;
  readonly entry: number | null;
  readonly onOpen: (id: number) => void;
}

export function VocabularyPanel({ path, entry, onOpen }: VocabularyPanelProps) {
  const { tokenizer: words } = useWords();
  const [text, setText] = useState("");
  const [isSpecial, setIsSpecial] = useState(false);
  const { entries, total, failure, more } = useEntries(path, text, isSpecial);
  return (
    <Panel
      title={words.vocabulary.title}
      isFlush
      actions={
        <>
          <label className="small tokenizer__check">
            <input
              type="checkbox"
              checked={isSpecial}
              onChange={(event) => setIsSpecial(event.target.checked)}
            />
            {words.vocabulary.onlySpecial}
          </label>
          <SearchInput label={words.vocabulary.search} value={text} onChange={setText} />
        </>
      }
    >
      {failure ? <ErrorNote failure={failure} /> : null}
      {entries === null && !failure ? <Skeleton lines={6} /> : null}
      {entries !== null ? (
        <div className="entries">
          {entries.length === 0 ? (
            <p className="tokens__none muted">{words.vocabulary.none}</p>
          ) : null}
          {entries.map((one) => (
            <button
              key={one.id}
              type="button"
              className="entries__one"
              aria-current={one.id === entry ? "true" : undefined}
              onClick={() => onOpen(one.id)}
            >
              <span className="number muted">{one.id}</span>
              <code>{spelled(one)}</code>
              <code className="faint">{one.bytes}</code>
            </button>
          ))}
          {entries.length < total ? (
            <button type="button" className="button button--small button--quiet" onClick={more}>
              {words.vocabulary.more}
            </button>
          ) : null}
        </div>
      ) : null}
      <p className="entries__count small muted" aria-live="polite">
        {words.vocabulary.found(whole(total))}
      </p>
    </Panel>
  );
}

/** An entry as text; one of bytes that are no whole characters is known by its bytes. */
function spelled(token: Token) {
  if (token.bytes !== null && token.spelling.includes("\ufffd")) {
    return token.bytes
      .split(" ")
      .map((byte) => `<${byte}>`)
      .join("");
  }
  return <Visible text={token.spelling} />;
}

function useEntries(path: string, text: string, isSpecial: boolean) {
  const [found, setFound] = useState<Entries | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const pathOf = (start: number) =>
    `/api/tokenizer/vocabulary?${new URLSearchParams({
      tokenizer: path,
      text,
      start: String(start),
      is_special: String(isSpecial),
    })}`;
  const first = pathOf(0);
  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      getJson<Entries>(first, { signal: controller.signal })
        .then((entries) => {
          setFound(entries);
          setFailure(null);
        })
        .catch((error: unknown) => {
          if (!isAborted(error)) setFailure(failureOf(error));
        });
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [first]);
  const entries = found?.entries ?? null;
  const more = () => {
    getJson<Entries>(pathOf(entries?.length ?? 0))
      .then((next) =>
        setFound({ entries: [...(entries ?? []), ...next.entries], total: next.total }),
      )
      .catch((error: unknown) => setFailure(failureOf(error)));
  };
  return { entries, total: found?.total ?? 0, failure, more };
}
