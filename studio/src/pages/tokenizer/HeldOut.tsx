/** Characters and bytes a token by language, on text that a run has held out. */
import { useState } from "react";
import { useQuery } from "../../api/useQuery";
import { ErrorNote } from "../../components/ErrorNote";
import { Panel } from "../../components/Panel";
import { Select } from "../../components/Select";
import { Skeleton } from "../../components/Skeleton";
import { type Column, Table } from "../../components/Table";
import { useWords } from "../../i18n/useLanguage";
import { short, whole } from "../../numbers/format";
import { percent } from "../../numbers/share";
import { nameOf } from "./names";
import type { LanguageCount } from "./types";

const ALL = "*";

interface CorpusPath {
  readonly path: string;
  readonly name: string;
}

export function HeldOut({ paths }: { readonly paths: readonly string[] }) {
  const { tokenizer: words } = useWords();
  const corpora = useQuery<{ corpora: readonly CorpusPath[] }>("/api/data");
  const runs = (corpora.data?.corpora ?? []).filter((one) => one.path === `${one.name}/corpus`);
  const own = paths[0]?.split("/")[0];
  const [chosen, setChosen] = useState<string | null>(null);
  const run = chosen ?? runs.find((one) => one.name === own)?.name ?? runs[0]?.name ?? null;
  const query = new URLSearchParams({ run: run ?? "" });
  for (const path of paths) query.append("tokenizer", path);
  const counts = useQuery<{ languages: readonly LanguageCount[] }>(
    run === null ? null : `/api/tokenizer/samples?${query}`,
  );
  return (
    <Panel
      title={words.held.title}
      isFlush
      actions={
        run !== null ? (
          <Select
            label={words.held.run}
            value={run}
            options={runs.map((one) => ({ value: one.name, label: one.name }))}
            onChange={setChosen}
          />
        ) : null
      }
    >
      {run === null ? <p className="tokens__none muted">{words.held.none}</p> : null}
      {counts.failure ? <ErrorNote failure={counts.failure} onRetry={counts.reload} /> : null}
      {run !== null && !counts.data && !counts.failure ? <Skeleton lines={3} /> : null}
      {counts.data ? <Counts languages={counts.data.languages} paths={paths} /> : null}
    </Panel>
  );
}

interface CountsProps {
  readonly languages: readonly LanguageCount[];
  readonly paths: readonly string[];
}

function Counts({ languages, paths }: CountsProps) {
  const { tokenizer: words } = useWords();
  const rows = languages.length > 1 ? [...languages, sumOf(languages)] : languages;
  const isTwo = paths.length > 1;
  const columns: Column<LanguageCount>[] = [
    {
      key: "language",
      title: words.held.language,
      render: (row) => (row.language === ALL ? words.held.all : row.language || words.held.unknown),
    },
    number("documents", words.held.documents, (row) => row.documents, whole),
    number("characters", words.held.characters, (row) => row.characters, whole),
    ...paths.flatMap((path, place) => [
      number(
        `characters ${path}`,
        isTwo ? words.held.perToken(nameOf(path)) : words.held.onlyCharacters,
        (row) => row.characters / Math.max(1, row.tokens[place] ?? 0),
        (value) => short(value, 3),
      ),
      number(
        `bytes ${path}`,
        isTwo ? words.held.bytesPerToken(nameOf(path)) : words.held.onlyBytes,
        (row) => row.bytes / Math.max(1, row.tokens[place] ?? 0),
        (value) => short(value, 3),
      ),
    ]),
    ...(isTwo
      ? [
          {
            ...number(
              "fewer",
              words.held.fewer,
              difference,
              (value: number) => `${value < 0 ? "−" : "+"}${percent(Math.abs(value))}`,
            ),
            hint: words.held.fewerHint,
          },
        ]
      : []),
  ];
  return (
    <Table label={words.held.title} rows={rows} columns={columns} keyOf={(row) => row.language} />
  );
}

function number(
  key: string,
  title: string,
  value: (row: LanguageCount) => number,
  written: (value: number) => string,
): Column<LanguageCount> {
  return { key, title, isNumber: true, render: (row) => written(value(row)) };
}

/** How many more tokens the first needs than the second, as a share. */
function difference({ tokens: [first = 0, second = 0] }: LanguageCount): number {
  return second > 0 ? first / second - 1 : 0;
}

function sumOf(rows: readonly LanguageCount[]): LanguageCount {
  const add = (of: (row: LanguageCount) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  return {
    language: ALL,
    documents: add((row) => row.documents),
    characters: add((row) => row.characters),
    bytes: add((row) => row.bytes),
    tokens: (rows[0]?.tokens ?? []).map((_, place) => add((row) => row.tokens[place] ?? 0)),
  };
}
