/** One choice out of some, with its label. The browser's own list: keyboard and touch work. */
import { useId } from "react";

export interface Option<V extends string> {
  readonly value: V;
  readonly label: string;
}

interface SelectProps<V extends string> {
  readonly label: string;
  readonly value: V;
  readonly options: readonly Option<V>[];
  readonly onChange: (value: V) => void;
  readonly isInline?: boolean;
  readonly isDisabled?: boolean;
}

export function Select<V extends string>({
  label,
  value,
  options,
  onChange,
  isInline = true,
  isDisabled = false,
}: SelectProps<V>) {
  const id = useId();
  return (
    <div className={isInline ? "labelled--inline" : "labelled"}>
      <label className="labelled__text" htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="select"
        value={value}
        disabled={isDisabled}
        onChange={(event) => onChange(event.target.value as V)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
