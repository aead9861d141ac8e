/** Which model a column talks to, whether it is in memory, and what having it there takes. */
import { useId } from "react";
import { Badge } from "../../components/Badge";
import { useWords } from "../../i18n/useLanguage";
import { bytes, compact } from "../../numbers/format";
import type { ModelInfo } from "./types";

interface ModelPickerProps {
  readonly label: string;
  readonly models: readonly ModelInfo[];
  readonly freeBytes: number | null;
  readonly value: string;
  readonly onChange: (path: string) => void;
  readonly onLoad?: (path: string) => void;
  readonly onUnload?: (path: string) => void;
  readonly isStateShown?: boolean;
}

export function ModelPicker(props: ModelPickerProps) {
  const {
    label,
    models,
    freeBytes,
    value,
    onChange,
    onLoad,
    onUnload,
    isStateShown = true,
  } = props;
  const { chat: words } = useWords();
  const id = useId();
  const model = models.find((one) => one.path === value);
  return (
    <div className="picker">
      <label className="hidden-visually" htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="select picker__select"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        {model ? null : <option value={value}>{value === "" ? words.noModel : value}</option>}
        {runsOf(models).map(([run, members]) => (
          <optgroup key={run} label={run}>
            {members.map((member) => (
              <option key={member.path} value={member.path}>
                {nameOf(member)}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
      {model && isStateShown ? (
        <ModelState model={model} freeBytes={freeBytes} onLoad={onLoad} onUnload={onUnload} />
      ) : null}
    </div>
  );
}

interface ModelStateProps {
  readonly model: ModelInfo;
  readonly freeBytes: number | null;
  readonly onLoad: ((path: string) => void) | undefined;
  readonly onUnload: ((path: string) => void) | undefined;
}

function ModelState({ model, freeBytes, onLoad, onUnload }: ModelStateProps) {
  const { chat: words } = useWords();
  const { state, problem } = model.status;
  const isTooLarge = freeBytes !== null && model.memory_bytes > freeBytes;
  const needed = bytes(model.memory_bytes);
  const size = words.parameters(compact(model.num_params));
  const told = `${size}. ${words.memoryTold(needed, bytes(freeBytes))}`;
  return (
    <span className="picker__state small muted">
      {state === "ready" ? <Badge tone="good">{words.loaded}</Badge> : null}
      {state === "loading" ? <Badge tone="live">{words.loading}</Badge> : null}
      {state === "failed" ? <Badge tone="bad">{words.loadFailed}</Badge> : null}
      <span title={told}>{state === "ready" ? needed : words.needs(needed)}</span>
      {isTooLarge && state !== "ready" ? (
        <span className="picker__warning">{words.tooLarge(bytes(freeBytes))}</span>
      ) : null}
      {state === "absent" && onLoad ? (
        <button type="button" className="chip" onClick={() => onLoad(model.path)}>
          {words.load}
        </button>
      ) : null}
      {state === "ready" && onUnload ? (
        <button type="button" className="chip" onClick={() => onUnload(model.path)}>
          {words.unload}
        </button>
      ) : null}
      {state === "failed" ? <span className="picker__warning">{problem}</span> : null}
    </span>
  );
}

/** Models by run, the latest run first. */
function runsOf(models: readonly ModelInfo[]): [string, ModelInfo[]][] {
  const runs = new Map<string, ModelInfo[]>();
  for (const model of models) {
    const run = model.path.split("/")[0] ?? "";
    runs.set(run, [...(runs.get(run) ?? []), model]);
  }
  return [...runs];
}

/** `python_docs · pretrain` of `python_docs/pretrain/model`. */
export function nameOf(model: Pick<ModelInfo, "path">): string {
  const [run = "", ...rest] = model.path.split("/").filter((part) => part !== "model");
  return [run, rest.join("/")].filter(Boolean).join(" · ");
}
