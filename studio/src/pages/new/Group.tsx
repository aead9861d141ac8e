/** Keys that belong together under a heading that opens and closes. */
import { type ReactNode, useState } from "react";
import { Badge } from "../../components/Badge";
import { Icon } from "../../components/Icon";
import { Prose } from "../../components/Prose";
import { useForm } from "./form";
import { countOf, type Path, valueAt } from "./values";

const OPEN_DEPTH = 1;

interface GroupProps {
  readonly title: string;
  readonly description?: string | undefined;
  readonly path: Path;
  readonly actions?: ReactNode;
  readonly isOpenAtFirst?: boolean;
  readonly children: ReactNode;
}

export function Group({ title, description, path, actions, isOpenAtFirst, children }: GroupProps) {
  const { values, problems } = useForm();
  const count = countOf(valueAt(values, path));
  const prefix = `${path.join(".")}.`;
  const isWrong = problems.some((problem) => problem.key.startsWith(prefix));
  const [isOpen, setIsOpen] = useState(isOpenAtFirst ?? (path.length <= OPEN_DEPTH || count > 0));
  return (
    <section className="group" data-open={isOpen}>
      <div className="group__head">
        <button
          type="button"
          className="group__title"
          aria-expanded={isOpen}
          onClick={() => setIsOpen((before) => !before)}
        >
          <Icon name="chevron" size={12} />
          <b>{title}</b>
        </button>
        {count > 0 ? <Badge tone="plain">{count}</Badge> : null}
        {isWrong ? (
          <Badge tone="bad">
            <Icon name="warn" size={12} />
          </Badge>
        ) : null}
        {actions}
      </div>
      {isOpen ? (
        <div className="group__body">
          {description ? <Prose text={description} /> : null}
          {children}
        </div>
      ) : null}
    </section>
  );
}
