/** Documentation of a key: paragraphs, and words between backquotes as code. */
export function Prose({ text }: { readonly text: string }) {
  return text.split(/\n\s*\n/).map((paragraph) => (
    <p key={paragraph} className="field__help">
      {paragraph
        .replace(/\s+/g, " ")
        .split("`")
        .map((part, index) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text never move.
          index % 2 === 1 ? <code key={index}>{part}</code> : part,
        )}
    </p>
  ));
}
