/** The page Tokenizer: a text in tokens, two tokenizers side by side, what is in a vocabulary. */
import "./tokenizer.css";
import { useState } from "react";
import { useQuery } from "../../api/useQuery";
import { Command } from "../../components/Command";
import { Empty } from "../../components/Empty";
import { ErrorNote } from "../../components/ErrorNote";
import { Select } from "../../components/Select";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";
import { setParameters, usePlace } from "../../router/location";
import { HeldOut } from "./HeldOut";
import { Merging } from "./Merging";
import { nameOf } from "./names";
import { SAMPLES, type SampleName } from "./samples";
import { TokenPanel } from "./TokenPanel";
import type { Facts, TokenizerName } from "./types";
import { VocabularyPanel } from "./VocabularyPanel";

const NONE = "";

export default function TokenizerPage() {
  const { tokenizer: words } = useWords();
  const { parameters } = usePlace();
  const listed = useQuery<{ tokenizers: readonly TokenizerName[]; max_characters: number }>(
    "/api/tokenizer",
  );
  const list = listed.data?.tokenizers ?? [];
  const own = list.find((one) => one.path === `${parameters.get("run")}/tokenizer`);
  const first = parameters.get("tokenizer") ?? (own ?? list[0])?.path ?? null;
  const second = parameters.get("beside");
  const names = list.map((one) => ({ value: one.path, label: nameOf(one.path) }));
  const choice =
    list.length > 0 && first !== null ? (
      <div className="row">
        <Select
          label={words.tokenizer}
          value={first}
          options={withValue(names, first)}
          onChange={(tokenizer) => setParameters({ tokenizer, entry: null })}
        />
        <Select
          label={words.beside}
          value={second ?? NONE}
          options={[
            { value: NONE, label: words.noneBeside },
            ...withValue(names, second).filter((one) => one.value !== first),
          ]}
          onChange={(beside) => setParameters({ beside: beside || null })}
        />
      </div>
    ) : null;
  return (
    <div className="page">
      <PageHead title={words.title} beside={choice} />
      {listed.failure ? <ErrorNote failure={listed.failure} onRetry={listed.reload} /> : null}
      {first !== null && listed.data ? (
        <Workbench first={first} second={second} maxCharacters={listed.data.max_characters} />
      ) : null}
      {first === null && listed.isLoading ? <Skeleton /> : null}
      {first === null && listed.data ? (
        <Empty title={words.noTokenizer}>
          <p>{words.noTokenizerHint}</p>
          <Command text="yanmo demo" />
        </Empty>
      ) : null}
    </div>
  );
}

interface WorkbenchProps {
  readonly first: string;
  readonly second: string | null;
  readonly maxCharacters: number;
}

function Workbench({ first, second, maxCharacters }: WorkbenchProps) {
  const { tokenizer: words } = useWords();
  const { parameters } = usePlace();
  const [text, setText] = useState<string>(SAMPLES.mixed);
  const [hasSpecials, setHasSpecials] = useState(false);
  const facts = useQuery<Facts>(`/api/tokenizer/facts?tokenizer=${encodeURIComponent(first)}`);
  const besideFacts = useQuery<Facts>(
    second === null ? null : `/api/tokenizer/facts?tokenizer=${encodeURIComponent(second)}`,
  );
  const entry = numberOf(parameters.get("entry"));
  const open = (id: number) => setParameters({ entry: String(id) });
  return (
    <>
      <div className="stack">
        <textarea
          className="input tokenizer__text"
          aria-label={words.text}
          placeholder={words.textHint}
          rows={4}
          maxLength={maxCharacters}
          value={text}
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
        <div className="row">
          <span className="small muted">{words.samples}</span>
          {(Object.keys(SAMPLES) as SampleName[]).map((name) => (
            <button
              key={name}
              type="button"
              className="button button--small"
              onClick={() => setText(SAMPLES[name])}
            >
              {words.sampleNames[name]}
            </button>
          ))}
          <label className="small tokenizer__check">
            <input
              type="checkbox"
              checked={hasSpecials}
              onChange={(event) => setHasSpecials(event.target.checked)}
            />
            {words.specials}
          </label>
        </div>
      </div>
      <div className="tokenizer__sides" data-two={second !== null}>
        <TokenPanel
          path={first}
          facts={facts}
          text={text}
          hasSpecials={hasSpecials}
          onOpen={facts.data ? open : null}
        />
        {second !== null ? (
          <TokenPanel
            path={second}
            facts={besideFacts}
            text={text}
            hasSpecials={hasSpecials}
            onOpen={null}
          />
        ) : null}
      </div>
      <HeldOut paths={second === null ? [first] : [first, second]} />
      <div className="tokenizer__sides" data-two="true">
        <VocabularyPanel key={first} path={first} entry={entry} onOpen={open} />
        <Merging path={first} entry={entry} onOpen={open} />
      </div>
    </>
  );
}

function withValue(options: readonly { value: string; label: string }[], value: string | null) {
  if (value === null || options.some((one) => one.value === value)) return options;
  return [{ value, label: nameOf(value) }, ...options];
}

function numberOf(value: string | null): number | null {
  const number = value === null ? Number.NaN : Number(value);
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}
