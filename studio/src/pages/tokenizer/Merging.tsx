/** The merges that lead to an entry, as a tree from its smallest pieces. */
import { useQuery } from "../../api/useQuery";
import { ErrorNote } from "../../components/ErrorNote";
import { Panel } from "../../components/Panel";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { whole } from "../../numbers/format";
import type { Merges, Tree } from "./types";
import { Visible } from "./Visible";

interface MergingProps {
  readonly path: string;
  readonly entry: number | null;
  readonly onOpen: (id: number) => void;
}

export function Merging({ path, entry, onOpen }: MergingProps) {
  const { tokenizer: words } = useWords();
  const query = new URLSearchParams({ tokenizer: path, token: String(entry) });
  const merges = useQuery<Merges>(entry === null ? null : `/api/tokenizer/merges?${query}`);
  return (
    <Panel title={words.merges.title}>
      {entry === null ? <p className="muted">{words.merges.hint}</p> : null}
      {merges.failure ? <ErrorNote failure={merges.failure} /> : null}
      {entry !== null && !merges.data && !merges.failure ? <Skeleton lines={3} /> : null}
      {merges.data ? <Way merges={merges.data} onOpen={onOpen} /> : null}
    </Panel>
  );
}

function Way({
  merges,
  onOpen,
}: {
  readonly merges: Merges;
  readonly onOpen: (id: number) => void;
}) {
  const { tokenizer: words } = useWords();
  const { token, trees, algorithm } = merges;
  const note = noteOf(words, merges);
  return (
    <div className="stack">
      <p className="tokens__detail tokens__detail--alone">
        <span>
          <em>{words.id}</em> <code>{token.id}</code>
        </span>
        <span>
          <em>{words.spelling}</em>{" "}
          <code>
            <Visible text={token.spelling} />
          </code>
        </span>
        {token.bytes !== null ? (
          <span>
            <em>{words.byteList}</em> <code>{token.bytes}</code>
          </span>
        ) : null}
        <span className="muted">{algorithm}</span>
      </p>
      {note ? <p className="muted">{note}</p> : null}
      {trees !== null && !(trees.length === 1 && trees[0]?.parts.length === 0) ? (
        <div className="merges">
          <ul>
            {trees.map((tree, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same piece may come twice.
              <Node key={place} tree={tree} onOpen={onOpen} />
            ))}
          </ul>
        </div>
      ) : null}
    </div>
  );
}

function noteOf(words: ReturnType<typeof useWords>["tokenizer"], merges: Merges): string | null {
  const { token, trees, algorithm } = merges;
  if (token.is_special) return words.merges.special;
  if (trees === null) return words.merges.notMerged(algorithm);
  if (trees.length > 1) return words.merges.unreachable;
  return trees[0]?.parts.length === 0 ? words.merges.single : null;
}

function Node({ tree, onOpen }: { readonly tree: Tree; readonly onOpen: (id: number) => void }) {
  const { tokenizer: words } = useWords();
  const { id, rank, piece, parts } = tree;
  const told = rank === null ? words.merges.leaf : words.merges.rank(whole(rank + 1));
  return (
    <li>
      <button
        type="button"
        className="merges__piece"
        disabled={id === null}
        title={id === null ? told : `${told} · ${words.id} ${id}`}
        onClick={() => id !== null && onOpen(id)}
      >
        <code>
          <Visible text={piece} />
        </code>
        {rank === null ? null : <span>{whole(rank + 1)}</span>}
      </button>
      {parts.length > 0 ? (
        <ul>
          {parts.map((part, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same piece may come twice.
            <Node key={place} tree={part} onOpen={onOpen} />
          ))}
        </ul>
      ) : null}
    </li>
  );
}
