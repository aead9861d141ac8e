/** A text in the tokens of one tokenizer, and what it costs. */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { postJson } from "../../api/client";
import { type ApiFailure, failureOf, isAborted } from "../../api/failure";
import type { Query } from "../../api/useQuery";
import { ErrorNote } from "../../components/ErrorNote";
import { useWords } from "../../i18n/useLanguage";
import { short, whole } from "../../numbers/format";
import { nameOf } from "./names";
import { TokenGroup } from "./TokenGroup";
import type { Encoded, Facts, Token } from "./types";
import { Visible } from "./Visible";

const TYPING_MS = 120;
const GROUPS_SHOWN = 2500;

interface TokenPanelProps {
  readonly path: string;
  readonly facts: Query<Facts>;
  readonly text: string;
  readonly hasSpecials: boolean;
  /** Show how a token came to be; null where the page shows that of another tokenizer. */
  readonly onOpen: ((id: number) => void) | null;
}

export function TokenPanel({ path, facts, text, hasSpecials, onOpen }: TokenPanelProps) {
  const { tokenizer: words } = useWords();
  const { encoded, failure } = useEncoded(path, text, hasSpecials);
  const [shown, setShown] = useState(GROUPS_SHOWN);
  const [seen, setSeen] = useState<Token | null>(null);
  const groups = encoded?.groups ?? [];
  const told = facts.data
    ? words.facts(
        facts.data.algorithm,
        whole(facts.data.vocab_size),
        whole(facts.data.num_specials),
      )
    : "";
  return (
    <section className="panel tokens" aria-label={nameOf(path)}>
      <div className="panel__head">
        <h2>{nameOf(path)}</h2>
        <span className="small muted">{told}</span>
      </div>
      {encoded ? <Cost encoded={encoded} /> : null}
      {failure ? <ErrorNote failure={failure} /> : null}
      {facts.failure ? <ErrorNote failure={facts.failure} onRetry={facts.reload} /> : null}
      <TokenText groups={groups.slice(0, shown)} onSee={setSeen} onOpen={onOpen} />
      {groups.length > shown ? (
        <p className="row tokens__more">
          <button
            type="button"
            className="button button--small"
            onClick={() => setShown(shown + GROUPS_SHOWN)}
          >
            {words.showMore}
          </button>
          <span className="small muted">{words.shown(whole(shown), whole(groups.length))}</span>
        </p>
      ) : null}
      <Detail token={seen} />
    </section>
  );
}

function Cost({ encoded }: { readonly encoded: Encoded }) {
  const { tokenizer: words } = useWords();
  const { num_tokens: tokens, characters, bytes } = encoded;
  return (
    <p className="tokens__cost">
      <strong>{words.count(whole(tokens))}</strong>
      <span>{words.characters(short(tokens ? characters / tokens : null, 3))}</span>
      <span>{words.bytes(short(tokens ? bytes / tokens : null, 3))}</span>
    </p>
  );
}

interface TokenTextProps {
  readonly groups: Encoded["groups"];
  readonly onSee: (token: Token | null) => void;
  readonly onOpen: ((id: number) => void) | null;
}

/** The tokens; one of them is in the order of the tabulator, arrow keys walk to the others. */
function TokenText({ groups, onSee, onOpen }: TokenTextProps) {
  const { tokenizer: words } = useWords();
  const text = useRef<HTMLDivElement>(null);
  if (groups.length === 0) return <p className="tokens__text muted">{words.nothing}</p>;
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = [...(text.current?.querySelectorAll<HTMLButtonElement>("button") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    all[Math.min(all.length - 1, Math.max(0, at + step))]?.focus();
  };
  let number = 0;
  let place = 0;
  return (
    <div
      className="tokens__text"
      role="toolbar"
      aria-label={words.detail}
      ref={text}
      onKeyDown={walk}
      onMouseLeave={() => onSee(null)}
    >
      {groups.map((group) => {
        const first = number;
        const key = place;
        number += group.tokens.length;
        place += 1;
        return <TokenGroup key={key} group={group} first={first} onSee={onSee} onOpen={onOpen} />;
      })}
    </div>
  );
}

function Detail({ token }: { readonly token: Token | null }) {
  const { tokenizer: words } = useWords();
  return (
    <p className="tokens__detail" aria-live="polite">
      {token === null ? (
        <span className="muted">{words.detailHint}</span>
      ) : (
        <>
          <span>
            <em>{words.id}</em> <code>{token.id}</code>
          </span>
          <span>
            <em>{words.spelling}</em>{" "}
            <code>
              <Visible text={token.spelling} />
            </code>
          </span>
          {token.bytes !== null ? (
            <span>
              <em>{words.byteList}</em> <code>{token.bytes}</code>
            </span>
          ) : null}
          {token.is_special ? <span>{words.special}</span> : null}
        </>
      )}
    </p>
  );
}

/** The text cut into tokens, asked for when the typing rests; the last answer stays until then. */
function useEncoded(path: string, text: string, hasSpecials: boolean) {
  const [encoded, setEncoded] = useState<Encoded | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    const ask = () =>
      postJson<Encoded>(
        "/api/tokenizer/encode",
        { tokenizer: path, text, has_specials: hasSpecials },
        { signal: controller.signal },
      )
        .then((answer) => {
          setEncoded(answer);
          setFailure(null);
        })
        .catch((error: unknown) => {
          if (!isAborted(error)) setFailure(failureOf(error));
        });
    const timer = setTimeout(ask, TYPING_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [path, text, hasSpecials]);
  return { encoded, failure };
}
