/** The page New: a recipe written in a form, with what the command line says of it beside. */
import { useEffect, useId, useMemo, useState } from "react";
import { useQuery } from "../../api/useQuery";
import { ErrorNote } from "../../components/ErrorNote";
import { SearchInput } from "../../components/SearchInput";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";
import { setParameters, usePlace } from "../../router/location";
import { BeginningSelect } from "./BeginningSelect";
import { FormBody } from "./FormBody";
import { FormContext } from "./form";
import "./new.css";
import { Preview } from "./Preview";
import { SectionList } from "./SectionList";
import type { SchemaNode } from "./schema";
import { textOf } from "./texts";
import type { Beginning } from "./types";
import { type Draft, useDraft } from "./useDraft";

const FIRST_SECTION = "pretrain";
const NO_PROBLEMS = [] as const;

export default function NewPage() {
  const { newRun: words } = useWords();
  const { parameters } = usePlace();
  const [first] = useState(() => beginningOf(parameters));
  const { data: schema, failure } = useQuery<SchemaNode>("/api/schema");
  const draft = useDraft(first);
  // The address has said what to begin with; from here on a refresh keeps what was written.
  useEffect(() => setParameters({ run: null, shipped: null }), []);
  const begin = (beginning: Beginning) => {
    setParameters({ run: null, shipped: null });
    draft.begin(beginning);
  };
  return (
    <div className="page">
      <PageHead title={words.title} />
      {(failure ?? draft.failure) ? (
        <ErrorNote failure={(failure ?? draft.failure) as NonNullable<typeof failure>} />
      ) : null}
      {schema ? (
        <div className="new">
          <div className="new__form">
            <div className="new__top">
              <BeginningSelect value={draft.beginning} onChange={begin} />
              <RunName draft={draft} />
            </div>
            <RecipeForm schema={schema} draft={draft} />
          </div>
          <Preview draft={draft} />
        </div>
      ) : (
        <Skeleton lines={8} />
      )}
    </div>
  );
}

function RunName({ draft }: { readonly draft: Draft }) {
  const { newRun: words } = useWords();
  const id = useId();
  const problem = draft.checked?.problems.find((one) => one.key === "name");
  return (
    <div className="labelled">
      <label className="labelled__text" htmlFor={id}>
        {words.runName}
      </label>
      <input
        id={id}
        className="input"
        value={textOf(draft.values.name)}
        aria-invalid={problem !== undefined || draft.checked?.exists === true}
        spellCheck={false}
        onChange={(event) => draft.change(["name"], event.target.value)}
      />
      {problem ? <p className="field__problem">{problem.message}</p> : null}
    </div>
  );
}

interface RecipeFormProps {
  readonly schema: SchemaNode;
  readonly draft: Draft;
}

function RecipeForm({ schema, draft }: RecipeFormProps) {
  const { newRun: words } = useWords();
  const [section, setSection] = useState(FIRST_SECTION);
  const [search, setSearch] = useState("");
  const { values, change } = draft;
  const problems = draft.checked?.problems ?? NO_PROBLEMS;
  const form = useMemo(
    () => ({ root: schema, values, problems, change }),
    [schema, values, problems, change],
  );
  return (
    <FormContext value={form}>
      <div className="panel form">
        <div className="form__side">
          <SearchInput label={words.searchKeys} value={search} onChange={setSearch} />
          <SectionList
            label={words.sections}
            chosen={search === "" ? section : ""}
            onChoose={(name) => {
              setSearch("");
              setSection(name);
            }}
          />
        </div>
        <div className="form__fields" key={`${draft.beginning?.name}${section}${search}`}>
          <FormBody section={section} search={search} />
        </div>
      </div>
    </FormContext>
  );
}

function beginningOf(parameters: URLSearchParams): Beginning | null {
  const run = parameters.get("run");
  if (run) return { kind: "run", name: run };
  const shipped = parameters.get("shipped");
  return shipped ? { kind: "shipped", name: shipped } : null;
}
