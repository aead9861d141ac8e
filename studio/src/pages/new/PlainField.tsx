/** A key with one plain value, or with a list of them. */
import { useId, useState } from "react";
import { useWords } from "../../i18n/useLanguage";
import { FieldRow } from "./FieldRow";
import { problemsAt, useForm } from "./form";
import { type Field, type FieldKind, fieldOf } from "./schema";
import { linesOf, parseLines, parseText, textOf } from "./texts";
import type { Path, Value } from "./values";
import { valueAt } from "./values";

interface PlainFieldProps {
  readonly path: Path;
  readonly field: Field;
  readonly fallback: Value;
  readonly title?: string;
}

export function PlainField({ path, field, fallback, title }: PlainFieldProps) {
  const id = useId();
  return (
    <FieldRow
      id={id}
      path={path}
      description={field.node.description}
      {...(title === undefined ? {} : { title })}
    >
      <Control id={id} path={path} field={field} fallback={fallback} />
    </FieldRow>
  );
}

interface ControlProps extends PlainFieldProps {
  readonly id: string;
}

function Control({ id, path, field, fallback }: ControlProps) {
  const { root } = useForm();
  const { kind } = field.kind;
  if (kind === "words" || kind === "switch") {
    return <WordSelect id={id} path={path} field={field} fallback={fallback} />;
  }
  if (field.kind.kind === "list") {
    const item = fieldOf(field.kind.item, root).kind;
    return <Lines id={id} path={path} item={item} fallback={fallback} />;
  }
  return <TextInput id={id} path={path} kind={field.kind} fallback={fallback} />;
}

/** The value of the empty choice: nothing is said, and the default holds. */
const UNSAID = "";

function WordSelect({ id, path, field, fallback }: ControlProps) {
  const { newRun: words, shell } = useWords();
  const { values, change } = useForm();
  const value = valueAt(values, path);
  const options: Value[] = field.kind.kind === "words" ? [...field.kind.values] : [true, false];
  if (field.isOptional) options.push(null);
  const texts = options.map((option) => JSON.stringify(option));
  const shown = value === undefined ? UNSAID : JSON.stringify(value);
  return (
    <select
      id={id}
      className="select"
      value={shown}
      onChange={(event) => {
        const text = event.target.value;
        change(path, text === UNSAID ? undefined : (JSON.parse(text) as Value));
      }}
    >
      <option value={UNSAID}>{words.byDefault(textOf(fallback ?? null))}</option>
      {texts.includes(shown) || shown === UNSAID ? null : <option value={shown}>{shown}</option>}
      {options.map((option, index) => (
        <option key={texts[index]} value={texts[index]}>
          {option === null ? shell.none : textOf(option)}
        </option>
      ))}
    </select>
  );
}

interface TextInputProps {
  readonly id: string;
  readonly path: Path;
  readonly kind: FieldKind;
  readonly fallback: Value;
}

function TextInput({ id, path, kind, fallback }: TextInputProps) {
  const { values, problems, change } = useForm();
  const value = valueAt(values, path);
  // "1." and "1e" are on their way to a number: what is typed stays until it is left.
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      id={id}
      className={kind.kind === "number" ? "input field__number" : "input"}
      value={typed ?? textOf(value)}
      placeholder={textOf(fallback ?? null)}
      inputMode={kind.kind === "number" ? "decimal" : "text"}
      aria-invalid={problemsAt(problems, path).length > 0}
      spellCheck={false}
      onChange={(event) => {
        setTyped(event.target.value);
        change(path, parseText(event.target.value, kind));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

interface LinesProps {
  readonly id: string;
  readonly path: Path;
  readonly item: FieldKind;
  readonly fallback: Value;
}

const MOST_LINES = 8;

function Lines({ id, path, item, fallback }: LinesProps) {
  const { newRun: words } = useWords();
  const { values, change } = useForm();
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? linesOf(valueAt(values, path));
  return (
    <textarea
      id={id}
      className="input mono"
      rows={Math.min(MOST_LINES, Math.max(2, text.split("\n").length))}
      value={text}
      placeholder={linesOf(fallback ?? null) || words.onePerLine}
      title={words.onePerLine}
      spellCheck={false}
      onChange={(event) => {
        setTyped(event.target.value);
        change(path, parseLines(event.target.value, item));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
