/** The page Run. */
import { Empty } from "../../components/Empty";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";

export default function RunPage() {
  const { shell, run: words } = useWords();
  return (
    <div className="page">
      <PageHead title={words.title} />
      <Empty title={shell.notBuiltYet} />
    </div>
  );
}
