/** How models write: instructions, samplers, a schema. For every column of the conversation. */
import { useId, useState } from "react";
import { Segments } from "../../components/Segments";
import { useWords } from "../../i18n/useLanguage";
import { GrowingText } from "./GrowingText";
import { SamplingField } from "./SamplingField";
import { isSchema, PRESETS, type PresetName, presetOf, stopsOf, stopsText } from "./settings";
import type { Conversation, Sampling } from "./types";
import { session } from "./useChat";

export function SettingsPanel({ conversation }: { readonly conversation: Conversation }) {
  const { chat: words } = useWords();
  const { sampling, mode, system, schema } = conversation;
  const id = useId();
  const change = (fields: Partial<Sampling>) =>
    session.change({ sampling: { ...sampling, ...fields } });
  const names: PresetName[] = ["greedy", "balanced", "free"];
  return (
    <aside className="settings" aria-label={words.settings}>
      {mode === "chat" ? (
        <div className="labelled">
          <span className="labelled__text">{words.system}</span>
          <GrowingText
            label={words.system}
            placeholder={words.systemPlaceholder}
            value={system}
            rows={2}
            onChange={(text) => session.change({ system: text })}
          />
        </div>
      ) : null}
      <Segments
        label={words.presets}
        value={presetOf(sampling)}
        options={names.map((name) => ({ value: name, label: words.presetNames[name] }))}
        onChange={(name) => {
          if (name !== "own") change(PRESETS[name]);
        }}
      />
      <label className="labelled" htmlFor={`${id}-temperature`}>
        <span className="labelled__text settings__pair">
          {words.samplers.temperature}
          <output>{sampling.temperature.toFixed(2)}</output>
        </span>
        <input
          id={`${id}-temperature`}
          type="range"
          min={0}
          max={2}
          step={0.05}
          value={sampling.temperature}
          onChange={(event) => change({ temperature: Number(event.target.value) })}
        />
      </label>
      <SamplingField
        label={words.samplers.max_new_tokens}
        value={sampling.max_new_tokens}
        least={1}
        most={100_000}
        isWhole
        onChange={(value) => change({ max_new_tokens: value ?? 128 })}
      />
      <details className="settings__more" open={presetOf(sampling) === "own"}>
        <summary>{words.moreSamplers}</summary>
        <MoreSamplers sampling={sampling} change={change} />
      </details>
      <SchemaField schema={schema} />
    </aside>
  );
}

interface MoreProps {
  readonly sampling: Sampling;
  readonly change: (fields: Partial<Sampling>) => void;
}

function MoreSamplers({ sampling, change }: MoreProps) {
  const { chat: words } = useWords();
  const { samplers } = words;
  return (
    <div className="stack">
      <SamplingField
        label={samplers.top_p}
        value={sampling.top_p}
        least={0.01}
        most={1}
        onChange={(value) => change({ top_p: value })}
      />
      <SamplingField
        label={samplers.top_k}
        value={sampling.top_k}
        least={1}
        most={1_000_000}
        isWhole
        onChange={(value) => change({ top_k: value })}
      />
      <SamplingField
        label={samplers.min_p}
        value={sampling.min_p}
        least={0}
        most={1}
        onChange={(value) => change({ min_p: value })}
      />
      <SamplingField
        label={samplers.repetition_penalty}
        value={sampling.repetition_penalty}
        least={0.1}
        most={10}
        onChange={(value) => change({ repetition_penalty: value ?? 1 })}
      />
      <SamplingField
        label={samplers.presence_penalty}
        value={sampling.presence_penalty}
        least={-2}
        most={2}
        onChange={(value) => change({ presence_penalty: value ?? 0 })}
      />
      <SamplingField
        label={samplers.frequency_penalty}
        value={sampling.frequency_penalty}
        least={-2}
        most={2}
        onChange={(value) => change({ frequency_penalty: value ?? 0 })}
      />
      <SamplingField
        label={samplers.seed}
        value={sampling.seed}
        least={0}
        most={Number.MAX_SAFE_INTEGER}
        isWhole
        onChange={(value) => change({ seed: value })}
      />
      <StopField stops={sampling.stop} onChange={(stop) => change({ stop })} />
    </div>
  );
}

interface StopProps {
  readonly stops: readonly string[];
  readonly onChange: (stops: string[]) => void;
}

function StopField({ stops, onChange }: StopProps) {
  const { chat: words } = useWords();
  const [draft, setDraft] = useState(stopsText(stops));
  return (
    <div className="labelled">
      <span className="labelled__text">{words.samplers.stop}</span>
      <GrowingText
        label={words.samplers.stop}
        value={draft}
        placeholder={words.stopPlaceholder}
        onChange={(text) => {
          setDraft(text);
          onChange(stopsOf(text));
        }}
      />
    </div>
  );
}

function SchemaField({ schema }: { readonly schema: string }) {
  const { chat: words } = useWords();
  const isBad = schema.trim() !== "" && !isSchema(schema);
  return (
    <details className="settings__more" open={schema !== ""}>
      <summary>{words.schema}</summary>
      <div className="labelled">
        <GrowingText
          className="input growing mono"
          label={words.schema}
          placeholder={words.schemaPlaceholder}
          value={schema}
          rows={4}
          onChange={(text) => session.change({ schema: text })}
        />
        <p className={isBad ? "small settings__bad" : "small faint"}>
          {isBad ? words.schemaBad : words.schemaHint}
        </p>
      </div>
    </details>
  );
}
