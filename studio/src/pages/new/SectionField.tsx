/** A table of the recipe; one that may be left out has a switch. */
import { useWords } from "../../i18n/useLanguage";
import { AnyField } from "./AnyField";
import { useForm } from "./form";
import { Group } from "./Group";
import type { Field, SchemaNode } from "./schema";
import { isTable, type Path, type Value, valueAt } from "./values";

interface SectionFieldProps {
  readonly path: Path;
  readonly field: Field;
  readonly section: SchemaNode;
  readonly fallback: Value;
  readonly title?: string;
}

export function SectionField({ path, field, section, fallback, title }: SectionFieldProps) {
  const { newRun: words } = useWords();
  const { values, change } = useForm();
  const value = valueAt(values, path);
  const isOn = isTable(value) || (value === undefined && isTable(fallback));
  return (
    <Group
      title={title ?? String(path.at(-1))}
      description={field.node.description}
      path={path}
      actions={
        field.isOptional ? (
          <label className="labelled--inline small">
            <input
              type="checkbox"
              checked={isOn}
              onChange={(event) => {
                const off = isTable(fallback) ? null : undefined;
                change(path, event.target.checked ? {} : off);
              }}
            />
            {words.isUsed}
          </label>
        ) : null
      }
    >
      {isOn || !field.isOptional ? (
        <Keys path={path} section={section} fallback={isTable(fallback) ? fallback : {}} />
      ) : null}
    </Group>
  );
}

interface KeysProps {
  readonly path: Path;
  readonly section: SchemaNode;
  readonly fallback: Value;
  /** The key that says of which kind the table is; it has a control of its own. */
  readonly tag?: string;
}

/** Every key of a table: plain ones first, as a recipe file has them. */
export function Keys({ path, section, fallback, tag }: KeysProps) {
  return Object.entries(section.properties ?? {})
    .filter(([key]) => key !== tag)
    .map(([key, node]) => (
      <AnyField
        key={key}
        path={[...path, key]}
        node={node}
        inherited={isTable(fallback) ? fallback[key] : undefined}
      />
    ));
}
