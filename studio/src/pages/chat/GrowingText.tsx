/** A field for text that is as high as what stands in it. */
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef } from "react";

interface GrowingTextProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onKeyDown?: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
  readonly placeholder?: string;
  readonly isFocused?: boolean;
  readonly className?: string;
  readonly rows?: number;
}

export function GrowingText(props: GrowingTextProps) {
  const { label, value, onChange, onKeyDown, placeholder, isFocused, className, rows = 1 } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [value]);
  useEffect(() => {
    const element = field.current;
    if (!isFocused || !element) return;
    element.focus();
    element.setSelectionRange(element.value.length, element.value.length);
  }, [isFocused]);
  return (
    <textarea
      ref={field}
      className={className ?? "input growing"}
      aria-label={label}
      value={value}
      rows={rows}
      placeholder={placeholder}
      spellCheck={false}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={onKeyDown}
    />
  );
}
