/** The fields of one section of the recipe, or those that a search has found. */
import { Empty } from "../../components/Empty";
import { Prose } from "../../components/Prose";
import { useWords } from "../../i18n/useLanguage";
import { AnyField } from "./AnyField";
import { useForm } from "./form";
import { Keys } from "./SectionField";
import { fieldOf, foundKeys } from "./schema";
import { isTable } from "./values";

interface FormBodyProps {
  readonly section: string;
  readonly search: string;
}

export function FormBody({ section, search }: FormBodyProps) {
  const { newRun: words } = useWords();
  const { root } = useForm();
  if (search.trim() !== "") {
    const found = foundKeys(root, search);
    if (found.length === 0) return <Empty title={words.nothingFound} />;
    return found.map(({ path, node }) => (
      <AnyField key={path.join(".")} path={path} node={node} title={path.join(".")} />
    ));
  }
  const node = root.properties?.[section];
  if (!node) return null;
  const field = fieldOf(node, root);
  if (field.kind.kind !== "section" || field.isOptional) {
    return <AnyField path={[section]} node={node} />;
  }
  const fallback = isTable(field.node.default) ? field.node.default : {};
  return (
    <>
      <div className="form__about">
        <Prose text={field.node.description ?? ""} />
      </div>
      <Keys path={[section]} section={field.kind.node} fallback={fallback} />
    </>
  );
}
