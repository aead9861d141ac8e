/** Which of the versions of a node is shown, and the way to the ones beside it. */
import { Icon } from "../../components/Icon";
import { useWords } from "../../i18n/useLanguage";
import { versionsOf } from "./tree";
import type { Tree } from "./types";
import { session } from "./useChat";

interface VersionsProps {
  readonly lane: number;
  readonly tree: Tree;
  readonly id: string;
}

export function Versions({ lane, tree, id }: VersionsProps) {
  const { chat: words } = useWords();
  const versions = versionsOf(tree, id);
  if (versions.length < 2) return null;
  const place = versions.findIndex((version) => version.id === id);
  const step = (by: number) => {
    const next = versions[place + by];
    if (next) session.show(lane, next.id);
  };
  return (
    <span className="versions">
      <button
        type="button"
        className="chip"
        aria-label={words.previousVersion}
        disabled={place === 0}
        onClick={() => step(-1)}
      >
        <span className="versions__back">
          <Icon name="chevron" size={12} />
        </span>
      </button>
      <span className="small muted">{words.version(place + 1, versions.length)}</span>
      <button
        type="button"
        className="chip"
        aria-label={words.nextVersion}
        disabled={place === versions.length - 1}
        onClick={() => step(1)}
      >
        <Icon name="chevron" size={12} />
      </button>
    </span>
  );
}
