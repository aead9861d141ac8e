/** One item: what the model saw, what is right, what it said, and how sure it was. */
import { useState } from "react";
import { Badge } from "../../components/Badge";
import { useWords } from "../../i18n/useLanguage";
import { short, whole } from "../../numbers/format";
import { percent } from "../../numbers/share";
import { Spans } from "./Spans";
import type { Item, Span } from "./types";

const LONG = 360;
const SHORT = 40;

interface ItemCardProps {
  readonly item: Item;
  /** Every kind that the items of this evaluation name, for their colours. */
  readonly kinds: readonly string[];
  readonly language: string;
}

export function ItemCard({ item, kinds, language }: ItemCardProps) {
  const { evaluate: words } = useWords();
  const [isWhole, setIsWhole] = useState(false);
  const isLong = item.text.length > LONG;
  const isTagged = item.gold_spans !== undefined && item.predicted_spans !== undefined;
  const shown = isLong && !isWhole ? `${item.text.slice(0, LONG)}…` : item.text;
  return (
    <li className="item" data-right={item.is_right ?? "unknown"} lang={language}>
      <Head item={item} />
      {isTagged ? null : (
        <p className="item__text" dir="auto">
          {shown}{" "}
          {isLong ? (
            <button
              type="button"
              className="button button--quiet button--small"
              onClick={() => setIsWhole(!isWhole)}
            >
              {isWhole ? words.items.less : words.items.more}
            </button>
          ) : null}
        </p>
      )}
      <dl className="item__answers" data-short={!isTagged && answersOf(item).every(isShort)}>
        <Answer
          name={words.items.goldLabel}
          text={item.text}
          kinds={kinds}
          answer={item.gold ?? words.items.unknown}
          spans={item.gold_spans}
        />
        <Answer
          name={words.items.predictedLabel}
          text={item.text}
          kinds={kinds}
          answer={item.predicted}
          spans={item.predicted_spans}
          isRight={item.is_right}
        />
        {item.other ? (
          <Answer
            name={words.items.otherLabel}
            text={item.text}
            kinds={kinds}
            answer={item.other.predicted}
            spans={item.other.spans ?? undefined}
            isRight={item.other.is_right}
          />
        ) : null}
      </dl>
    </li>
  );
}

function answersOf(item: Item): readonly string[] {
  return [item.gold ?? "", item.predicted, item.other?.predicted ?? ""];
}

function isShort(answer: string): boolean {
  return answer.length <= SHORT;
}

function Head({ item }: { readonly item: Item }) {
  const { evaluate: words } = useWords();
  const { is_right: isRight, score, confidence } = item;
  return (
    <div className="item__head small">
      <code className="faint">#{whole(item.number + 1)}</code>
      {isRight === null ? null : (
        <Badge tone={isRight ? "good" : "bad"}>
          {isRight ? words.items.isRight : words.items.isWrong}
        </Badge>
      )}
      {score !== null && isRight === null ? (
        <span className="muted">{words.items.score(short(score, 3))}</span>
      ) : null}
      {confidence !== null ? (
        <span className="muted">{words.items.confidence(percent(confidence, 0))}</span>
      ) : null}
      {item.is_dirty ? <Badge tone="warn">{words.items.dirty}</Badge> : null}
      <code className="faint item__id">{item.id}</code>
    </div>
  );
}

interface AnswerProps {
  readonly kinds: readonly string[];
  readonly name: string;
  readonly text: string;
  readonly answer: string;
  readonly spans?: readonly Span[] | null | undefined;
  readonly isRight?: boolean | null;
}

function Answer({ kinds, name, text, answer, spans, isRight = null }: AnswerProps) {
  const look = isRight === null ? "" : isRight ? " answer--right" : " answer--wrong";
  return (
    <>
      <dt>{name}</dt>
      <dd dir="auto">
        {spans ? (
          <Spans text={text} spans={spans} kinds={kinds} />
        ) : (
          <span className={`answer${look}`}>{answer}</span>
        )}
      </dd>
    </>
  );
}
