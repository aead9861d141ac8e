/** What a run has come to, in one line of figures. */
import { useWords } from "../../i18n/useLanguage";
import { compact, duration, figure, whole } from "../../numbers/format";
import type { RunDetail } from "./types";

export function Figures({ detail }: { readonly detail: RunDetail }) {
  const { run: words } = useWords();
  const { row } = detail;
  const steps = row.num_steps ? `${whole(row.step)} / ${whole(row.num_steps)}` : whole(row.step);
  const shown: readonly (readonly [string, string])[] = [
    [words.figures.stage, row.stage ?? "–"],
    [words.figures.step, steps],
    [words.figures.trainLoss, figure(row.train_loss)],
    [words.figures.validationLoss, figure(row.validation_loss)],
    [words.figures.bits, figure(row.bits_per_byte)],
    [words.figures.tokens, compact(row.tokens)],
    [words.figures.speed, compact(row.tokens_per_s)],
    [words.figures.time, duration(row.train_s)],
    [words.figures.params, compact(row.num_params)],
  ];
  return (
    <dl className="figures">
      {shown.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
