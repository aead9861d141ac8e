/** A part of a page with its heading. */
import type { ReactNode } from "react";

interface PanelProps {
  readonly title?: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** The content reaches to the edges, as a table does. */
  readonly isFlush?: boolean;
}

export function Panel({ title, actions, children, isFlush = false }: PanelProps) {
  return (
    <section className="panel" aria-label={title}>
      {title || actions ? (
        <div className="panel__head">
          {title ? <h2>{title}</h2> : null}
          {actions ? <div className="page__actions">{actions}</div> : null}
        </div>
      ) : null}
      <div className={isFlush ? undefined : "panel__body"}>{children}</div>
    </section>
  );
}
