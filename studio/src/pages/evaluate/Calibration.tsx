/** How often the model is right where it is so and so sure: on the diagonal it knows itself. */
import { Panel } from "../../components/Panel";
import { useWords } from "../../i18n/useLanguage";
import { short, whole } from "../../numbers/format";
import { percent } from "../../numbers/share";
import type { Report } from "./types";

const SIZE = 220;

export function Calibration({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  if (!report.calibration) return null;
  const { expected_error: error, bins } = report.calibration;
  const filled = bins.filter((bin) => bin.count > 0);
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const line = filled
    .map((bin) => `${SIZE * (bin.confidence ?? 0)},${SIZE * (1 - (bin.accuracy ?? 0))}`)
    .join(" ");
  return (
    <Panel title={words.task.calibration}>
      <div className="calibration">
        <svg
          viewBox={`-36 -8 ${SIZE + 56} ${SIZE + 42}`}
          role="img"
          aria-label={words.task.calibration}
        >
          <rect className="calibration__field" width={SIZE} height={SIZE} />
          {filled.map((bin) => {
            const height = (SIZE * 0.3 * bin.count) / most;
            return (
              <rect
                key={bin.low}
                className="calibration__count"
                x={SIZE * bin.low + 1}
                y={SIZE - height}
                width={SIZE * (bin.high - bin.low) - 2}
                height={height}
              />
            );
          })}
          <line className="calibration__ideal" x1={0} y1={SIZE} x2={SIZE} y2={0} />
          <polyline className="calibration__line" points={line} />
          {filled.map((bin) => (
            <circle
              key={bin.low}
              className="calibration__dot"
              cx={SIZE * (bin.confidence ?? 0)}
              cy={SIZE * (1 - (bin.accuracy ?? 0))}
              r={4}
            >
              <title>
                {words.task.calibrationBin(
                  percent(bin.low, 0),
                  percent(bin.high, 0),
                  whole(bin.count),
                  percent(bin.accuracy),
                )}
              </title>
            </circle>
          ))}
          {[0, 0.5, 1].map((tick) => (
            <g key={tick} className="calibration__tick">
              <text x={SIZE * tick} y={SIZE + 14} textAnchor="middle">
                {percent(tick, 0)}
              </text>
              <text x={-6} y={SIZE * (1 - tick) + 4} textAnchor="end">
                {percent(tick, 0)}
              </text>
            </g>
          ))}
          <text className="calibration__axis" x={SIZE / 2} y={SIZE + 30} textAnchor="middle">
            {words.task.confidence}
          </text>
          <text
            className="calibration__axis"
            transform={`translate(-24 ${SIZE / 4}) rotate(-90)`}
            textAnchor="middle"
          >
            {words.task.accuracy}
          </text>
        </svg>
        <p className="small muted">{words.task.calibrationError(short(error, 3))}</p>
      </div>
    </Panel>
  );
}
