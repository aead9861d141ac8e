/** What was made from what: a click on a stage shows its manifest. */
import { useWords } from "../../i18n/useLanguage";
import { duration } from "../../numbers/format";
import { type Placed, placed, related } from "./layers";
import type { Lineage } from "./types";

const BOX = { width: 140, height: 46, gapX: 28, gapY: 16 };
const HASH_CHARACTERS = 8;

interface LineageGraphProps {
  readonly lineage: Lineage;
  readonly chosen: string | null;
  readonly onChoose: (name: string) => void;
}

export function LineageGraph({ lineage, chosen, onChoose }: LineageGraphProps) {
  const { run: words } = useWords();
  const places = placed(lineage);
  const at = new Map(places.map((place) => [place.node.name, place]));
  const near = chosen === null ? null : related(chosen, lineage.edges);
  const columns = Math.max(0, ...places.map((place) => place.column)) + 1;
  const rows = Math.max(0, ...places.map((place) => place.row)) + 1;
  const width = columns * (BOX.width + BOX.gapX) - BOX.gapX + 2;
  const height = rows * (BOX.height + BOX.gapY) - BOX.gapY + 2;
  return (
    <div className="table-scroll lineage">
      <div className="lineage__paper" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {lineage.edges.map((edge) => {
            const from = at.get(edge.source);
            const to = at.get(edge.target);
            if (!from || !to) return null;
            const isFaint = near !== null && !(near.has(edge.source) && near.has(edge.target));
            return (
              <path
                key={`${edge.source}>${edge.target}`}
                className="lineage__edge"
                data-stale={!edge.is_current}
                data-faint={isFaint}
                d={curve(from, to)}
              />
            );
          })}
        </svg>
        {places.map(({ node, column, row }) => (
          <button
            key={node.name}
            type="button"
            className="lineage__node"
            data-kind={node.kind}
            data-faint={near !== null && !near.has(node.name)}
            aria-pressed={node.name === chosen}
            title={node.name}
            style={{
              left: column * (BOX.width + BOX.gapX),
              top: row * (BOX.height + BOX.gapY),
              width: BOX.width,
              height: BOX.height,
            }}
            onClick={() => onChoose(node.name)}
          >
            <b>{node.kind === "source" && node.name === "sources" ? words.sources : node.name}</b>
            <span>
              {node.content_hash.slice(0, HASH_CHARACTERS)}
              {node.wall_s === null ? "" : ` · ${duration(node.wall_s)}`}
            </span>
          </button>
        ))}
      </div>
    </div>
  );
}

function curve(from: Placed, to: Placed): string {
  const x1 = from.column * (BOX.width + BOX.gapX) + BOX.width;
  const y1 = from.row * (BOX.height + BOX.gapY) + BOX.height / 2;
  const x2 = to.column * (BOX.width + BOX.gapX);
  const y2 = to.row * (BOX.height + BOX.gapY) + BOX.height / 2;
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
