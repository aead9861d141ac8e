/** A command to be typed elsewhere. */
import { CopyButton } from "./CopyButton";

export function Command({ text }: { readonly text: string }) {
  return (
    <div className="command">
      <code>{text}</code>
      <CopyButton text={text} />
    </div>
  );
}
