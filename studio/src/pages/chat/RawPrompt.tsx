/** The conversation as the model reads it: the template applied, control tokens marked. */
import { useEffect, useState } from "react";
import { postJson } from "../../api/client";
import { type ApiFailure, failureOf, isAborted } from "../../api/failure";
import { CopyButton } from "../../components/CopyButton";
import { Dialog } from "../../components/Dialog";
import { ErrorNote } from "../../components/ErrorNote";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import type { Message } from "./conversation";
import type { Token } from "./types";

interface RawPromptProps {
  readonly model: string;
  readonly turns: readonly Message[];
  readonly onClose: () => void;
}

export function RawPrompt({ model, turns, onClose }: RawPromptProps) {
  const { chat: words } = useWords();
  const [tokens, setTokens] = useState<readonly Token[] | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    postJson<{ tokens: Token[] }>("/api/chat/prompt", { model, turns }, controller)
      .then((answer) => setTokens(answer.tokens))
      .catch((error: unknown) => {
        if (!isAborted(error)) setFailure(failureOf(error));
      });
    return () => controller.abort();
  }, [model, turns]);
  return (
    <Dialog title={words.rawPrompt} onClose={onClose} isWide>
      {failure ? <ErrorNote failure={failure} /> : null}
      {tokens === null && failure === null ? <Skeleton /> : null}
      {tokens ? (
        <div className="stack">
          <div className="row">
            <span className="small muted grow">{words.rawPromptTold(tokens.length)}</span>
            <CopyButton text={tokens.map((token) => token.text).join("")} />
          </div>
          <pre className="raw">
            {tokens.map((token, place) => (
              <span
                // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes.
                key={place}
                className={token.special ? "raw__special" : "raw__token"}
                title={`#${token.id}`}
              >
                {token.text}
              </span>
            ))}
          </pre>
        </div>
      ) : null}
    </Dialog>
  );
}
