/** A text in which spaces, tabs, line ends and control characters are seen. */
import { useWords } from "../../i18n/useLanguage";
import { visiblePieces } from "./visible";

export function Visible({ text }: { readonly text: string }) {
  const { tokenizer: words } = useWords();
  let place = 0;
  return (
    <>
      {visiblePieces(text).map(({ kind, shown }) => {
        const key = place;
        place += 1;
        return kind === "text" ? (
          shown
        ) : (
          <i key={key} className="invisible" title={words.marks[kind]}>
            {shown}
          </i>
        );
      })}
    </>
  );
}
