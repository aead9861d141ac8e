/** A window over the page: Escape and its cross close it, and the focus stays inside. */
import { type ReactNode, useEffect, useRef } from "react";
import { useWords } from "../i18n/useLanguage";
import { Icon } from "./Icon";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
  readonly isWide?: boolean;
}

export function Dialog({ title, onClose, children, actions, isWide = false }: DialogProps) {
  const words = useWords();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className={isWide ? "dialog dialog--wide" : "dialog"}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className="dialog__head">
        <h2>{title}</h2>
        <button
          type="button"
          className="button button--quiet"
          aria-label={words.shell.close}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <div className="dialog__body">{children}</div>
      {actions ? <div className="dialog__foot">{actions}</div> : null}
    </dialog>
  );
}
