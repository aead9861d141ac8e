/** How a run is, in a colour. */
import { Badge, type Tone } from "../../components/Badge";
import { useWords } from "../../i18n/useLanguage";
import type { StateName } from "./types";

const TONES: Readonly<Record<StateName, Tone>> = {
  running: "live",
  finished: "good",
  stopped: "warn",
  failed: "bad",
  partial: "neutral",
};

export function StateBadge({
  state,
  why,
}: {
  readonly state: StateName;
  readonly why?: string | null;
}) {
  const { runs } = useWords();
  return (
    <Badge tone={TONES[state]} title={why ?? runs.stateHints[state]}>
      {runs.states[state]}
    </Badge>
  );
}
