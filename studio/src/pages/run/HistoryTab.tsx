/** Commands, what happened, and what the job printed. */
import { Command } from "../../components/Command";
import { Panel } from "../../components/Panel";
import { useWords } from "../../i18n/useLanguage";
import { moment, whole } from "../../numbers/format";
import { LogTail } from "./LogTail";
import type { RunDetail } from "./types";

export function HistoryTab({ detail }: { readonly detail: RunDetail }) {
  const { run: words } = useWords();
  const { job, resume } = detail.commands;
  return (
    <div className="stack">
      <Panel title={words.command}>
        <div className="stack">
          <Command text={job?.text ?? resume} />
          <p className="muted small">
            {job
              ? words.startedHere(moment(job.started_at), job.working_dir)
              : words.startedElsewhere}
          </p>
          {job && job.exit_code !== null ? (
            <p className="muted small">{words.ended(moment(job.ended_at), job.exit_code)}</p>
          ) : null}
        </div>
      </Panel>
      <div className="two-columns">
        <Panel title={words.events} isFlush={true}>
          <Incidents detail={detail} />
        </Panel>
        <Panel title={words.training}>
          <dl className="facts">
            {detail.facts.map(([label, value]) => (
              <div key={label} className="facts__pair">
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </Panel>
      </div>
      <Panel title={words.log}>
        <LogTail name={detail.row.name} isLive={detail.row.state === "running"} />
      </Panel>
    </div>
  );
}

function Incidents({ detail }: { readonly detail: RunDetail }) {
  const { run: words } = useWords();
  if (detail.incidents.length === 0)
    return <p className="muted incidents-none">{words.noEvents}</p>;
  return (
    <div className="table-scroll incidents">
      <table className="table">
        <tbody>
          {[...detail.incidents].reverse().map((incident) => (
            <tr key={`${incident.time}${incident.text}`}>
              <td className="muted">{moment(incident.time)}</td>
              <td className="number muted">{incident.step === null ? "" : whole(incident.step)}</td>
              <td className="incidents__text">{incident.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
