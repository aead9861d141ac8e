/** The page Tokenizer. */
import { Empty } from "../../components/Empty";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";

export default function TokenizerPage() {
  const { shell, tokenizer: words } = useWords();
  return (
    <div className="page">
      <PageHead title={words.title} />
      <Empty title={shell.notBuiltYet} />
    </div>
  );
}
