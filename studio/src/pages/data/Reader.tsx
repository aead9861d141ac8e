/** One document: where it is from, why it was rejected, its whole text piece by piece. */
import { useEffect, useRef, useState } from "react";
import { getJson } from "../../api/client";
import { type ApiFailure, failureOf, isAborted } from "../../api/failure";
import { Badge } from "../../components/Badge";
import { ErrorNote } from "../../components/ErrorNote";
import { Icon } from "../../components/Icon";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { bytes, short, whole } from "../../numbers/format";
import { percent } from "../../numbers/share";
import { Link } from "../../router/Link";
import { documentPath, documentsPlace } from "./addresses";
import { Marked } from "./Marked";
import type { DocumentPiece, Part } from "./types";

interface ReaderProps {
  readonly path: string;
  readonly part: Part;
  readonly row: number | null;
  readonly onClose: () => void;
}

export function Reader({ path, part, row, onClose }: ReaderProps) {
  const { data: words } = useWords();
  const key = row === null ? null : documentPath(path, part, row, 0);
  const { pieces, failure, more } = usePieces(key, (start) =>
    documentPath(path, part, row ?? 0, start),
  );
  const panel = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new document begins at its top.
  useEffect(() => {
    panel.current?.scrollTo({ top: 0 });
  }, [key]);
  const first = pieces[0];
  return (
    <section className="panel viewer__reader" aria-label={words.viewer.reader} ref={panel}>
      {row === null ? (
        <p className="viewer__none muted">{words.viewer.pick}</p>
      ) : failure ? (
        <ErrorNote failure={failure} />
      ) : first ? (
        <>
          <button type="button" className="button button--small viewer__back" onClick={onClose}>
            {words.viewer.back}
          </button>
          <Head path={path} part={part} piece={first} />
          <Text pieces={pieces} onMore={more} />
          <Metadata piece={first} />
        </>
      ) : (
        <Skeleton lines={8} />
      )}
    </section>
  );
}

interface HeadProps {
  readonly path: string;
  readonly part: Part;
  readonly piece: DocumentPiece;
}

function Head({ path, part, piece }: HeadProps) {
  const { data: words } = useWords();
  const { fields } = piece;
  const split = fields.split ? (words.splitNames[fields.split] ?? fields.split) : null;
  const domain = fields.domain === fields.source ? null : fields.domain;
  const labels = [fields.source, domain, fields.language, split].filter(Boolean);
  return (
    <header className="reader__head">
      <div className="row">
        <h3>{words.viewer.row(whole(piece.row + 1))}</h3>
        {labels.map((label) => (
          <Badge key={label} tone="plain">
            {label}
          </Badge>
        ))}
        <span className="small muted">
          {whole(piece.characters)} {words.characters} · {bytes(piece.bytes)}
        </span>
      </div>
      {part === "rejected" ? <Why path={path} piece={piece} /> : null}
      {fields.url ? (
        <p className="small reader__url">
          <span className="muted">{words.viewer.url} </span>
          <code>{fields.url}</code>
        </p>
      ) : null}
    </header>
  );
}

function Why({ path, piece }: Omit<HeadProps, "part">) {
  const { data: words } = useWords();
  const { fields, offence } = piece;
  return (
    <div className="reader__why">
      <p>
        <Badge tone="bad">{words.steps[fields.step ?? ""] ?? fields.step}</Badge>{" "}
        <code>{fields.reason}</code>
      </p>
      {offence ? (
        <p>
          {words.viewer.sentences(
            limitOf(words, offence),
            offence.places > 0 ? words.viewer.places(whole(offence.places)) : "",
          )}
        </p>
      ) : null}
      {piece.copy_of ? <CopyOf path={path} copy={piece.copy_of} /> : null}
    </div>
  );
}

interface CopyOfProps {
  readonly path: string;
  readonly copy: NonNullable<DocumentPiece["copy_of"]>;
}

function CopyOf({ path, copy }: CopyOfProps) {
  const { data: words } = useWords();
  const likeness =
    copy.similarity !== null && copy.similarity > 0
      ? `${words.viewer.likeness(percent(copy.similarity, 0))} · `
      : "";
  return (
    <p>
      {words.viewer.copyOf}{" "}
      {copy.part !== null && copy.row !== null ? (
        <Link to={documentsPlace(path, { part: copy.part }, copy.row)}>
          {copy.part === "rejected" ? `${words.rejected} ` : ""}
          {words.viewer.row(whole(copy.row + 1))}
        </Link>
      ) : (
        <code>{copy.id.slice(0, 12)}</code>
      )}
      {` · ${likeness}${words.viewer.ofCluster(whole(copy.size))}`}
    </p>
  );
}

function limitOf(
  words: ReturnType<typeof useWords>["data"],
  offence: NonNullable<DocumentPiece["offence"]>,
): string {
  const { measure, value, min, max } = offence;
  const written = short(value, 3);
  if (max !== null && (value === null || value > max))
    return words.viewer.tooHigh(measure, written, short(max, 3));
  if (min !== null && (value === null || value < min))
    return words.viewer.tooLow(measure, written, short(min, 3));
  return value === null ? "" : words.viewer.measured(measure, written);
}

interface TextProps {
  readonly pieces: readonly DocumentPiece[];
  readonly onMore: () => void;
}

function Text({ pieces, onMore }: TextProps) {
  const { data: words } = useWords();
  const last = pieces.at(-1);
  if (!last) return null;
  const titleOf = (what: string) => {
    const [kind, type = ""] = what.split(":");
    if (kind !== "private") return words.viewer.marks.offence;
    return `${words.viewer.marks.private}: ${words.privacy.types[type] ?? type}`;
  };
  return (
    <>
      <div className="reader__text" lang={last.fields.language ?? undefined} dir="auto">
        {pieces.map((piece) => (
          <Marked key={piece.start} text={piece.text} marks={piece.marks} titleOf={titleOf} />
        ))}
      </div>
      {last.end < last.characters ? (
        <p className="row reader__more">
          <button type="button" className="button button--small" onClick={onMore}>
            {words.viewer.more}
          </button>
          <span className="small muted">
            {words.viewer.shown(whole(last.end), whole(last.characters))}
          </span>
        </p>
      ) : null}
    </>
  );
}

function Metadata({ piece }: { readonly piece: DocumentPiece }) {
  const { data: words } = useWords();
  const entries = Object.entries(piece.metadata);
  return (
    <details className="reader__metadata">
      <summary>
        <Icon name="chevron" size={12} />
        {words.viewer.metadata}
      </summary>
      <dl className="facts small">
        <dt>{words.viewer.id}</dt>
        <dd>
          <code>{piece.fields.id}</code>
        </dd>
        {entries.map(([name, value]) => (
          <div key={name} className="facts__pair">
            <dt>{name}</dt>
            <dd>
              <code>{typeof value === "string" ? value : JSON.stringify(value)}</code>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

/** The pieces of a document that have been read so far, and what reads the next one. */
function usePieces(key: string | null, pathOf: (start: number) => string) {
  const [read, setRead] = useState<{ key: string; pieces: readonly DocumentPiece[] } | null>(null);
  const [failed, setFailed] = useState<{ key: string; failure: ApiFailure } | null>(null);
  useEffect(() => {
    if (key === null) return;
    const controller = new AbortController();
    getJson<DocumentPiece>(key, { signal: controller.signal })
      .then((piece) => setRead({ key, pieces: [piece] }))
      .catch((error: unknown) => {
        if (!isAborted(error)) setFailed({ key, failure: failureOf(error) });
      });
    return () => controller.abort();
  }, [key]);
  const pieces = read !== null && read.key === key ? read.pieces : [];
  const more = () => {
    const end = pieces.at(-1)?.end;
    if (key === null || end === undefined) return;
    getJson<DocumentPiece>(pathOf(end))
      .then((piece) =>
        setRead((before) =>
          before?.key === key && before.pieces.at(-1)?.end === piece.start
            ? { key, pieces: [...before.pieces, piece] }
            : before,
        ),
      )
      .catch((error: unknown) => setFailed({ key, failure: failureOf(error) }));
  };
  return { pieces, failure: failed !== null && failed.key === key ? failed.failure : null, more };
}
