/** A text, a model, and what answer is to be explained. */
import { type KeyboardEvent, useState } from "react";
import { useQuery } from "../../api/useQuery";
import { ErrorNote } from "../../components/ErrorNote";
import { Icon } from "../../components/Icon";
import { Select } from "../../components/Select";
import { useWords } from "../../i18n/useLanguage";
import { GrowingText } from "../chat/GrowingText";
import { ModelPicker } from "../chat/ModelPicker";
import type { ModelInfo, ModelList } from "../chat/types";
import type { Asked, Request } from "./types";

const OWN = "";

interface AskFormProps {
  readonly request: Request | null;
  readonly asked: Asked | null;
  readonly isBusy: boolean;
  readonly onAsk: (request: Request) => void;
}

export function AskForm({ request, asked, isBusy, onAsk }: AskFormProps) {
  const { explain: words } = useWords();
  const { data, failure, reload } = useQuery<ModelList>("/api/models");
  const [chosen, setChosen] = useState(request?.model ?? "");
  const [fields, setFields] = useState(() => fieldsOf(request));
  const [hasSecond, setHasSecond] = useState(fields.second !== "");
  const change = (changed: Partial<Fields>) => setFields((before) => ({ ...before, ...changed }));
  const models = data?.models ?? [];
  const model = models.find((one) => one.path === chosen) ?? preferred(models);
  const isTask = model?.use === "labels";
  const labels = asked && request?.model === model?.path ? asked.labels : (model?.labels ?? []);
  const canAsk = model !== undefined && !isBusy;

  const ask = () => {
    if (model && canAsk) onAsk(requestOf(model, fields, labels));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    ask();
  };
  if (failure && !data) return <ErrorNote failure={failure} onRetry={reload} />;
  return (
    <section className="panel ask" aria-label={words.question}>
      <GrowingText
        className="ask__text"
        label={words.text}
        placeholder={model?.use === "fills" ? words.blankPlaceholder : words.textPlaceholder}
        value={fields.text}
        rows={2}
        onChange={(text) => change({ text })}
        onKeyDown={onKeyDown}
        isFocused={request === null}
      />
      {isTask && hasSecond ? (
        <GrowingText
          className="ask__text ask__text--second"
          label={words.second}
          placeholder={words.secondPlaceholder}
          value={fields.second}
          onChange={(second) => change({ second })}
          onKeyDown={onKeyDown}
        />
      ) : null}
      <div className="ask__foot">
        <ModelPicker
          label={words.model}
          models={models}
          freeBytes={data?.free_bytes ?? null}
          value={model?.path ?? ""}
          onChange={setChosen}
          isStateShown={false}
        />
        <AnswerField
          labels={labels}
          label={fields.label}
          onLabel={(label) => change({ label })}
          answer={fields.answer}
          onAnswer={(answer) => change({ answer })}
          onKeyDown={onKeyDown}
        />
        {isTask && !hasSecond ? (
          <button type="button" className="button" onClick={() => setHasSecond(true)}>
            <Icon name="plus" />
            {words.addSecond}
          </button>
        ) : null}
        <button
          type="button"
          className="button button--primary ask__go"
          disabled={!canAsk}
          onClick={ask}
        >
          {words.explain}
        </button>
      </div>
    </section>
  );
}

interface Fields {
  readonly text: string;
  readonly second: string;
  readonly answer: string;
  readonly label: string;
}

function fieldsOf(request: Request | null): Fields {
  return {
    text: request?.text ?? "",
    second: request?.second ?? "",
    answer: request?.answer ?? "",
    label: request?.label ?? OWN,
  };
}

function requestOf(model: ModelInfo, fields: Fields, labels: readonly string[]): Request {
  const given = (value: string) => (value.trim() === "" ? null : value);
  const isTask = model.use === "labels";
  return {
    model: model.path,
    text: fields.text,
    second: isTask ? given(fields.second) : null,
    answer: given(fields.answer),
    label: isTask && labels.includes(fields.label) ? fields.label : null,
  };
}

interface AnswerFieldProps {
  readonly labels: readonly string[];
  readonly label: string;
  readonly onLabel: (label: string) => void;
  readonly answer: string;
  readonly onAnswer: (answer: string) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** Which answer is explained: one of the labels, or a text. */
function AnswerField(props: AnswerFieldProps) {
  const { labels, label, onLabel, answer, onAnswer, onKeyDown } = props;
  const { explain: words } = useWords();
  if (labels.length === 0) {
    return (
      <input
        className="input ask__answer"
        aria-label={words.answer}
        placeholder={words.answerPlaceholder}
        value={answer}
        onChange={(event) => onAnswer(event.target.value)}
        onKeyDown={onKeyDown}
      />
    );
  }
  const choices = labels.map((name) => ({ value: name, label: name }));
  return (
    <Select
      label={words.label}
      value={label}
      options={[{ value: OWN, label: words.ownAnswer }, ...choices]}
      onChange={onLabel}
    />
  );
}

/** The latest model that is a language model and nothing else. */
function preferred(models: readonly ModelInfo[]): ModelInfo | undefined {
  return models.find((model) => model.path.includes("/pretrain/")) ?? models[0];
}
