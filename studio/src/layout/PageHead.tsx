/** The heading of a page, what belongs beside it, and what can be done. Names the tab, too. */
import { type ReactNode, useEffect } from "react";
import { useWords } from "../i18n/useLanguage";

interface PageHeadProps {
  readonly title: string;
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
}

export function PageHead({ title, beside, actions }: PageHeadProps) {
  const { shell } = useWords();
  useEffect(() => {
    document.title = `${title} · ${shell.product}`;
  }, [title, shell]);
  return (
    <div className="page__head">
      <h1>{title}</h1>
      {beside}
      {actions ? <div className="page__actions">{actions}</div> : null}
    </div>
  );
}
