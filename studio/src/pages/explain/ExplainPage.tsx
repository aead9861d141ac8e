/** The page Explain: one text, one model, and four ways to look at why it answers as it does. */
import { useState } from "react";
import { Empty } from "../../components/Empty";
import { ErrorNote } from "../../components/ErrorNote";
import { Skeleton } from "../../components/Skeleton";
import { Tabs } from "../../components/Tabs";
import { useWords } from "../../i18n/useLanguage";
import { PageHead } from "../../layout/PageHead";
import { setParameters, usePlace } from "../../router/location";
import { AnswerStrip } from "./AnswerStrip";
import { AskForm } from "./AskForm";
import { AttentionView } from "./AttentionView";
import { AttributionView } from "./AttributionView";
import "./explain.css";
import { HeadsView } from "./HeadsView";
import { LensView } from "./LensView";
import type { Asked, Request, ViewName } from "./types";
import { asJson, useAnswer } from "./useAnswer";

const VIEWS: readonly ViewName[] = ["attribution", "attention", "lens", "heads"];
/** A longer text is not kept in the address. */
const LONGEST_IN_ADDRESS = 600;

export default function ExplainPage() {
  const { explain: words } = useWords();
  const { parameters } = usePlace();
  const [request, setRequest] = useState<Request | null>(() => requestOf(parameters));
  const view = VIEWS.find((name) => name === parameters.get("view")) ?? "attribution";
  const body = request === null ? null : JSON.stringify(request);
  const asked = useAnswer<Asked>("/api/explain/ask", body, asJson);

  const put = (next: Request) => {
    setRequest(next);
    const isShort = next.text.length + (next.second?.length ?? 0) <= LONGEST_IN_ADDRESS;
    const { model, text, second, answer, label } = next;
    setParameters({
      model,
      text: isShort ? text : null,
      second: isShort ? second : null,
      answer,
      label,
    });
  };

  return (
    <div className="page explain">
      <PageHead title={words.title} />
      <AskForm request={request} asked={asked.data} isBusy={asked.isLoading} onAsk={put} />
      {asked.failure ? <ErrorNote failure={asked.failure} /> : null}
      {asked.isLoading ? <Skeleton lines={5} /> : null}
      {request === null ? (
        <Empty title={words.nothingAsked}>
          <p>{words.nothingAskedHint}</p>
        </Empty>
      ) : null}
      {asked.data && body !== null ? (
        <>
          <AnswerStrip asked={asked.data} />
          <Tabs
            label={words.views}
            value={view}
            options={VIEWS.map((name) => ({ value: name, label: words.viewNames[name] }))}
            onChange={(name) => setParameters({ view: name })}
          >
            <p className="explain__guide">{words.guides[view]}</p>
            <ExplainView view={view} asked={asked.data} body={body} />
          </Tabs>
        </>
      ) : null}
    </div>
  );
}

interface ExplainViewProps {
  readonly view: ViewName;
  readonly asked: Asked;
  readonly body: string;
}

function ExplainView({ view, asked, body }: ExplainViewProps) {
  const reason = view === "attribution" ? null : asked.why_not[view];
  if (reason !== null) return <p className="note">{reason}</p>;
  if (view === "attention") return <AttentionView asked={asked} body={body} />;
  if (view === "lens") return <LensView body={body} />;
  if (view === "heads") return <HeadsView asked={asked} body={body} />;
  return <AttributionView asked={asked} body={body} />;
}

function requestOf(parameters: URLSearchParams): Request | null {
  const model = parameters.get("model");
  const text = parameters.get("text");
  if (!model || text === null) return null;
  return {
    model,
    text,
    second: parameters.get("second"),
    answer: parameters.get("answer"),
    label: parameters.get("label"),
  };
}
