/** Every metric of the model and of every baseline, and which differences are certain. */
import { Badge, type Tone } from "../../components/Badge";
import { Panel } from "../../components/Panel";
import { useWords } from "../../i18n/useLanguage";
import { short } from "../../numbers/format";
import { signed } from "../../numbers/share";
import { scaleOf } from "./scale";
import type { Figure, Report } from "./types";
import { Whisker } from "./Whisker";

const TONES: Readonly<Record<string, Tone>> = { better: "good", worse: "bad" };

export function Figures({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  const metrics = report.scores[0]?.figures ?? [];
  return (
    <Panel title={words.task.figures} isFlush>
      <div className="table-scroll">
        <table className="table" aria-label={words.task.figures}>
          <thead>
            <tr>
              <th scope="col">{words.task.predictor}</th>
              {metrics.map((figure) => (
                <th key={figure.metric} scope="col" title={figure.signature}>
                  <code>{figure.metric}</code>{" "}
                  {figure.is_higher_better ? null : (
                    <span className="faint">{words.task.lower}</span>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {report.scores.map((scores) => (
              <tr key={scores.name}>
                <th scope="row" className={scores.kind === "model" ? "is-model" : undefined}>
                  {scores.label}
                </th>
                {scores.figures.map((figure, place) => (
                  <td key={figure.metric}>
                    <Cell
                      figure={figure}
                      others={report.scores.map((one) => one.figures[place])}
                      isPale={scores.kind === "baseline"}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

interface CellProps {
  readonly figure: Figure;
  readonly others: readonly (Figure | undefined)[];
  readonly isPale: boolean;
}

function Cell({ figure, others, isPale }: CellProps) {
  const scale = scaleOf(others.filter((one) => one !== undefined));
  const range = figure.interval?.map((end) => short(end, 3)).join(" – ");
  return (
    <span className="figure-cell" title={range}>
      <span className={isPale ? "figure-cell__value" : "figure-cell__value is-model"}>
        {short(figure.value, 3)}
      </span>
      <Whisker scale={scale} value={figure.value} interval={figure.interval} isPale={isPale} />
      {range ? <span className="figure-cell__range">{range}</span> : null}
    </span>
  );
}

export function Comparisons({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  if (report.comparisons.length === 0) return null;
  return (
    <Panel title={words.task.comparisons}>
      <ul className="comparisons">
        {report.comparisons.map((one) => (
          <li key={`${one.other} ${one.metric}`}>
            <span>{one.label}</span>
            <Badge tone={TONES[one.verdict] ?? "neutral"}>
              {words.tasks.verdicts[one.verdict] ?? one.verdict}
            </Badge>
            <span>
              <code>{one.metric}</code>{" "}
              {one.interval
                ? words.task.comparison(
                    signed(one.difference),
                    signed(one.interval[0]),
                    signed(one.interval[1]),
                  )
                : signed(one.difference)}
            </span>
            <span className="muted small">
              {one.p_value === null ? one.test : words.task.test(one.test, short(one.p_value, 2))}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
