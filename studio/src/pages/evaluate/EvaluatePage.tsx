/** The page Evaluate: all evaluations of all runs, and one of them with every item. */
import "./evaluate.css";
import { usePlace } from "../../router/location";
import { LanguageReport } from "./LanguageReport";
import { Overview } from "./Overview";
import { TaskReport } from "./TaskReport";

/** The place that stands for the language model of a run. */
const LANGUAGE = "language";

export default function EvaluatePage() {
  const { parameters } = usePlace();
  const run = parameters.get("run");
  const place = parameters.get("place");
  if (run !== null && place === LANGUAGE) return <LanguageReport key={run} run={run} />;
  if (run !== null && place !== null)
    return <TaskReport key={`${run}:${place}`} run={run} place={place} />;
  return <Overview run={run} />;
}
