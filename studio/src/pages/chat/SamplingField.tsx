/** A number that a sampler takes; an empty field means that the rule is off. */
import { useEffect, useId, useState } from "react";
import { useWords } from "../../i18n/useLanguage";

interface SamplingFieldProps {
  readonly label: string;
  readonly value: number | null;
  readonly least: number;
  readonly most: number;
  readonly isWhole?: boolean;
  readonly onChange: (value: number | null) => void;
}

export function SamplingField(props: SamplingFieldProps) {
  const { label, value, least, most, isWhole = false, onChange } = props;
  const { chat: words } = useWords();
  const id = useId();
  const [draft, setDraft] = useState(textOf(value));
  useEffect(() => {
    setDraft((before) => (numberOf(before) === value ? before : textOf(value)));
  }, [value]);
  const found = numberOf(draft);
  const isBad = found !== null && !fits(found, least, most, isWhole);
  const change = (text: string) => {
    setDraft(text);
    const next = numberOf(text);
    if (next === null || fits(next, least, most, isWhole)) onChange(next);
  };
  return (
    <label className="settings__field" htmlFor={id}>
      <span className="labelled__text">{label}</span>
      <input
        id={id}
        className="input number"
        inputMode="decimal"
        value={draft}
        placeholder={words.off}
        aria-invalid={isBad || undefined}
        title={isBad ? words.outOfRange(least, most) : undefined}
        onChange={(event) => change(event.target.value)}
      />
    </label>
  );
}

function textOf(value: number | null): string {
  return value === null ? "" : String(value);
}

function numberOf(text: string): number | null {
  if (text.trim() === "") return null;
  return Number(text.replace(",", "."));
}

function fits(value: number, least: number, most: number, isWhole: boolean): boolean {
  return value >= least && value <= most && (!isWhole || Number.isInteger(value));
}
