/** What the form begins with: a shipped recipe, or the recipe of a run. */
import { useId } from "react";
import { useQuery } from "../../api/useQuery";
import { useWords } from "../../i18n/useLanguage";
import type { Beginning, Recipes } from "./types";

interface BeginningSelectProps {
  readonly value: Beginning | null;
  readonly onChange: (beginning: Beginning) => void;
}

export function BeginningSelect({ value, onChange }: BeginningSelectProps) {
  const { newRun: words } = useWords();
  const { data } = useQuery<Recipes>("/api/recipes");
  const id = useId();
  const about = data?.shipped.find((one) => value?.kind === "shipped" && one.name === value.name);
  return (
    <div className="labelled beginning">
      <label className="labelled__text" htmlFor={id}>
        {words.beginWith}
      </label>
      <select
        id={id}
        className="select"
        value={value ? `${value.kind}:${value.name}` : ""}
        onChange={(event) => {
          const [kind = "", ...rest] = event.target.value.split(":");
          onChange({ kind: kind as Beginning["kind"], name: rest.join(":") });
        }}
      >
        <option value="empty:">{words.nothing}</option>
        <optgroup label={words.shipped}>
          {data?.shipped.map((one) => (
            <option key={one.name} value={`shipped:${one.name}`}>
              {one.name}
            </option>
          ))}
        </optgroup>
        <optgroup label={words.runs}>
          {data?.runs.map((name) => (
            <option key={name} value={`run:${name}`}>
              {name}
            </option>
          ))}
        </optgroup>
      </select>
      <p className="field__help">{about?.text}</p>
    </div>
  );
}
