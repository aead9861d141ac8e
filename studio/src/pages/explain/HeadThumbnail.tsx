/** One head, small: its matrix as a picture. */
import { useEffect, useRef } from "react";
import { useWords } from "../../i18n/useLanguage";
import { habitOf, weightOf } from "./halves";
import { rampOf } from "./ramp";
import type { LayerMap } from "./types";

interface HeadThumbnailProps {
  readonly map: LayerMap;
  readonly head: number;
  readonly isDark: boolean;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

export function HeadThumbnail({ map, head, isDark, isChosen, onChoose }: HeadThumbnailProps) {
  const { explain: words } = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(map.numKeys, map.numQueries);
    const ramp = rampOf(isDark);
    for (let query = 0; query < map.numQueries; query++) {
      for (let key = 0; key < map.numKeys; key++) {
        const color = ramp(weightOf(map, head, query, key));
        image.data.set([...color, 255], 4 * (query * map.numKeys + key));
      }
    }
    context.putImageData(image, 0, 0);
  }, [map, head, isDark]);
  const { habit, share } = habitOf(map, head);
  const told = `${words.headName(map.layer + 1, head + 1)}. ${words.habits[habit](Math.round(100 * share))}`;
  return (
    <button
      type="button"
      className="thumbnail"
      aria-pressed={isChosen}
      aria-label={told}
      title={told}
      onClick={onChoose}
    >
      <canvas ref={canvas} width={map.numKeys} height={map.numQueries} />
    </button>
  );
}
