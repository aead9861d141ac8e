/** One of the runs of the folder. */
import { useQuery } from "../api/useQuery";
import { useWords } from "../i18n/useLanguage";
import { Select } from "./Select";

interface RunPickerProps {
  readonly value: string;
  readonly onChange: (name: string) => void;
}

interface Names {
  readonly runs: readonly { readonly name: string }[];
}

export function RunPicker({ value, onChange }: RunPickerProps) {
  const { shell } = useWords();
  const { data } = useQuery<Names>("/api/runs");
  const names = data?.runs.map((run) => run.name) ?? [];
  const shown = value === "" || names.includes(value) ? names : [value, ...names];
  return (
    <Select
      label={shell.pages.run}
      value={value}
      options={[...(value === "" ? [""] : []), ...shown].map((name) => ({
        value: name,
        label: name,
      }))}
      onChange={onChange}
    />
  );
}
