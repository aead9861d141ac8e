/** A short state in a colour that says how good it is. */
import type { ReactNode } from "react";

export type Tone = "plain" | "neutral" | "good" | "warn" | "bad" | "info" | "live";

interface BadgeProps {
  readonly tone?: Tone;
  readonly children: ReactNode;
  readonly title?: string;
}

export function Badge({ tone = "neutral", children, title }: BadgeProps) {
  const kind = tone === "live" ? "badge--info badge--live" : `badge--${tone}`;
  return (
    <span className={`badge ${kind}`} title={title}>
      {children}
    </span>
  );
}
