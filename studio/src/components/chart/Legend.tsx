/** The names of the lines with their values where the pointer is, or at their ends. */
interface Entry {
  readonly id: string;
  readonly label: string;
  readonly color: string;
  readonly isDashed: boolean;
  readonly isShown: boolean;
  readonly value: string;
}

interface LegendProps {
  readonly x: string | null;
  readonly entries: readonly Entry[];
  readonly toggleLabel: (name: string) => string;
  readonly onToggle: (id: string) => void;
}

export function Legend({ x, entries, toggleLabel, onToggle }: LegendProps) {
  return (
    <div className="chart__legend">
      {entries.map((entry) => (
        <button
          key={entry.id}
          type="button"
          className="chart__series"
          aria-pressed={entry.isShown}
          title={toggleLabel(entry.label)}
          onClick={() => onToggle(entry.id)}
        >
          <i style={{ borderColor: entry.color }} data-dash={entry.isDashed} />
          <span>{entry.label}</span>
          <b>{entry.value}</b>
        </button>
      ))}
      <span className="chart__place">{x}</span>
    </div>
  );
}
