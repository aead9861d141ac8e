/** The page Data: a corpus as a whole, and every document of it. */
import "./data.css";
import { useQuery } from "../../api/useQuery";
import { Command } from "../../components/Command";
import { Empty } from "../../components/Empty";
import { ErrorNote } from "../../components/ErrorNote";
import { Select } from "../../components/Select";
import { Skeleton } from "../../components/Skeleton";
import { Tabs } from "../../components/Tabs";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";
import { compact } from "../../numbers/format";
import { setParameters, usePlace } from "../../router/location";
import { Documents } from "./Documents";
import { Overview } from "./Overview";
import type { Corpus, CorpusName } from "./types";

type Tab = "overview" | "documents";

/** What another corpus makes meaningless. */
const FILTERS_OFF = {
  row: null,
  start: null,
  text: null,
  source: null,
  language: null,
  domain: null,
  split: null,
  step: null,
  reason: null,
};

export default function DataPage() {
  const { data: words } = useWords();
  const { parameters } = usePlace();
  const corpora = useQuery<{ corpora: readonly CorpusName[] }>("/api/data");
  const list = corpora.data?.corpora ?? [];
  const run = parameters.get("run");
  const named = list.find((one) => one.name === run) ?? list[0];
  const path = parameters.get("corpus") ?? named?.path ?? null;
  const choice =
    list.length > 0 && path !== null ? (
      <Select
        label={words.corpus}
        value={path}
        options={optionsOf(list, path)}
        onChange={(corpus) => setParameters({ ...FILTERS_OFF, corpus, run: null })}
      />
    ) : null;
  return (
    <div className="page">
      <PageHead title={words.title} beside={choice} />
      {corpora.failure ? <ErrorNote failure={corpora.failure} onRetry={corpora.reload} /> : null}
      {path !== null ? <CorpusView path={path} /> : null}
      {path === null && corpora.isLoading ? <Skeleton /> : null}
      {path === null && corpora.data ? (
        <Empty title={words.noCorpus}>
          <p>{words.noCorpusHint}</p>
          <Command text="yanmo demo" />
        </Empty>
      ) : null}
    </div>
  );
}

function CorpusView({ path }: { readonly path: string }) {
  const { data: words } = useWords();
  const { parameters } = usePlace();
  const corpus = useQuery<Corpus>(`/api/data/corpus?corpus=${encodeURIComponent(path)}`);
  if (corpus.failure) return <ErrorNote failure={corpus.failure} onRetry={corpus.reload} />;
  if (!corpus.data) return <Skeleton lines={8} />;
  // Until the stage has ended there are documents, and nothing that was counted.
  const usual: Tab = corpus.data.read ? "overview" : "documents";
  const asked = parameters.get("tab");
  const tab: Tab = asked === "documents" || asked === "overview" ? asked : usual;
  return (
    <>
      <Problems problems={corpus.data.problems} />
      <Tabs<Tab>
        label={words.parts}
        value={tab}
        options={[
          { value: "overview", label: words.tabs.overview },
          { value: "documents", label: words.tabs.documents },
        ]}
        onChange={(next) => setParameters({ tab: next === usual ? null : next })}
      >
        {tab === "overview" ? (
          <Overview path={path} corpus={corpus.data} />
        ) : (
          <Documents key={path} path={path} corpus={corpus.data} />
        )}
      </Tabs>
    </>
  );
}

function optionsOf(list: readonly CorpusName[], path: string) {
  const options = list.map((one) => ({
    value: one.path,
    label: one.documents === null ? one.name : `${one.name} (${compact(one.documents)})`,
  }));
  const isListed = list.some((one) => one.path === path);
  return isListed ? options : [{ value: path, label: path }, ...options];
}

function Problems({ problems }: { readonly problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <div className="note note--warn" role="status">
      {problems.map((problem) => (
        <span key={problem}>{problem}</span>
      ))}
    </div>
  );
}
