/** The sections of a recipe, with how much is said in each and where something is wrong. */
import { useForm } from "./form";
import { countOf, valueAt } from "./values";

interface SectionListProps {
  readonly chosen: string;
  readonly label: string;
  readonly onChoose: (section: string) => void;
}

export function SectionList({ chosen, label, onChoose }: SectionListProps) {
  const { root, values, problems } = useForm();
  const names = Object.keys(root.properties ?? {}).filter((name) => name !== "name");
  return (
    <nav className="sections" aria-label={label}>
      {names.map((name) => {
        const count = countOf(valueAt(values, [name]));
        const isWrong = problems.some(({ key }) => key === name || key.startsWith(`${name}.`));
        return (
          <button
            key={name}
            type="button"
            aria-current={name === chosen ? "true" : undefined}
            data-wrong={isWrong}
            onClick={() => onChoose(name)}
          >
            <span>{name}</span>
            {count > 0 ? <i>{count}</i> : null}
          </button>
        );
      })}
    </nav>
  );
}
