/** A table of one of several kinds: the kind is chosen, and its own keys appear. */
import { useId } from "react";
import { useWords } from "../../i18n/useLanguage";
import { FieldRow } from "./FieldRow";
import { useForm } from "./form";
import { Group } from "./Group";
import { Keys } from "./SectionField";
import type { Field, SchemaNode } from "./schema";
import { isTable, type Path, type Value, valueAt } from "./values";

interface ChoiceFieldProps {
  readonly path: Path;
  readonly field: Field;
  readonly tag: string;
  readonly options: Readonly<Record<string, SchemaNode>>;
  readonly fallback: Value;
  readonly title?: string;
}

export function ChoiceField({ path, field, tag, options, fallback, title }: ChoiceFieldProps) {
  const { values } = useForm();
  const said = valueAt(values, [...path, tag]);
  const byDefault = isTable(fallback) ? fallback[tag] : undefined;
  const kind = said ?? byDefault;
  const section = typeof kind === "string" ? options[kind] : undefined;
  return (
    <Group title={title ?? String(path.at(-1))} description={field.node.description} path={path}>
      <KindSelect
        path={path}
        tag={tag}
        kinds={Object.keys(options)}
        byDefault={byDefault}
        description={section?.description}
      />
      {section ? (
        <Keys
          path={path}
          section={section}
          tag={tag}
          fallback={kind === byDefault ? fallback : {}}
        />
      ) : null}
    </Group>
  );
}

interface KindSelectProps {
  readonly path: Path;
  readonly tag: string;
  readonly kinds: readonly string[];
  readonly byDefault: Value;
  readonly description?: string | undefined;
}

export function KindSelect({ path, tag, kinds, byDefault, description }: KindSelectProps) {
  const { newRun: words } = useWords();
  const { values, change } = useForm();
  const id = useId();
  const said = valueAt(values, [...path, tag]);
  return (
    <FieldRow id={id} path={[...path, tag]} description={description}>
      <select
        id={id}
        className="select"
        value={typeof said === "string" ? said : ""}
        // Keys of another kind mean nothing to the new one.
        onChange={(event) =>
          change(path, event.target.value === "" ? undefined : { [tag]: event.target.value })
        }
      >
        <option value="">
          {typeof byDefault === "string" ? words.byDefault(byDefault) : words.chooseKind}
        </option>
        {kinds.map((one) => (
          <option key={one} value={one}>
            {one}
          </option>
        ))}
      </select>
    </FieldRow>
  );
}
