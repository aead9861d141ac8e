/** A list of tables, such as the sources of a corpus. */
import { Icon } from "../../components/Icon";
import { useWords } from "../../i18n/useLanguage";
import { AnyField } from "./AnyField";
import { type Form, FormContext, useForm } from "./form";
import { Group } from "./Group";
import type { Field, SchemaNode } from "./schema";
import { isTable, type Path, type Value, valueAt, withValue } from "./values";

interface EntriesFieldProps {
  readonly path: Path;
  readonly field: Field;
  readonly item: Field;
  readonly itemNode: SchemaNode;
  readonly fallback: Value;
}

export function EntriesField({ path, field, item, itemNode, fallback }: EntriesFieldProps) {
  const { newRun: words } = useWords();
  const form = useForm();
  const { values, change } = form;
  const said = valueAt(values, path);
  const entries: readonly Value[] = Array.isArray(said)
    ? said
    : Array.isArray(fallback)
      ? fallback
      : [];
  const put = (after: readonly Value[]) => change(path, after.length > 0 ? after : undefined);
  // The entries that hold by default become the form's own when one of them is changed.
  const own: Form = {
    ...form,
    change: (at, value) =>
      said === undefined && Array.isArray(fallback)
        ? change(path, withValue(fallback, at.slice(path.length), value))
        : change(at, value),
  };
  const fresh = (): Value => {
    if (item.kind.kind !== "choice") return {};
    return { [item.kind.tag]: Object.keys(item.kind.options)[0] };
  };
  return (
    <Group title={String(path.at(-1))} description={field.node.description} path={path}>
      {entries.map((entry, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an entry is known by its place alone.
        <div className="entry" key={index}>
          <FormContext value={own}>
            <AnyField
              path={[...path, index]}
              node={itemNode}
              title={titleOf(entry, index)}
              inherited={said === undefined ? entry : undefined}
            />
          </FormContext>
          <button
            type="button"
            className="button button--quiet button--small entry__remove"
            aria-label={words.remove(titleOf(entry, index))}
            onClick={() => put(entries.filter((_, place) => place !== index))}
          >
            <Icon name="trash" size={14} />
          </button>
        </div>
      ))}
      <button
        type="button"
        className="button button--small"
        onClick={() => put([...entries, fresh()])}
      >
        <Icon name="plus" size={14} />
        {words.add}
      </button>
    </Group>
  );
}

function titleOf(entry: Value, index: number): string {
  const kind = isTable(entry) ? (entry.kind ?? entry.name) : undefined;
  return typeof kind === "string" ? `${index + 1} · ${kind}` : String(index + 1);
}
