/** The resolved recipe of a run. */
import { CopyButton } from "../../components/CopyButton";
import { Panel } from "../../components/Panel";
import { useWords } from "../../i18n/useLanguage";
import { Link } from "../../router/Link";
import { TomlText } from "../new/TomlText";
import type { RunDetail } from "./types";

export function RecipeTab({ detail }: { readonly detail: RunDetail }) {
  const { run: words } = useWords();
  return (
    <Panel
      title={`${detail.folder}/recipe.toml`}
      actions={
        <>
          <CopyButton text={detail.recipe} />
          <Link
            className="button button--small"
            to={`/new?run=${encodeURIComponent(detail.row.name)}`}
          >
            {words.newFromThis}
          </Link>
        </>
      }
    >
      <TomlText text={detail.recipe} />
    </Panel>
  );
}
