/** The page Chat. */
import { Empty } from "../../components/Empty";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";

export default function ChatPage() {
  const { shell, chat: words } = useWords();
  return (
    <div className="page">
      <PageHead title={words.title} />
      <Empty title={shell.notBuiltYet} />
    </div>
  );
}
