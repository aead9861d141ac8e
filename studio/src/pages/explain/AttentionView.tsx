/** All heads at once, then one of them: which token looks at which. */
import { useState } from "react";
import { ErrorNote } from "../../components/ErrorNote";
import { Select } from "../../components/Select";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { useIsDark } from "../../theme/theme";
import { visible } from "../chat/tint";
import { HeadMatrix } from "./HeadMatrix";
import { HeadThumbnail } from "./HeadThumbnail";
import { attentionOf, habitOf, weightOf } from "./halves";
import { shareShade } from "./shade";
import type { Asked, Attention, LayerMap, Part, TextToken } from "./types";
import { useAnswer } from "./useAnswer";

interface AttentionViewProps {
  readonly asked: Asked;
  readonly body: string;
}

export function AttentionView({ asked, body }: AttentionViewProps) {
  const { data, failure, isLoading } = useAnswer("/api/explain/attention", body, readAttention);
  return (
    <div className="stack">
      {failure ? <ErrorNote failure={failure} /> : null}
      {isLoading ? <Skeleton lines={5} /> : null}
      {data ? <Heads asked={asked} attention={data} /> : null}
    </div>
  );
}

async function readAttention(response: Response): Promise<Attention> {
  const header = response.headers.get("X-Yanmo-Maps") ?? '{"maps":[]}';
  return attentionOf(header, await response.arrayBuffer());
}

interface HeadsProps {
  readonly asked: Asked;
  readonly attention: Attention;
}

function Heads({ asked, attention }: HeadsProps) {
  const { explain: words } = useWords();
  const isDark = useIsDark();
  const parts = [...new Set(attention.maps.map((map) => map.part))];
  const [part, setPart] = useState<Part>(parts[0] ?? "self");
  const maps = attention.maps.filter((map) => map.part === part);
  const [place, setPlace] = useState({ layer: 0, head: 0 });
  const layer = Math.min(place.layer, maps.length - 1);
  const map = maps[layer];
  if (!map) return null;
  const head = Math.min(place.head, map.numHeads - 1);
  const { habit, share } = habitOf(map, head);
  return (
    <div className="heads">
      <div className="stack">
        {parts.length > 1 ? (
          <Select
            label={words.part}
            value={part}
            options={parts.map((name) => ({ value: name, label: words.parts[name] }))}
            onChange={setPart}
          />
        ) : null}
        <fieldset className="heads__grid" aria-label={words.allHeads}>
          {maps.map((one, row) => (
            <div key={one.layer} className="heads__layer">
              <span className="small faint heads__label">{words.layerShort(one.layer + 1)}</span>
              {Array.from({ length: one.numHeads }, (_, column) => (
                <HeadThumbnail
                  // biome-ignore lint/suspicious/noArrayIndexKey: a head is its number.
                  key={column}
                  map={one}
                  head={column}
                  isDark={isDark}
                  isChosen={row === layer && column === head}
                  onChoose={() => setPlace({ layer: row, head: column })}
                />
              ))}
            </div>
          ))}
        </fieldset>
      </div>
      <section className="head" aria-label={words.headName(map.layer + 1, head + 1)}>
        <h2>{words.headName(map.layer + 1, head + 1)}</h2>
        <p className="small muted">{words.habits[habit](Math.round(100 * share))}</p>
        <HeadInText
          map={map}
          head={head}
          queries={queriesOf(asked, part)}
          keys={keysOf(asked, part)}
        />
        <HeadMatrix
          map={map}
          head={head}
          isDark={isDark}
          queries={queriesOf(asked, part)}
          keys={keysOf(asked, part)}
        />
      </section>
    </div>
  );
}

interface HeadInTextProps {
  readonly map: LayerMap;
  readonly head: number;
  readonly queries: readonly TextToken[];
  readonly keys: readonly TextToken[];
}

/** The text itself: choose a token, and see what it looks at. */
function HeadInText({ map, head, queries, keys }: HeadInTextProps) {
  const { explain: words } = useWords();
  const [chosen, setChosen] = useState(map.numQueries - 1);
  const query = Math.min(chosen, map.numQueries - 1);
  return (
    <div className="stack">
      <p className="small muted">{words.lookingFrom(visible(queries[query]?.text ?? ""))}</p>
      <div className="strip strip--dense">
        {keys.map((token, key) => (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: the tokens of one text stay.
            key={key}
            type="button"
            className="strip__token"
            aria-pressed={map.numQueries === map.numKeys && key === query}
            style={shareShade(weightOf(map, head, query, key))}
            onClick={() => setChosen(key)}
          >
            {visible(token.text)}
          </button>
        ))}
      </div>
    </div>
  );
}

function queriesOf(asked: Asked, part: Part): readonly TextToken[] {
  return part === "self" || part === "encoder" ? asked.positions : asked.targets;
}

function keysOf(asked: Asked, part: Part): readonly TextToken[] {
  return part === "decoder" ? asked.targets : asked.positions;
}
