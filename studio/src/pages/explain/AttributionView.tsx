/** What each token adds to the answer, by a method; and whether that deserves trust. */
import { useState } from "react";
import { Badge } from "../../components/Badge";
import { ErrorNote } from "../../components/ErrorNote";
import { Segments } from "../../components/Segments";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { percent, visible } from "../chat/tint";
import { shareShade, signed, signedShade } from "./shade";
import type { Asked, Attributed, Trust } from "./types";
import { asJson, useAnswer } from "./useAnswer";

/** The order in which methods are worth trying. */
const ORDER = [
  "integrated_gradients",
  "gradient_x_input",
  "occlusion",
  "smooth_gradient",
  "attention_rollout",
  "attention",
];
const TONES = { passes: "good", undecided: "warn", fails: "bad" } as const;

interface AttributionViewProps {
  readonly asked: Asked;
  readonly body: string;
}

export function AttributionView({ asked, body }: AttributionViewProps) {
  const { explain: words } = useWords();
  const methods = ORDER.filter((name) => asked.methods.includes(name));
  const [method, setMethod] = useState(methods[0] ?? "occlusion");
  const request = JSON.stringify({ ...JSON.parse(body), method });
  const { data, failure, isLoading } = useAnswer<Attributed>(
    "/api/explain/attribution",
    request,
    asJson,
  );
  return (
    <div className="stack">
      <div className="row">
        <Segments
          label={words.method}
          value={method}
          options={methods.map((name) => ({ value: name, label: words.methodOf(name) }))}
          onChange={setMethod}
        />
      </div>
      {failure ? <ErrorNote failure={failure} /> : null}
      {isLoading ? <Skeleton lines={3} /> : null}
      {data ? <Attribution asked={asked} found={data} /> : null}
    </div>
  );
}

interface AttributionProps {
  readonly asked: Asked;
  readonly found: Attributed;
}

function Attribution({ asked, found }: AttributionProps) {
  const { explain: words } = useWords();
  const { scores, is_signed, gap } = found.attribution;
  const [place, setPlace] = useState<number | null>(null);
  const largest = Math.max(...scores.map(Math.abs), 1e-9);
  const shown = place === null ? null : asked.tokens[place];
  return (
    <>
      <TrustNote trust={found.trust} />
      <div className="strip">
        {asked.tokens.map((token, index) => {
          const score = scores[index] ?? 0;
          return (
            <button
              // biome-ignore lint/suspicious/noArrayIndexKey: the tokens of one text stay.
              key={index}
              type="button"
              className={token.is_special ? "strip__token token--special" : "strip__token"}
              style={is_signed ? signedShade(score, largest) : shareShade(score / largest)}
              aria-label={words.tokenScore(token.text, signed(score))}
              onMouseEnter={() => setPlace(index)}
              onFocus={() => setPlace(index)}
            >
              {visible(token.text)}
              <span className="strip__value">{is_signed ? signed(score) : percent(score)}</span>
            </button>
          );
        })}
      </div>
      <p className="small muted" aria-live="polite">
        {shown && place !== null
          ? words.tokenScore(visible(shown.text), signed(scores[place] ?? 0))
          : is_signed
            ? words.signedLegend
            : words.shareLegend}
        {gap === null ? null : ` · ${words.gap(signed(gap))}`}
      </p>
    </>
  );
}

function TrustNote({ trust }: { readonly trust: Trust | null }) {
  const { explain: words } = useWords();
  const own = trust?.methods[0];
  if (!trust || !own) return <p className="note">{words.notTestable}</p>;
  const told = words.trustTold(
    percent(Math.abs(own.comprehensiveness)),
    percent(Math.abs(trust.random_comprehensiveness)),
    own.comprehensiveness < 0,
  );
  return (
    <div className="trust">
      <Badge tone={TONES[own.verdict]}>{words.verdicts[own.verdict]}</Badge>
      <span className="small muted">{told}</span>
    </div>
  );
}
