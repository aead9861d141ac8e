/** The keys in which the recipes of the chosen runs differ. */
import { pathOf } from "../../api/client";
import { useQuery } from "../../api/useQuery";
import { Empty } from "../../components/Empty";
import { ErrorNote } from "../../components/ErrorNote";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import type { Comparison } from "./types";

export function Differences({ names }: { readonly names: readonly string[] }) {
  const { runs: words, shell } = useWords();
  const query = names.map((name) => `run=${encodeURIComponent(name)}`).join("&");
  const isComparable = names.length > 1;
  const { data, failure } = useQuery<Comparison>(
    isComparable ? `${pathOf("/api/compare", {})}?${query}` : null,
  );
  if (!isComparable) return <Empty title={words.chooseTwo} />;
  if (failure) return <ErrorNote failure={failure} />;
  if (!data) return <Skeleton />;
  if (data.keys.length === 0) return <Empty title={words.sameRecipe} />;
  return (
    <div className="table-scroll">
      <table className="table differences">
        <thead>
          <tr>
            <th scope="col">{words.key}</th>
            {data.runs.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.keys.map(({ key, values }) => (
            <tr key={key}>
              <th scope="row">
                <code>{key}</code>
              </th>
              {values.map((value, index) => (
                <td key={data.runs[index]} data-same={value === values[0]}>
                  <code>{value ?? shell.none}</code>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
