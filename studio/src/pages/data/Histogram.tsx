/** Columns over edges, drawn in the width that there is. */
interface HistogramProps {
  readonly label: string;
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly height?: number;
  /** How an edge and a count are written. */
  readonly edge: (value: number) => string;
  readonly count: (value: number) => string;
  readonly numLabels?: number;
}

const WIDTH = 100;

export function Histogram(props: HistogramProps) {
  const { label, edges, counts, edge, count, height = 96, numLabels = 6 } = props;
  const highest = Math.max(1, ...counts);
  const width = WIDTH / Math.max(1, counts.length);
  const every = Math.max(1, Math.ceil(counts.length / numLabels));
  return (
    <figure className="histogram">
      <svg
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="none"
        height={height}
        role="img"
        aria-label={label}
      >
        {counts.map((value, place) => {
          const size = value === 0 ? 0 : Math.max(1.5, (value / highest) * (height - 2));
          const from = edges[place] ?? 0;
          return (
            <g key={from}>
              <rect
                className="histogram__field"
                x={place * width}
                y={0}
                width={width}
                height={height}
              >
                <title>{`${edge(from)} – ${edge(edges[place + 1] ?? from)}: ${count(value)}`}</title>
              </rect>
              <rect
                className="histogram__bar"
                x={place * width + width * 0.06}
                y={height - size}
                width={width * 0.88}
                height={size}
              />
            </g>
          );
        })}
      </svg>
      <div className="histogram__edges" aria-hidden="true">
        {edges.map((value, place) =>
          place % every === 0 ? (
            <span key={value} style={{ left: `${place * width}%` }}>
              {edge(value)}
            </span>
          ) : null,
        )}
      </div>
    </figure>
  );
}
