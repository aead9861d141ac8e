/** How much text there is of each source, language, domain and split. */
import { useState } from "react";
import { Panel } from "../../components/Panel";
import { Segments } from "../../components/Segments";
import { type Column, Table } from "../../components/Table";
import { useWords } from "../../i18n/useLanguage";
import { bytes, whole } from "../../numbers/format";
import { percent } from "../../numbers/share";
import { setParameters } from "../../router/location";
import { UNKNOWN } from "./addresses";
import type { Corpus, Group } from "./types";

type Kind = "sources" | "languages" | "domains" | "splits";

const FIELD = {
  sources: "source",
  languages: "language",
  domains: "domain",
  splits: "split",
} as const;

export function Groups({ corpus }: { readonly corpus: Corpus }) {
  const { data: words } = useWords();
  const [kind, setKind] = useState<Kind>("sources");
  const groups: Readonly<Record<Kind, readonly Group[]>> = {
    sources: corpus.sources ?? [],
    languages: corpus.languages ?? [],
    domains: corpus.domains ?? [],
    splits: splitsOf(corpus),
  };
  const kinds = (Object.keys(groups) as Kind[]).filter((one) =>
    groups[one].some((group) => group.name !== null),
  );
  if (kinds.length === 0) return null;
  const shown = kinds.includes(kind) ? kind : (kinds[0] ?? "sources");
  return (
    <Panel
      title={words.groups.title}
      isFlush
      actions={
        <Segments<Kind>
          label={words.groups.title}
          value={shown}
          options={kinds.map((value) => ({ value, label: words.groups[value] }))}
          onChange={setKind}
        />
      }
    >
      <GroupTable kind={shown} groups={groups[shown]} />
    </Panel>
  );
}

function GroupTable({ kind, groups }: { readonly kind: Kind; readonly groups: readonly Group[] }) {
  const { data: words } = useWords();
  const total = Math.max(
    1,
    groups.reduce((sum, group) => sum + group.bytes, 0),
  );
  const isRead = kind !== "splits" && groups.every((group) => group.read >= group.documents);
  const nameOf = (group: Group) =>
    group.name === null
      ? words.groups.unknown
      : kind === "splits"
        ? (words.splitNames[group.name] ?? group.name)
        : group.name;
  const open = (group: Group) =>
    setParameters({
      tab: "documents",
      part: null,
      row: null,
      start: null,
      source: null,
      language: null,
      domain: null,
      split: null,
      step: null,
      reason: null,
      [FIELD[kind]]: group.name ?? UNKNOWN,
    });
  const columns: Column<Group>[] = [
    {
      key: "name",
      title: words.groups[kind],
      sortBy: nameOf,
      render: (group) =>
        group.documents > 0 ? (
          <button
            type="button"
            className="data__name"
            title={words.groups.show(nameOf(group))}
            onClick={() => open(group)}
          >
            {nameOf(group)}
          </button>
        ) : (
          <span className="muted">{nameOf(group)}</span>
        ),
    },
    {
      key: "share",
      title: words.groups.share,
      sortBy: (group) => group.bytes,
      render: (group) => (
        <span className="data__share">
          <i>
            <b style={{ width: `${(100 * group.bytes) / total}%` }} />
          </i>
          {percent(group.bytes / total)}
        </span>
      ),
    },
    ...(isRead ? [count("read", words.read, (group) => group.read)] : []),
    count("documents", isRead ? words.kept : words.documents, (group) => group.documents),
    count("characters", words.characters, (group) => group.characters),
    {
      ...count("bytes", words.bytes, (group) => group.bytes),
      render: (group) => bytes(group.bytes),
    },
    ...(groups.some((group) => group.tokens !== null)
      ? [count("tokens", words.tokens, (group) => group.tokens)]
      : []),
  ];
  return (
    <Table
      label={words.groups[kind]}
      rows={groups}
      columns={columns}
      keyOf={(group) => group.name ?? " "}
      initialOrder={{ key: "share", isAscending: false }}
    />
  );
}

function count(key: string, title: string, value: (group: Group) => number | null): Column<Group> {
  return { key, title, sortBy: value, isNumber: true, render: (group) => whole(value(group)) };
}

function splitsOf(corpus: Corpus): Group[] {
  return Object.entries(corpus.splits ?? {}).map(([name, amounts]) => ({
    name,
    read: amounts.documents,
    ...amounts,
    tokens: corpus.split_tokens?.[name] ?? null,
  }));
}
