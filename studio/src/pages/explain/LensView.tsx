/** What the model would say if it ended after each layer: a table of layers over positions. */
import { type KeyboardEvent, useRef, useState } from "react";
import { ErrorNote } from "../../components/ErrorNote";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { percent, visible } from "../chat/tint";
import { shareShade } from "./shade";
import type { Lens, LensCell } from "./types";
import { asJson, useAnswer } from "./useAnswer";

export function LensView({ body }: { readonly body: string }) {
  const { data, failure, isLoading } = useAnswer<Lens>("/api/explain/lens", body, asJson);
  return (
    <div className="stack">
      {failure ? <ErrorNote failure={failure} /> : null}
      {isLoading ? <Skeleton lines={5} /> : null}
      {data ? <LensTable lens={data} /> : null}
    </div>
  );
}

function LensTable({ lens }: { readonly lens: Lens }) {
  const { explain: words } = useWords();
  const columns = Math.max(1, lens.positions.length);
  const last = { layer: lens.layers.length - 1, position: columns - 1 };
  const nameOf = (position: number) => {
    const token = lens.positions[position];
    return token ? visible(token.text) : words.wholeText;
  };
  const [place, setPlace] = useState(last);
  const table = useRef<HTMLTableElement>(null);
  const cell = lens.cells[place.layer]?.[place.position];
  const show = (text: string) => (lens.kind === "tokens" ? visible(text) : text);
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const layer = Math.max(0, Math.min(last.layer, place.layer + step[0]));
    const position = Math.max(0, Math.min(last.position, place.position + step[1]));
    setPlace({ layer, position });
    table.current?.querySelector<HTMLElement>(`[data-cell="${layer}-${position}"]`)?.focus();
  };
  return (
    <div className="lens">
      <div className="table-scroll">
        <table className="lens__table" ref={table} onKeyDown={move}>
          <thead>
            <tr>
              <th scope="col">{words.layer}</th>
              {Array.from({ length: columns }, (_, position) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the tokens of one text stay.
                <th key={position} scope="col" className="mono">
                  {nameOf(position)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lens.layers
              .map((name, layer) => (
                <tr key={name}>
                  <th scope="row">{layer === 0 ? words.embeddings : name}</th>
                  {lens.cells[layer]?.map((one, position) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the tokens of one text stay.
                    <td key={position}>
                      <button
                        type="button"
                        className="lens__cell mono"
                        data-cell={`${layer}-${position}`}
                        tabIndex={layer === place.layer && position === place.position ? 0 : -1}
                        aria-pressed={layer === place.layer && position === place.position}
                        style={shareShade(one.top[0]?.probability ?? 0)}
                        onMouseEnter={() => setPlace({ layer, position })}
                        onFocus={() => setPlace({ layer, position })}
                      >
                        {show(one.top[0]?.text ?? "")}
                      </button>
                    </td>
                  ))}
                </tr>
              ))
              .reverse()}
          </tbody>
        </table>
      </div>
      {cell ? (
        <LensDetails
          cell={cell}
          show={show}
          title={words.lensPlace(
            place.layer === 0 ? words.embeddings : (lens.layers[place.layer] ?? ""),
            lens.positions[place.position] ? nameOf(place.position) : "",
          )}
        />
      ) : null}
    </div>
  );
}

interface LensDetailsProps {
  readonly cell: LensCell;
  readonly title: string;
  readonly show: (text: string) => string;
}

function LensDetails({ cell, title, show }: LensDetailsProps) {
  const { explain: words } = useWords();
  return (
    <aside className="panel lens__details" aria-live="polite">
      <h3>{title}</h3>
      <ul className="bars bars--one">
        {cell.top.map((entry) => (
          <li key={entry.id} className="bars__row" aria-current={entry.text === cell.target}>
            <span className="bars__name mono">{show(entry.text)}</span>
            <span className="bars__track">
              <i style={{ width: `${100 * entry.probability}%` }} />
            </span>
            <span className="small number">{percent(entry.probability)}</span>
          </li>
        ))}
      </ul>
      {cell.target === "" ? null : (
        <p className="small muted">
          {words.lensTarget(
            show(cell.target),
            percent(cell.target_probability),
            cell.target_rank + 1,
          )}
        </p>
      )}
      <p className="small faint">{words.lensEntropy(cell.entropy.toFixed(2))}</p>
    </aside>
  );
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [1, 0],
  ArrowDown: [-1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
