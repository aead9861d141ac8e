/** Heads that can be switched off: what each does for the answer, and what is said without some. */
import { useState } from "react";
import { ErrorNote } from "../../components/ErrorNote";
import { Segments } from "../../components/Segments";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { percent, visible } from "../chat/tint";
import { signed, signedShade } from "./shade";
import type { AnswerOption, Asked, HeadEffect, HeadName, Part, Without } from "./types";
import { asJson, useAnswer } from "./useAnswer";

const MODES = ["zero", "mean"] as const;
type Mode = (typeof MODES)[number];

interface HeadsViewProps {
  readonly asked: Asked;
  readonly body: string;
}

export function HeadsView({ asked, body }: HeadsViewProps) {
  const { explain: words } = useWords();
  const [mode, setMode] = useState<Mode>("zero");
  const [off, setOff] = useState<readonly string[]>([]);
  const question = JSON.parse(body) as Record<string, unknown>;
  const effects = useAnswer<{ effects: HeadEffect[] }>(
    "/api/explain/heads",
    JSON.stringify({ ...question, mode }),
    asJson,
  );
  const without = useAnswer<Without>(
    "/api/explain/without",
    off.length === 0 ? null : JSON.stringify({ ...question, mode, heads: off.map(headOf) }),
    asJson,
  );
  const toggle = (key: string) =>
    setOff((before) =>
      before.includes(key) ? before.filter((one) => one !== key) : [...before, key],
    );
  const failure = effects.failure ?? without.failure;
  return (
    <div className="stack">
      <div className="row">
        <Segments
          label={words.offMeans}
          value={mode}
          options={MODES.map((name) => ({ value: name, label: words.offModes[name] }))}
          onChange={setMode}
        />
        {off.length > 0 ? (
          <button type="button" className="button button--small" onClick={() => setOff([])}>
            {words.allOn}
          </button>
        ) : null}
      </div>
      {failure ? <ErrorNote failure={failure} /> : null}
      {effects.isLoading ? <Skeleton lines={4} /> : null}
      {effects.data ? (
        <div className="heads">
          <EffectGrid effects={effects.data.effects} off={off} onToggle={toggle} />
          <section className="head" aria-label={words.withoutTitle}>
            <h2>{words.withoutTitle}</h2>
            {off.length === 0 ? <p className="muted">{words.withoutHint}</p> : null}
            {without.isLoading ? <Skeleton lines={4} /> : null}
            {without.data ? <Change asked={asked} found={without.data} /> : null}
          </section>
        </div>
      ) : null}
    </div>
  );
}

interface EffectGridProps {
  readonly effects: readonly HeadEffect[];
  readonly off: readonly string[];
  readonly onToggle: (key: string) => void;
}

function EffectGrid({ effects, off, onToggle }: EffectGridProps) {
  const { explain: words } = useWords();
  const largest = Math.max(...effects.map((effect) => Math.abs(effect.score_change)), 1e-9);
  const rows = new Map<string, HeadEffect[]>();
  for (const effect of effects) {
    const row = `${effect.part}/${effect.layer}`;
    rows.set(row, [...(rows.get(row) ?? []), effect]);
  }
  const hasParts = new Set(effects.map((effect) => effect.part)).size > 1;
  return (
    <div className="stack">
      <fieldset className="heads__grid" aria-label={words.allHeads}>
        {[...rows].map(([row, members]) => (
          <div key={row} className="heads__layer">
            <span className="small faint heads__label">
              {hasParts && members[0] ? `${words.parts[members[0].part]} ` : ""}
              {words.layerShort((members[0]?.layer ?? 0) + 1)}
            </span>
            {members.map((effect) => {
              const key = keyOf(effect);
              const told = words.headEffect(
                words.headName(effect.layer + 1, effect.head + 1),
                signed(effect.score_change),
              );
              return (
                <button
                  key={key}
                  type="button"
                  className={effect.is_changed ? "effect effect--changed" : "effect"}
                  aria-pressed={off.includes(key)}
                  aria-label={told}
                  title={told}
                  style={signedShade(-effect.score_change, largest)}
                  onClick={() => onToggle(key)}
                >
                  {signed(effect.score_change)}
                </button>
              );
            })}
          </div>
        ))}
      </fieldset>
      <p className="small faint">{words.effectLegend}</p>
    </div>
  );
}

interface ChangeProps {
  readonly asked: Asked;
  readonly found: Without;
}

/** What is said with all heads and without some, option by option. */
function Change({ asked, found }: ChangeProps) {
  const { explain: words } = useWords();
  const isToken = asked.labels.length === 0;
  const before = new Map(found.before.map((option) => [option.option, option]));
  const after = new Map(found.after.map((option) => [option.option, option]));
  const all = [...new Map([...before, ...after])].map(([, option]) => option);
  const chance = (from: ReadonlyMap<number, AnswerOption>, option: number) =>
    from.get(option)?.probability ?? 0;
  const largest = Math.max(
    ...all.map(({ option }) => Math.max(chance(before, option), chance(after, option))),
    1e-9,
  );
  const ordered = [...all].sort((a, b) => chance(before, b.option) - chance(before, a.option));
  return (
    <>
      <ul className="bars bars--change">
        {ordered.map(({ option, text, is_answer }) => (
          <li key={option} className="bars__row" aria-current={is_answer}>
            <span className="bars__name mono">{isToken ? visible(text) : text}</span>
            <span className="bars__track bars__track--two">
              <i style={{ width: `${(100 * chance(before, option)) / largest}%` }} />
              <i style={{ width: `${(100 * chance(after, option)) / largest}%` }} />
            </span>
            <span className="small number">
              {words.fromTo(percent(chance(before, option)), percent(chance(after, option)))}
            </span>
          </li>
        ))}
      </ul>
      <p className="small muted">
        {words.scoreFromTo(signed(found.score_before), signed(found.score_after))}
        {all.length > 0 ? ` ${words.divergence(found.divergence.toFixed(3))}` : null}
      </p>
    </>
  );
}

function keyOf({ part, layer, head }: HeadEffect): string {
  return `${part}/${layer}/${head}`;
}

function headOf(key: string): HeadName {
  const [part = "self", layer, head] = key.split("/");
  return [part as Part, Number(layer), Number(head)];
}
