/** Axis, logarithms, smoothing, and which of the two losses. */
import { useId } from "react";
import { Segments } from "../../components/Segments";
import { AXES } from "../../curves/axis";
import { useWords } from "../../i18n/useLanguage";
import type { ChangeSettings, ChartSettings } from "./chartSettings";

const MOST_SMOOTHING = 0.99;

interface ChartControlsProps {
  readonly settings: ChartSettings;
  readonly onChange: ChangeSettings;
  readonly hasSplits?: boolean;
}

export function ChartControls({ settings, onChange, hasSplits = true }: ChartControlsProps) {
  const { runs: words } = useWords();
  return (
    <div className="row chart-controls">
      <Segments
        label={words.axis}
        value={settings.axis}
        options={AXES.map((axis) => ({ value: axis, label: words.axes[axis] }))}
        onChange={(axis) => onChange({ axis })}
      />
      <Box label={words.logX} isOn={settings.isLogX} onChange={(isLogX) => onChange({ isLogX })} />
      <Box label={words.logY} isOn={settings.isLogY} onChange={(isLogY) => onChange({ isLogY })} />
      {hasSplits ? (
        <>
          <Box
            label={words.train}
            isOn={settings.hasTrain}
            onChange={(hasTrain) => onChange({ hasTrain })}
          />
          <Box
            label={words.validation}
            isOn={settings.hasValidation}
            onChange={(hasValidation) => onChange({ hasValidation })}
          />
        </>
      ) : null}
      <Smoothing value={settings.smoothing} onChange={(smoothing) => onChange({ smoothing })} />
    </div>
  );
}

interface BoxProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}

function Box({ label, isOn, onChange }: BoxProps) {
  return (
    <label className="labelled--inline small">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}

interface SmoothingProps {
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function Smoothing({ value, onChange }: SmoothingProps) {
  const { runs: words } = useWords();
  const id = useId();
  return (
    <span className="labelled--inline small" title={words.smoothingHint}>
      <label htmlFor={id} className="labelled__text">
        {words.smoothing}
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={MOST_SMOOTHING}
        step={0.01}
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      <output className="chart-controls__value">{value.toFixed(2)}</output>
    </span>
  );
}
