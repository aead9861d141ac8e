/** Tables by name, such as tasks and fine-tunings; and plain values by name. */
import { useState } from "react";
import { Icon } from "../../components/Icon";
import { useWords } from "../../i18n/useLanguage";
import { AnyField } from "./AnyField";
import { useForm } from "./form";
import { Group } from "./Group";
import { type Field, fieldOf, type SchemaNode } from "./schema";
import { isTable, type Path, type Value, valueAt } from "./values";

interface NamedFieldProps {
  readonly path: Path;
  readonly field: Field;
  readonly value: SchemaNode;
  readonly fallback: Value;
}

export function NamedField({ path, field, value, fallback }: NamedFieldProps) {
  const { newRun: words } = useWords();
  const { root, values, change } = useForm();
  const [name, setName] = useState("");
  const said = valueAt(values, path);
  const table = isTable(said) ? said : isTable(fallback) ? fallback : {};
  const inner = fieldOf(value, root);
  const isKnown = name.trim() in table;
  const add = () => {
    const key = name.trim();
    if (key === "" || isKnown) return;
    change(path, { ...table, [key]: startOf(inner) });
    setName("");
  };
  return (
    <Group title={String(path.at(-1))} description={field.node.description} path={path}>
      {Object.keys(table).map((key) => (
        <div className="entry" key={key}>
          <AnyField path={[...path, key]} node={value} title={key} />
          <button
            type="button"
            className="button button--quiet button--small entry__remove"
            aria-label={words.remove(key)}
            onClick={() => change([...path, key], undefined)}
          >
            <Icon name="trash" size={14} />
          </button>
        </div>
      ))}
      <div className="row">
        <input
          className="input"
          aria-label={words.newName}
          placeholder={words.newName}
          value={name}
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") add();
          }}
        />
        <button
          type="button"
          className="button button--small"
          disabled={name.trim() === "" || isKnown}
          onClick={add}
        >
          <Icon name="plus" size={14} />
          {words.add}
        </button>
      </div>
    </Group>
  );
}

function startOf(field: Field): Value {
  const { kind } = field;
  if (kind.kind === "choice") return { [kind.tag]: Object.keys(kind.options)[0] };
  if (kind.kind === "section" || kind.kind === "table") return {};
  return kind.kind === "number" ? 0 : kind.kind === "list" ? [] : "";
}
