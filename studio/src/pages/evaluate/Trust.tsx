/** Whether a figure deserves trust: was the test seen, what on other domains, with other examples. */
import { Badge } from "../../components/Badge";
import { Panel } from "../../components/Panel";
import { useWords } from "../../i18n/useLanguage";
import { short, whole } from "../../numbers/format";
import { placeOn, scaleOf } from "./scale";
import type { Figure, Report } from "./types";
import { Whisker } from "./Whisker";

export function Contamination({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  const found = report.contamination;
  if (!found) return null;
  const metrics = found.all.map((figure) => figure.metric);
  const subsets = (["all", "clean", "dirty"] as const).filter((name) => found[name].length > 0);
  return (
    <Panel title={words.task.contamination} isFlush>
      <p className="evaluate__lead small muted">
        {words.task.contaminationHint(
          whole(found.num_dirty),
          whole(found.num_clean + found.num_dirty + found.num_unchecked),
          found.corpus,
        )}
      </p>
      <div className="table-scroll">
        <table className="table" aria-label={words.task.contamination}>
          <thead>
            <tr>
              <th scope="col">{words.tasks.items}</th>
              {metrics.map((metric) => (
                <th key={metric} scope="col">
                  <code>{metric}</code>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {subsets.map((name) => (
              <tr key={name}>
                <th scope="row">
                  {words.task.subsets[name]}{" "}
                  <span className="faint">{whole(found[name][0]?.num_items)}</span>
                </th>
                {found[name].map((figure, place) => (
                  <td key={figure.metric}>
                    <Small figure={figure} all={subsets.map((one) => found[one][place])} />
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

function Small({ figure, all }: { figure: Figure; all: readonly (Figure | undefined)[] }) {
  const scale = scaleOf(all.filter((one) => one !== undefined));
  return (
    <span className="figure-cell">
      <span className="figure-cell__value">{short(figure.value, 3)}</span>
      <Whisker scale={scale} value={figure.value} interval={figure.interval} />
    </span>
  );
}

export function Generalisation({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  const matrix = report.generalisation;
  if (!matrix) return null;
  const scale = scaleOf(matrix.cells.map((cell) => cell.figure));
  return (
    <Panel title={words.task.generalisation} isFlush>
      <div className="table-scroll">
        <table className="table" aria-label={words.task.generalisation}>
          <thead>
            <tr>
              <th scope="col">
                <code>{matrix.metric}</code>
              </th>
              {matrix.test_sets.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.models.map((model) => (
              <tr key={model}>
                <th scope="row">{model}</th>
                {matrix.test_sets.map((name) => {
                  const cell = matrix.cells.find(
                    (one) => one.model === model && one.test_set === name,
                  );
                  return (
                    <td key={name}>
                      {cell ? (
                        <span className="figure-cell">
                          <span className="figure-cell__value">{short(cell.figure.value, 3)}</span>
                          <Whisker
                            scale={scale}
                            value={cell.figure.value}
                            interval={cell.figure.interval}
                          />
                          {cell.is_home ? <Badge tone="plain">{words.task.atHome}</Badge> : null}
                        </span>
                      ) : null}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

export function Draws({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  const main = report.draws?.figures[0];
  if (!main || !report.draws) return null;
  const scale = scaleOf([
    ...main.values.map((value) => ({ value })),
    { value: main.mean, interval: main.interval },
  ]);
  const { chosen } = report.draws;
  const drawn = main.values.map((value, draw) => ({ value, draw }));
  return (
    <Panel title={words.task.draws}>
      <p className="small muted">
        {words.task.drawsHint(whole(main.values.length), main.metric, short(main.mean, 3))}
      </p>
      <div className="draws">
        {main.interval ? (
          <i
            className="draws__interval"
            style={{
              left: `${placeOn(scale, main.interval[0])}%`,
              width: `${placeOn(scale, main.interval[1]) - placeOn(scale, main.interval[0])}%`,
            }}
          />
        ) : null}
        {drawn.map(({ value, draw }) => (
          <i
            key={draw}
            className="draws__dot"
            data-chosen={draw === chosen}
            title={`#${draw + 1}: ${short(value, 3)}`}
            style={{ left: `${placeOn(scale, value)}%` }}
          />
        ))}
      </div>
      <p className="draws__ends small muted">
        <span>{short(scale.low, 3)}</span>
        <span>{short(scale.high, 3)}</span>
      </p>
    </Panel>
  );
}
