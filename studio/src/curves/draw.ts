/** From the points of a curve to what is drawn: smoothed, with its band, and thinned. */
import type { Points } from "./points";
import { bandOf, reachOf, smoothed } from "./smooth";
import { type Drawn, thin } from "./thin";

export function drawnOf(points: Points, weight: number, most: number): Drawn {
  if (weight > 0 && points.x.length > 2) {
    const band = bandOf(points, reachOf(weight));
    return thin({ x: points.x, y: smoothed(points, weight), low: band.low, high: band.high }, most);
  }
  return thin({ x: points.x, y: points.y, low: points.low, high: points.high }, most);
}
