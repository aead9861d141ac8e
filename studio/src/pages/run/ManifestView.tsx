/** What the manifest of a stage says. */
import { Panel } from "../../components/Panel";
import { useWords } from "../../i18n/useLanguage";
import { bytes, moment } from "../../numbers/format";
import type { StageInfo } from "./types";

const MOST_FILES = 30;

export function ManifestView({ stage }: { readonly stage: StageInfo }) {
  const { run: words, shell } = useWords();
  if (stage.state !== "finished") {
    return (
      <Panel title={stage.name}>
        <p className="muted">{words.noManifest}</p>
      </Panel>
    );
  }
  const inputs = Object.entries(stage.inputs ?? {});
  const outputs = Object.entries(stage.outputs ?? {});
  return (
    <Panel title={stage.name}>
      <div className="two-columns">
        <dl className="facts">
          <dt>{words.contentHash}</dt>
          <dd>
            <code>{stage.content_hash}</code>
          </dd>
          <dt>{words.columns.made}</dt>
          <dd>{moment(stage.created_at)}</dd>
          <dt>{words.version}</dt>
          <dd>{stage.version}</dd>
          <dt>{words.columns.counts}</dt>
          <dd>{stage.counts?.join(" · ")}</dd>
          <dt>{words.inputs}</dt>
          <dd>
            {inputs.length === 0 ? shell.none : null}
            {inputs.map(([name, hash]) => (
              <div key={name}>
                {name} <code className="faint">{hash.slice(0, 12)}</code>
              </div>
            ))}
          </dd>
          <dt>{words.outputs}</dt>
          <dd>
            {outputs.slice(0, MOST_FILES).map(([name, size]) => (
              <div key={name}>
                {name} <span className="faint">{bytes(size)}</span>
              </div>
            ))}
            {outputs.length > MOST_FILES ? words.moreFiles(outputs.length - MOST_FILES) : null}
          </dd>
          {stage.notes && stage.notes.length > 0 ? (
            <>
              <dt>{words.notes}</dt>
              <dd>{stage.notes.join("\n")}</dd>
            </>
          ) : null}
        </dl>
        <pre className="manifest-config">{JSON.stringify(stage.config, null, 2)}</pre>
      </div>
    </Panel>
  );
}
