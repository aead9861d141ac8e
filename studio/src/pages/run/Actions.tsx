/** Stop and go on. Stopping is what Ctrl-C does; going on is the same command again. */
import { useEffect, useState } from "react";
import { pathOf, postJson } from "../../api/client";
import { type ApiFailure, failureOf } from "../../api/failure";
import { Dialog } from "../../components/Dialog";
import { ErrorNote } from "../../components/ErrorNote";
import { Icon } from "../../components/Icon";
import { useWords } from "../../i18n/useLanguage";
import type { RunDetail } from "./types";

interface ActionsProps {
  readonly detail: RunDetail;
  readonly onChange: () => void;
}

export function Actions({ detail, onChange }: ActionsProps) {
  const { run: words } = useWords();
  const { name, state } = detail.row;
  const isRunning = state === "running";
  const [isAsked, setIsAsked] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  // What was asked for lasts until the run is as it was wished.
  useEffect(() => {
    if (!isRunning) setIsAsked(false);
  }, [isRunning]);
  const ask = (what: "stop" | "resume") => {
    setFailure(null);
    setIsAsked(what === "stop");
    postJson(pathOf(`/api/runs/{name}/${what}`, { name }), {})
      .then(onChange)
      .catch((error: unknown) => {
        setIsAsked(false);
        setFailure(failureOf(error));
      });
  };
  return (
    <>
      {isRunning ? (
        <button
          type="button"
          className="button"
          title={words.stopHint}
          disabled={isAsked}
          onClick={() => ask("stop")}
        >
          <Icon name="stop" />
          {isAsked ? words.stopping : words.stop}
        </button>
      ) : null}
      {!isRunning && state !== "finished" ? (
        <button
          type="button"
          className="button button--primary"
          title={words.resumeHint}
          onClick={() => ask("resume")}
        >
          <Icon name="play" />
          {words.resume}
        </button>
      ) : null}
      {failure ? (
        <Dialog title={words.notDone} onClose={() => setFailure(null)}>
          <ErrorNote failure={failure} />
        </Dialog>
      ) : null}
    </>
  );
}
