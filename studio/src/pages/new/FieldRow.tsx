/** One key: its name, its control, what it means, and what is wrong with it. */
import type { ReactNode } from "react";
import { Icon } from "../../components/Icon";
import { Prose } from "../../components/Prose";
import { useWords } from "../../i18n/useLanguage";
import { problemsAt, useForm } from "./form";
import type { Path } from "./values";
import { valueAt } from "./values";

interface FieldRowProps {
  readonly id: string;
  readonly path: Path;
  readonly title?: string;
  readonly description?: string | undefined;
  readonly children: ReactNode;
}

export function FieldRow({ id, path, title, description, children }: FieldRowProps) {
  const { newRun: words } = useWords();
  const { values, problems, change } = useForm();
  const isSaid = valueAt(values, path) !== undefined;
  const wrong = problemsAt(problems, path);
  return (
    <div className="field" data-said={isSaid} data-wrong={wrong.length > 0}>
      <div className="field__name">
        <label htmlFor={id}>{title ?? String(path.at(-1))}</label>
        {isSaid ? (
          <button
            type="button"
            className="button button--quiet field__reset"
            aria-label={words.reset(path.join("."))}
            title={words.resetHint}
            onClick={() => change(path, undefined)}
          >
            <Icon name="close" size={12} />
          </button>
        ) : null}
      </div>
      <div className="field__control">
        {children}
        {wrong.map((problem) => (
          <p key={problem.message} className="field__problem" role="alert">
            {problem.message}
          </p>
        ))}
        {description ? <Prose text={description} /> : null}
      </div>
    </div>
  );
}
