/** The documents of a corpus: a list to page through and search, and one of them to read. */
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Badge } from "../../components/Badge";
import { ErrorNote } from "../../components/ErrorNote";
import { SearchInput } from "../../components/SearchInput";
import { Segments } from "../../components/Segments";
import { Select } from "../../components/Select";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { whole } from "../../numbers/format";
import { setParameters, usePlace } from "../../router/location";
import { FIELDS, MISSING, UNKNOWN, type Wanted } from "./addresses";
import { Marked } from "./Marked";
import { foundMarks } from "./marks";
import { Reader } from "./Reader";
import type { Corpus, FieldName, FoundDocument, Part } from "./types";
import { useDocuments } from "./useDocuments";

const PAGE_ROWS = 25;
const TYPING_MS = 300;
const ANY = "\u0000";

interface DocumentsProps {
  readonly path: string;
  readonly corpus: Corpus;
}

export function Documents({ path, corpus }: DocumentsProps) {
  const { parameters } = usePlace();
  const part: Part = parameters.get("part") === "rejected" ? "rejected" : "kept";
  const wanted = wantedOf(parameters, part);
  const start = numberOf(parameters.get("start")) ?? 0;
  const row = numberOf(parameters.get("row"));
  const [before, setBefore] = useState<readonly number[]>([]);
  const found = useDocuments(path, wanted, start, PAGE_ROWS);
  const turn = (to: number, stack: readonly number[]) => {
    setBefore(stack);
    setParameters({ start: to > 0 ? String(to) : null, row: null });
  };
  const change = (changes: Readonly<Record<string, string | null>>) => {
    setBefore([]);
    setParameters({ start: null, row: null, ...changes });
  };
  const open = (next: number | null) => setParameters({ row: next === null ? null : String(next) });
  return (
    <div className="stack data">
      <Filters corpus={corpus} part={part} wanted={wanted} onChange={change} />
      <div className="viewer" data-reading={row !== null}>
        <section className="panel viewer__list" aria-label={part}>
          <List found={found} wanted={wanted} row={row} corpus={corpus} onOpen={open} />
          <Pages
            found={found}
            start={start}
            before={before}
            onTurn={turn}
            onRandom={(to) => {
              setBefore([]);
              setParameters({ start: to > 0 ? String(to) : null, row: String(to) });
            }}
          />
        </section>
        <Reader path={path} part={part} row={row} onClose={() => open(null)} />
      </div>
    </div>
  );
}

interface FiltersProps {
  readonly corpus: Corpus;
  readonly part: Part;
  readonly wanted: Wanted;
  readonly onChange: (changes: Readonly<Record<string, string | null>>) => void;
}

function Filters({ corpus, part, wanted, onChange }: FiltersProps) {
  const { data: words } = useWords();
  const values = valuesOf(corpus, wanted.step ?? null);
  const nameOf = (field: FieldName, value: string) => {
    if (value === MISSING) return words.groups.unknown;
    if (field === "step") return words.steps[value] ?? value;
    return field === "split" ? (words.splitNames[value] ?? value) : value;
  };
  return (
    <div className="row">
      <Segments<Part>
        label={words.viewer.part}
        value={part}
        options={[
          { value: "kept", label: `${words.kept} ${whole(corpus.stored.kept)}` },
          { value: "rejected", label: `${words.rejected} ${whole(corpus.stored.rejected)}` },
        ]}
        onChange={(next) => onChange({ part: next === "kept" ? null : next })}
      />
      <TextFilter text={wanted.text ?? ""} onChange={(text) => onChange({ text })} />
      {FIELDS[part]
        .filter((field) => values[field].length > 1 || wanted[field] !== undefined)
        .map((field) => (
          <Select
            key={field}
            label={words.viewer[field]}
            value={wanted[field] ?? ANY}
            options={[
              { value: ANY, label: words.viewer.any },
              ...values[field].map((value) => ({ value, label: nameOf(field, value) })),
            ]}
            onChange={(value) =>
              onChange({
                [field]: value === ANY ? null : value === MISSING ? UNKNOWN : value,
                ...(field === "step" ? { reason: null } : {}),
              })
            }
          />
        ))}
    </div>
  );
}

/** A field that asks when the typing rests. */
function TextFilter({
  text,
  onChange,
}: {
  readonly text: string;
  readonly onChange: (text: string) => void;
}) {
  const { data: words } = useWords();
  const [typed, setTyped] = useState(text);
  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => tell.current(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, text]);
  return <SearchInput label={words.viewer.search} value={typed} onChange={setTyped} />;
}

interface ListProps {
  readonly found: ReturnType<typeof useDocuments>;
  readonly wanted: Wanted;
  readonly row: number | null;
  readonly corpus: Corpus;
  readonly onOpen: (row: number) => void;
}

function List({ found, wanted, row, corpus, onOpen }: ListProps) {
  const { data: words } = useWords();
  const list = useRef<HTMLUListElement>(null);
  if (found.failure) return <ErrorNote failure={found.failure} />;
  if (found.rows.length === 0) {
    if (found.isSearching) return <Skeleton lines={8} />;
    const isEmpty = wanted.part === "rejected" && corpus.stored.rejected === 0;
    return (
      <p className="viewer__none muted">{isEmpty ? words.viewer.noRejected : words.viewer.none}</p>
    );
  }
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = found.rows.findIndex((one) => one.row === row);
    const next = found.rows[Math.min(found.rows.length - 1, Math.max(0, at + step))];
    if (!next) return;
    onOpen(next.row);
    list.current?.querySelector<HTMLElement>(`[data-row="${next.row}"]`)?.focus();
  };
  return (
    <ul className="viewer__rows" ref={list} onKeyDown={move} aria-label={words.viewer.list}>
      {found.rows.map((one) => (
        <Item
          key={one.row}
          document={one}
          text={wanted.text ?? ""}
          isOpen={one.row === row}
          onOpen={() => onOpen(one.row)}
        />
      ))}
    </ul>
  );
}

interface ItemProps {
  readonly document: FoundDocument;
  readonly text: string;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
}

function Item({ document, text, isOpen, onOpen }: ItemProps) {
  const { data: words } = useWords();
  const { fields } = document;
  const snippet = document.snippet.replace(/\s+/g, " ");
  return (
    <li>
      <button
        type="button"
        data-row={document.row}
        aria-current={isOpen ? "true" : undefined}
        onClick={onOpen}
      >
        <span className="viewer__snippet" lang={fields.language ?? undefined}>
          {document.snippet_start > 0 ? "… " : ""}
          <Marked text={snippet} marks={foundMarks(snippet, text)} />
        </span>
        <span className="viewer__facts">
          <span>{words.viewer.row(whole(document.row + 1))}</span>
          <span>{fields.source}</span>
          {fields.language ? <span>{fields.language}</span> : null}
          <span>{whole(document.characters)}</span>
          {fields.reason ? <Badge tone="plain">{fields.reason}</Badge> : null}
        </span>
      </button>
    </li>
  );
}

interface PagesProps {
  readonly found: ReturnType<typeof useDocuments>;
  readonly start: number;
  readonly before: readonly number[];
  readonly onTurn: (to: number, stack: readonly number[]) => void;
  readonly onRandom: (to: number) => void;
}

function Pages({ found, start, before, onTurn, onRandom }: PagesProps) {
  const { data: words } = useWords();
  const { next, total, isSearching } = found;
  const last = before.at(-1);
  const back = last ?? 0;
  return (
    <div className="viewer__pages">
      <button
        type="button"
        className="button button--small"
        disabled={start === 0}
        onClick={() => onTurn(back, before.slice(0, -1))}
      >
        {last === undefined && start > 0 ? words.viewer.first : words.viewer.previous}
      </button>
      <button
        type="button"
        className="button button--small"
        disabled={next === null || isSearching}
        onClick={() => next !== null && onTurn(next, [...before, start])}
      >
        {words.viewer.next}
      </button>
      <span className="small muted grow" aria-live="polite">
        {isSearching && next !== null
          ? `${words.viewer.searching} · ${words.viewer.stopped(whole(next), whole(total))}`
          : words.viewer.of(whole(total))}
      </span>
      <button
        type="button"
        className="button button--small button--quiet"
        disabled={total === 0}
        onClick={() => onRandom(Math.floor(Math.random() * total))}
      >
        {words.viewer.random}
      </button>
    </div>
  );
}

function wantedOf(parameters: URLSearchParams, part: Part): Wanted {
  const text = parameters.get("text") ?? "";
  const fields = FIELDS[part].flatMap((name) => {
    const value = parameters.get(name);
    return value === null ? [] : [[name, value === UNKNOWN ? MISSING : value] as const];
  });
  return { part, text, ...Object.fromEntries(fields) };
}

/** The values that each field has in this corpus, as its report tells. */
function valuesOf(corpus: Corpus, step: string | null): Record<FieldName, string[]> {
  const names = (groups: readonly { readonly name: string | null }[] | undefined) =>
    (groups ?? []).map((group) => group.name ?? MISSING);
  const steps = corpus.funnel ?? [];
  const reasons = steps
    .filter((one) => step === null || one.step === step)
    .flatMap((one) => one.reasons.map((reason) => reason.reason));
  return {
    source: names(corpus.sources),
    language: names(corpus.languages),
    domain: names(corpus.domains),
    split: Object.keys(corpus.splits ?? {}),
    step: steps.map((one) => one.step),
    reason: [...new Set(reasons)],
  };
}

function numberOf(value: string | null): number | null {
  const number = value === null || value === "" ? Number.NaN : Number(value);
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}
