/** What went wrong: what, where, why, and what to do, as the command line says it. */
import type { ApiFailure } from "../api/failure";
import { useWords } from "../i18n/useLanguage";

const SIGNED_OUT = 401;

interface ErrorNoteProps {
  readonly failure: ApiFailure;
  readonly onRetry?: () => void;
}

export function ErrorNote({ failure, onRetry }: ErrorNoteProps) {
  const { shell } = useWords();
  const { what, where, why, hint } = failure.parts;
  const ours = failure.status === 0 ? shell.noConnection : shell.signedOut;
  const isOurs = failure.status === 0 || failure.status === SIGNED_OUT;
  return (
    <div className="note note--bad" role="alert">
      <strong>{isOurs ? ours : what}</strong>
      {!isOurs && where ? <code>{where}</code> : null}
      {!isOurs && why ? <span className="muted">{why}</span> : null}
      {!isOurs && hint ? <span className="note__hint">{hint}</span> : null}
      {onRetry ? (
        <div>
          <button type="button" className="button button--small" onClick={onRetry}>
            {shell.retry}
          </button>
        </div>
      ) : null}
    </div>
  );
}
