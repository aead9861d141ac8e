/** Names with a bar and a number each. */
interface BarsProps {
  readonly rows: readonly {
    readonly name: string;
    readonly value: number;
    readonly text: string;
  }[];
}

export function Bars({ rows }: BarsProps) {
  const largest = Math.max(1e-12, ...rows.map((row) => row.value));
  return (
    <ul className="bars">
      {rows.map((row) => (
        <li key={row.name}>
          <span className="bars__name">{row.name}</span>
          <span className="bars__bar" aria-hidden="true">
            <i style={{ width: `${(100 * row.value) / largest}%` }} />
          </span>
          <span className="number">{row.text}</span>
        </li>
      ))}
    </ul>
  );
}
