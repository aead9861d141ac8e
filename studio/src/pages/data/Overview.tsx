/** A corpus as a whole: its figures, the funnel, where it is from, what was measured and changed. */
import { useWords } from "../../i18n/useLanguage";
import { bytes, compact, short, whole } from "../../numbers/format";
import { percent } from "../../numbers/share";
import { Changes, Copies, Mixture, Privacy, Unreadable } from "./Details";
import { Funnel } from "./Funnel";
import { Groups } from "./Groups";
import { Lengths, Measures, Scripts } from "./Measures";
import type { Corpus } from "./types";

interface OverviewProps {
  readonly path: string;
  readonly corpus: Corpus;
}

export function Overview({ path, corpus }: OverviewProps) {
  return (
    <div className="stack data">
      <Figures corpus={corpus} />
      <Funnel path={path} corpus={corpus} />
      <Groups corpus={corpus} />
      <div className="data__pair">
        <Lengths corpus={corpus} />
        <Scripts corpus={corpus} />
      </div>
      <Measures corpus={corpus} />
      <div className="data__pair">
        <Copies corpus={corpus} />
        <Privacy corpus={corpus} />
      </div>
      <Mixture corpus={corpus} />
      <Changes corpus={corpus} />
      <Unreadable corpus={corpus} />
    </div>
  );
}

function Figures({ corpus }: { readonly corpus: Corpus }) {
  const { data: words } = useWords();
  const { kept, read } = corpus;
  if (!kept || !read) return null;
  const named = (corpus.languages ?? []).filter((one) => one.name !== null && one.documents > 0);
  const average = kept.documents ? kept.characters / kept.documents : null;
  return (
    <dl className="figures">
      <Figure
        name={words.figures.kept}
        value={whole(kept.documents)}
        note={words.figures.ofRead(
          percent(read.documents ? kept.documents / read.documents : null),
          whole(read.documents),
        )}
      />
      <Figure
        name={words.figures.characters}
        value={compact(kept.characters)}
        note={`${bytes(kept.bytes)} · ${words.figures.perDocument(short(average, 3))}`}
      />
      {corpus.num_tokens ? (
        <Figure
          name={words.figures.tokens}
          value={compact(corpus.num_tokens)}
          note={words.figures.perToken(short(kept.characters / corpus.num_tokens, 3))}
        />
      ) : null}
      {named.length > 0 ? (
        <Figure
          name={words.figures.languages}
          value={String(named.length)}
          note={named
            .slice(0, 3)
            .map((one) => `${one.name} ${percent(one.bytes / kept.bytes, 0)}`)
            .join(" · ")}
        />
      ) : null}
      {corpus.duplicates ? (
        <Figure
          name={words.figures.copies}
          value={whole(corpus.duplicates.documents)}
          note={words.figures.ofAll(percent(corpus.duplicates.frac))}
        />
      ) : null}
      {corpus.diversity?.score !== undefined ? (
        <Figure
          name={words.figures.diversity}
          value={short(corpus.diversity.score, 3)}
          note={words.figures.diversityHint}
        />
      ) : null}
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

function Figure({ name, value, note }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <span>{note}</span>
      </dd>
    </div>
  );
}
