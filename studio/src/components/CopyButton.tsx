/** Put a text on the clipboard and say so. */
import { useEffect, useState } from "react";
import { useWords } from "../i18n/useLanguage";
import { Icon } from "./Icon";

const SHOWN_MS = 1600;

export function CopyButton({ text }: { readonly text: string }) {
  const { shell } = useWords();
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setIsCopied(true),
      () => setIsCopied(false),
    );
  };
  const label = isCopied ? shell.copied : shell.copy;
  return (
    <button type="button" className="button button--quiet button--small" onClick={copy}>
      <Icon name={isCopied ? "check" : "copy"} size={14} />
      <span aria-live="polite">{label}</span>
    </button>
  );
}
