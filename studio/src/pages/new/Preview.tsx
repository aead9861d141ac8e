/** The file and the command that say the same as the form, and what is wrong with them. */
import { useState } from "react";
import { postJson } from "../../api/client";
import { type ApiFailure, failureOf } from "../../api/failure";
import { Command } from "../../components/Command";
import { CopyButton } from "../../components/CopyButton";
import { ErrorNote } from "../../components/ErrorNote";
import { Icon } from "../../components/Icon";
import { Panel } from "../../components/Panel";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { goTo } from "../../router/location";
import { runPath } from "../../router/routes";
import { PlanView } from "./PlanView";
import { TomlText } from "./TomlText";
import type { Draft } from "./useDraft";

export function Preview({ draft }: { readonly draft: Draft }) {
  const { newRun: words } = useWords();
  const { checked, isChecking } = draft;
  if (!checked) return <Skeleton lines={8} />;
  const isGood = checked.resolved !== null;
  return (
    <div className="stack preview">
      <StartPanel draft={draft} />
      {isGood ? null : (
        <Panel title={words.problems(checked.problems.length)}>
          <ul className="stack problems">
            {checked.problems.map((problem) => (
              <li key={`${problem.place}${problem.message}`}>
                <code>{problem.place}</code>
                <span>{problem.message}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <PlanView values={isGood && !isChecking ? draft.values : null} />
      <Panel title="recipe.toml" actions={<CopyButton text={checked.text} />}>
        <TomlText text={checked.text} />
      </Panel>
    </div>
  );
}

function StartPanel({ draft }: { readonly draft: Draft }) {
  const { newRun: words } = useWords();
  const { checked, isChecking, values } = draft;
  const [isStarting, setIsStarting] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const isGood = checked !== null && checked.resolved !== null && !isChecking;
  const start = () => {
    setIsStarting(true);
    setFailure(null);
    postJson<{ run: string }>("/api/start", { values })
      .then(({ run }) => goTo(`${runPath(run)}?tab=history`))
      .catch((error: unknown) => {
        setIsStarting(false);
        setFailure(failureOf(error));
      });
  };
  return (
    <Panel
      title={words.start}
      actions={
        <button
          type="button"
          className="button button--primary"
          disabled={!isGood || isStarting || checked.exists}
          onClick={start}
        >
          <Icon name="play" />
          {isStarting ? words.starting : words.start}
        </button>
      }
    >
      <div className="stack">
        {failure ? <ErrorNote failure={failure} /> : null}
        {checked?.exists ? <div className="note note--warn">{words.exists}</div> : null}
        <p className="muted small">{words.startHint}</p>
        {checked ? <Command text={checked.command} /> : null}
      </div>
    </Panel>
  );
}
