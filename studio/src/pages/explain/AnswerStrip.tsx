/** What is explained, and what could have been answered instead. */
import { useWords } from "../../i18n/useLanguage";
import { percent, visible } from "../chat/tint";
import { signed } from "./shade";
import type { AnswerOption, Asked } from "./types";

export function AnswerStrip({ asked }: { readonly asked: Asked }) {
  const { explain: words } = useWords();
  const { answer, options, kind } = asked;
  const isToken = kind === "causal" || kind === "masked" || kind === "seq2seq";
  const shown = isToken ? visible(answer.text) : answer.text;
  return (
    <section className="answer" aria-label={words.theAnswer}>
      <div className="answer__main">
        <span className="small muted">
          {answer.is_given ? words.answerGiven : words.answerFound}
        </span>
        <strong className={isToken ? "answer__text mono" : "answer__text"}>{shown}</strong>
        <span className="small muted">
          {answer.probability === null
            ? signed(answer.score)
            : words.answerTold(percent(answer.probability), signed(answer.score), answer.unit)}
        </span>
        {asked.num_cut_tokens > 0 ? (
          <span className="small answer__cut">{words.cut(asked.num_cut_tokens)}</span>
        ) : null}
      </div>
      {options.length > 0 ? <OptionBars options={options} isToken={isToken} /> : null}
    </section>
  );
}

interface OptionBarsProps {
  readonly options: readonly AnswerOption[];
  readonly isToken: boolean;
}

function OptionBars({ options, isToken }: OptionBarsProps) {
  const largest = Math.max(...options.map((option) => option.probability), 1e-9);
  return (
    <ul className="bars">
      {options.map(({ option, text, probability, is_answer }) => (
        <li key={option} className="bars__row" aria-current={is_answer}>
          <span className="bars__name mono">{isToken ? visible(text) : text}</span>
          <span className="bars__track">
            <i style={{ width: `${(100 * probability) / largest}%` }} />
          </span>
          <span className="small number">{percent(probability)}</span>
        </li>
      ))}
    </ul>
  );
}
