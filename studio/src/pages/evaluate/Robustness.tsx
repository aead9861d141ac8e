/** How the metric falls when the text is disturbed, and which small edits turn answers wrong. */
import { useState } from "react";
import { Panel } from "../../components/Panel";
import { useWords } from "../../i18n/useLanguage";
import { short, whole } from "../../numbers/format";
import { percent } from "../../numbers/share";
import { seriesColor } from "../../theme/colors";
import { useIsDark } from "../../theme/theme";
import { placeOn, scaleOf } from "./scale";
import type { Report } from "./types";

const WIDTH = 240;
const HEIGHT = 110;
const FLIPS_SHOWN = 5;

type Noise = NonNullable<Report["robustness"]>;
type Curve = Noise["curves"][number];

export function Robustness({ report }: { readonly report: Report }) {
  const { evaluate: words } = useWords();
  const isDark = useIsDark();
  const noise = report.robustness;
  if (!noise) return null;
  const scale = scaleOf(noise.curves.flatMap((curve) => curve.points.map((point) => point.figure)));
  return (
    <Panel title={words.task.robustness}>
      <p className="small muted">
        {words.task.robustnessHint(noise.metric, whole(noise.num_items))}
      </p>
      <div className="noises">
        {noise.curves.map((curve, place) => (
          <NoiseCurve
            key={curve.perturbation}
            curve={curve}
            scale={scale}
            color={seriesColor(place, isDark)}
          />
        ))}
      </div>
      {noise.flip_search ? <Flips search={noise.flip_search} /> : null}
    </Panel>
  );
}

interface NoiseCurveProps {
  readonly curve: Curve;
  readonly scale: ReturnType<typeof scaleOf>;
  readonly color: string;
}

function NoiseCurve({ curve, scale, color }: NoiseCurveProps) {
  const { evaluate: words } = useWords();
  const points = curve.points.filter((point) => point.figure.value !== null);
  const strongest = Math.max(1e-9, ...points.map((point) => point.strength));
  const x = (strength: number) => (WIDTH * strength) / strongest;
  const y = (value: number) => HEIGHT * (1 - placeOn(scale, value) / 100);
  const banded = points.filter((point) => point.figure.interval !== null);
  const upper = banded.map((p) => `${x(p.strength)},${y(p.figure.interval?.[1] ?? 0)}`);
  const lower = banded.map((p) => `${x(p.strength)},${y(p.figure.interval?.[0] ?? 0)}`);
  const first = points[0]?.figure.value;
  const last = points.at(-1)?.figure.value;
  const name = words.task.perturbations[curve.perturbation] ?? curve.perturbation;
  return (
    <figure className="noise" style={{ color }}>
      <figcaption>
        {name}{" "}
        <span className="muted">
          {short(first, 3)} → {short(last, 3)}
        </span>
      </figcaption>
      <svg viewBox={`-2 -4 ${WIDTH + 4} ${HEIGHT + 8}`} role="img" aria-label={name}>
        <line className="noise__base" x1={0} y1={HEIGHT} x2={WIDTH} y2={HEIGHT} />
        <polygon
          fill="currentColor"
          opacity={0.15}
          points={[...upper, ...lower.reverse()].join(" ")}
        />
        <polyline
          fill="none"
          stroke="currentColor"
          strokeWidth={2}
          points={points.map((p) => `${x(p.strength)},${y(p.figure.value ?? 0)}`).join(" ")}
        />
        {points.map((point) => (
          <circle
            key={point.strength}
            fill="currentColor"
            cx={x(point.strength)}
            cy={y(point.figure.value ?? 0)}
            r={3}
          >
            <title>{`${percent(point.strength)}: ${short(point.figure.value, 3)}`}</title>
          </circle>
        ))}
      </svg>
      <p className="noise__axis">
        <span>0</span>
        <span>{words.task.strength}</span>
        <span>{percent(strongest, 0)}</span>
      </p>
    </figure>
  );
}

function Flips({ search }: { readonly search: NonNullable<Noise["flip_search"]> }) {
  const { evaluate: words } = useWords();
  const [isAll, setIsAll] = useState(false);
  const flips = isAll ? search.flips : search.flips.slice(0, FLIPS_SHOWN);
  return (
    <div className="flips">
      <h3>{words.task.flips}</h3>
      <p className="small muted">
        {words.task.flipsHint(
          whole(search.num_flipped),
          whole(search.num_attacked),
          whole(search.max_edits),
        )}
      </p>
      <ul>
        {flips.map((flip) => (
          <li key={flip.id}>
            <p>
              <span className="answer answer--right">{flip.before}</span> {flip.text}
            </p>
            <p>
              <span className="answer answer--wrong">{flip.after}</span> {flip.edited}
            </p>
          </li>
        ))}
      </ul>
      {flips.length < search.flips.length ? (
        <button
          type="button"
          className="button button--small button--quiet"
          onClick={() => setIsAll(true)}
        >
          {words.items.more} {whole(search.flips.length)}
        </button>
      ) : null}
    </div>
  );
}
