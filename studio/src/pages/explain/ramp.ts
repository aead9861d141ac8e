/** A share as a colour: from the paper of the theme to its ink, the small ones told apart. */

export type Color = readonly [number, number, number];

const LIGHT: readonly Color[] = [
  [250, 249, 246],
  [190, 210, 244],
  [47, 111, 222],
  [16, 38, 92],
];
const DARK: readonly Color[] = [
  [24, 24, 27],
  [32, 58, 112],
  [84, 140, 246],
  [236, 242, 255],
];

export function rampOf(isDark: boolean): (share: number) => Color {
  const stops = isDark ? DARK : LIGHT;
  return (share) => {
    const place = Math.sqrt(Math.max(0, Math.min(1, share))) * (stops.length - 1);
    const index = Math.min(Math.floor(place), stops.length - 2);
    const [from, to] = [stops[index], stops[index + 1]];
    if (!from || !to) return [0, 0, 0];
    const part = place - index;
    return [mix(from[0], to[0], part), mix(from[1], to[1], part), mix(from[2], to[2], part)];
  };
}

function mix(from: number, to: number, part: number): number {
  return Math.round(from + (to - from) * part);
}
