/** The items of an evaluation: narrowed down, searched, beside what another model answered. */
import { useEffect, useRef, useState } from "react";
import { useQuery } from "../../api/useQuery";
import { ErrorNote } from "../../components/ErrorNote";
import { SearchInput } from "../../components/SearchInput";
import { Segments } from "../../components/Segments";
import { Select } from "../../components/Select";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { short, whole } from "../../numbers/format";
import { signed } from "../../numbers/share";
import { setParameters, usePlace } from "../../router/location";
import { shortPlace } from "./addresses";
import { ItemCard } from "./ItemCard";
import { Pager } from "./Pager";
import type { ItemPage, Overview, Report } from "./types";

const PAGE_ROWS = 25;
const TYPING_MS = 250;
const ANY = "";

type Answered = "all" | "right" | "wrong" | "differing";
type Order = "split" | "worst" | "best" | "sure" | "unsure";

export function Items({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  const { parameters } = usePlace();
  const { run, place } = report;
  const query = new URLSearchParams({ run, place, limit: String(PAGE_ROWS) });
  for (const name of ["start", "answered", "text", "gold", "predicted", "order", "beside"]) {
    const value = parameters.get(name);
    if (value !== null) query.set(name, value);
  }
  const found = useQuery<ItemPage>(`/api/evaluate/items?${query}`);
  const page = found.data;
  const start = Number(parameters.get("start") ?? 0);
  const list = useRef<HTMLDivElement>(null);
  const turn = (to: number) => {
    setParameters({ start: to > 0 ? String(to) : null });
    list.current?.scrollIntoView({ block: "start" });
  };
  return (
    <div className="stack evaluate" ref={list}>
      <Filters report={report} page={page} />
      {page?.paired ? <Paired paired={page.paired} /> : null}
      {found.failure ? <ErrorNote failure={found.failure} onRetry={found.reload} /> : null}
      {!page && !found.failure ? <Skeleton lines={8} /> : null}
      {page && page.rows.length === 0 ? (
        <p className="evaluate__none muted">
          {page.total === 0 ? words.items.notStored : words.items.none}
        </p>
      ) : null}
      {page && page.rows.length > 0 ? (
        <section className="panel" aria-label={words.tasks.items}>
          <ul className="items">
            {page.rows.map((item) => (
              <ItemCard
                key={item.number}
                item={item}
                kinds={page.kinds}
                language={report.language}
              />
            ))}
          </ul>
          <Pager start={start} size={PAGE_ROWS} found={page.found} onTurn={turn} />
        </section>
      ) : null}
    </div>
  );
}

interface FiltersProps {
  readonly report: Report;
  readonly page: ItemPage | null;
}

function Filters({ report, page }: FiltersProps) {
  const { evaluate: words } = useWords();
  const { parameters } = usePlace();
  const change = (changes: Readonly<Record<string, string | null>>) =>
    setParameters({ start: null, ...changes });
  const counts = useKept(page?.counts ?? null);
  const isJudged = counts !== null && counts.right + counts.wrong > 0;
  const beside = parameters.get("beside");
  const answered = (parameters.get("answered") ?? "all") as Answered;
  const options: { value: Answered; label: string }[] = [
    { value: "all", label: words.items.all },
    ...(isJudged
      ? [
          { value: "right" as const, label: words.items.right(whole(counts.right)) },
          { value: "wrong" as const, label: words.items.wrong(whole(counts.wrong)) },
        ]
      : []),
    ...(beside !== null ? [{ value: "differing" as const, label: words.items.differing }] : []),
  ];
  return (
    <div className="row">
      {options.length > 1 ? (
        <Segments<Answered>
          label={words.items.answered}
          value={answered}
          options={options}
          onChange={(value) => change({ answered: value === "all" ? null : value })}
        />
      ) : null}
      <TextFilter text={parameters.get("text") ?? ""} onChange={(text) => change({ text })} />
      {report.confusion
        ? (["gold", "predicted"] as const).map((name) => (
            <Select
              key={name}
              label={words.items[name]}
              value={parameters.get(name) ?? ANY}
              options={[
                { value: ANY, label: words.items.any },
                ...(report.confusion?.labels ?? []).map((label) => ({ value: label, label })),
              ]}
              onChange={(value) => change({ [name]: value || null })}
            />
          ))
        : null}
      <OrderChoice page={page} onChange={change} />
      <Beside report={report} beside={beside} onChange={change} />
    </div>
  );
}

interface ChoiceProps {
  readonly onChange: (changes: Readonly<Record<string, string | null>>) => void;
}

function OrderChoice({ page, onChange }: ChoiceProps & { readonly page: ItemPage | null }) {
  const { evaluate: words } = useWords();
  const { parameters } = usePlace();
  const kinds = useKept(
    page ? { has_scores: page.has_scores, has_confidence: page.has_confidence } : null,
  );
  const orders: Order[] = [
    "split",
    ...(kinds?.has_scores ? (["worst", "best"] as const) : []),
    ...(kinds?.has_confidence ? (["sure", "unsure"] as const) : []),
  ];
  if (orders.length === 1) return null;
  return (
    <Select<Order>
      label={words.items.order}
      value={(parameters.get("order") ?? "split") as Order}
      options={orders.map((value) => ({ value, label: words.items.orders[value] }))}
      onChange={(value) => onChange({ order: value === "split" ? null : value })}
    />
  );
}

interface BesideProps extends ChoiceProps {
  readonly report: Report;
  readonly beside: string | null;
}

/** Other evaluations of the same task on the same split, in any run. */
function Beside({ report, beside, onChange }: BesideProps) {
  const { evaluate: words } = useWords();
  const all = useQuery<Overview>("/api/evaluate");
  const others = (all.data?.tasks ?? []).filter(
    (row) =>
      row.kind === report.kind &&
      row.task === report.task &&
      row.split === report.split &&
      !(row.run === report.run && row.place === report.place),
  );
  if (others.length === 0) return null;
  return (
    <Select
      label={words.items.beside}
      value={beside ?? ANY}
      options={[
        { value: ANY, label: words.items.noneBeside },
        ...others.map((row) => ({
          value: `${row.run}:${row.place}`,
          label: `${row.run}/${shortPlace(row.place)}`,
        })),
      ]}
      onChange={(value) => onChange({ beside: value || null, answered: null })}
    />
  );
}

function Paired({ paired }: { readonly paired: NonNullable<ItemPage["paired"]> }) {
  const { evaluate: words } = useWords();
  const { both, only_first, only_second, neither, p_value, mean_difference, interval } = paired;
  return (
    <p className="note">
      {both !== null ? (
        <span>
          {words.items.paired(whole(both), whole(only_first), whole(only_second), whole(neither))}{" "}
          {p_value !== null ? words.items.p(short(p_value, 2)) : null}
        </span>
      ) : null}
      {mean_difference !== null && interval ? (
        <span>
          {words.items.meanDifference(
            signed(mean_difference),
            signed(interval[0]),
            signed(interval[1]),
          )}
        </span>
      ) : null}
    </p>
  );
}

interface TextFilterProps {
  readonly text: string;
  readonly onChange: (text: string) => void;
}

/** A field that asks when the typing rests. */
function TextFilter({ text, onChange }: TextFilterProps) {
  const { evaluate: words } = useWords();
  const [typed, setTyped] = useState(text);
  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => setTyped(text), [text]);
  useEffect(() => {
    if (typed === text) return;
    const timer = setTimeout(() => tell.current(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, text]);
  return <SearchInput label={words.items.search} value={typed} onChange={setTyped} />;
}

/** What was known last, while the next answer is on its way. */
function useKept<T>(value: T | null): T | null {
  const kept = useRef<T | null>(value);
  if (value !== null) kept.current = value;
  return kept.current;
}
