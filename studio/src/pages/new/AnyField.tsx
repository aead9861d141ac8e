/** A key of whatever kind: plain values here, tables and lists of tables by those who know them. */
import { ChoiceField } from "./ChoiceField";
import { EntriesField } from "./EntriesField";
import { useForm } from "./form";
import { NamedField } from "./NamedField";
import { PlainField } from "./PlainField";
import { SectionField } from "./SectionField";
import { fieldOf, type SchemaNode } from "./schema";
import type { Path, Value } from "./values";

export interface AnyFieldProps {
  readonly path: Path;
  readonly node: SchemaNode;
  /** The default that the table around it gives to this key. */
  readonly inherited?: Value;
  readonly title?: string;
}

export function AnyField({ path, node, inherited, title }: AnyFieldProps) {
  const { root } = useForm();
  const field = fieldOf(node, root);
  const fallback = inherited === undefined ? field.node.default : inherited;
  const given = title === undefined ? {} : { title };
  const shared = { path, field, fallback, ...given };
  if (field.kind.kind === "section") return <SectionField {...shared} section={field.kind.node} />;
  if (field.kind.kind === "choice") {
    return <ChoiceField {...shared} tag={field.kind.tag} options={field.kind.options} />;
  }
  if (field.kind.kind === "table") return <NamedField {...shared} value={field.kind.value} />;
  if (field.kind.kind === "list") {
    const item = fieldOf(field.kind.item, root);
    if (item.kind.kind === "section" || item.kind.kind === "choice") {
      return <EntriesField {...shared} item={item} itemNode={field.kind.item} />;
    }
  }
  return <PlainField {...shared} />;
}
