/** The end of a job's log, followed as it grows while the reader is at its end. */
import { useEffect, useRef, useState } from "react";
import { getJson, pathOf } from "../../api/client";
import { isAborted } from "../../api/failure";
import { useWords } from "../../i18n/useLanguage";

const EVERY_MS = 1500;
const MOST_CHARACTERS = 200_000;
const NEAR_END_PX = 40;

interface LogPart {
  readonly text: string;
  readonly size: number;
  readonly is_cut: boolean;
  readonly has_log: boolean;
}

interface LogTailProps {
  readonly name: string;
  readonly isLive: boolean;
}

export function LogTail({ name, isLive }: LogTailProps) {
  const { run: words } = useWords();
  const [text, setText] = useState<string | null>(null);
  const [hasLog, setHasLog] = useState(true);
  const element = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);

  useEffect(() => {
    const controller = new AbortController();
    let size = 0;
    let kept = "";
    const read = () =>
      getJson<LogPart>(`${pathOf("/api/runs/{name}/log", { name })}?after=${size}`, {
        signal: controller.signal,
      })
        .then((part) => {
          kept = part.size < size || part.is_cut ? part.text : kept + part.text;
          kept = kept.slice(-MOST_CHARACTERS);
          size = part.size;
          setText(kept);
          setHasLog(part.has_log);
        })
        .catch((error: unknown) => {
          // The page says so itself when the server is away; the log is asked again.
          if (!isAborted(error)) setText(kept);
        });
    void read();
    const timer = isLive ? setInterval(read, EVERY_MS) : undefined;
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [name, isLive]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new text moves the end.
  useEffect(() => {
    const shown = element.current;
    if (shown && isAtEnd.current) shown.scrollTop = shown.scrollHeight;
  }, [text]);

  if (!hasLog) return <p className="muted">{words.noLog}</p>;
  return (
    <pre
      className="log"
      ref={element}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled with the keyboard.
      tabIndex={0}
      onScroll={(event) => {
        const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
      }}
    >
      {text}
    </pre>
  );
}
