/** What the model wrote as it learned, a prompt at a time. */
import { useState } from "react";
import { pathOf } from "../../api/client";
import { useQuery } from "../../api/useQuery";
import { Empty } from "../../components/Empty";
import { ErrorNote } from "../../components/ErrorNote";
import { Segments } from "../../components/Segments";
import { Skeleton } from "../../components/Skeleton";
import { useWords } from "../../i18n/useLanguage";
import { whole } from "../../numbers/format";
import type { RunDetail, Sample } from "./types";

const EVERY_MS = 4000;
const MOST = 300;

export function SamplesTab({ detail }: { readonly detail: RunDetail }) {
  const { run: words } = useWords();
  const { name, state } = detail.row;
  const path = `${pathOf("/api/runs/{name}/samples", { name })}?limit=${MOST}`;
  const { data, failure } = useQuery<{ samples: readonly Sample[] }>(
    path,
    state === "running" ? EVERY_MS : undefined,
  );
  const [chosen, setChosen] = useState<string | null>(null);
  if (failure) return <ErrorNote failure={failure} />;
  if (!data) return <Skeleton />;
  const prompts = [...new Set(data.samples.map((sample) => sample.prompt))];
  if (prompts.length === 0) return <Empty title={words.noSamples} />;
  const prompt = chosen !== null && prompts.includes(chosen) ? chosen : (prompts[0] ?? "");
  return (
    <>
      <Segments
        label={words.prompt}
        value={prompt}
        options={prompts.map((one) => ({ value: one, label: one || words.noPrompt }))}
        onChange={setChosen}
      />
      <ol className="samples">
        {data.samples
          .filter((sample) => sample.prompt === prompt)
          .map((sample) => (
            <li key={sample.step}>
              <span className="samples__step">{words.step(whole(sample.step))}</span>
              <p className="samples__text">
                <mark>{sample.prompt}</mark>
                {sample.text}
              </p>
            </li>
          ))}
      </ol>
    </>
  );
}
