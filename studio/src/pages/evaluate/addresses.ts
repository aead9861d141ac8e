/** Where evaluations are asked for, and where the page shows them. */
export function reportPlace(run: string, place: string): string {
  return `/evaluate?${new URLSearchParams({ run, place })}`;
}

export function reportPath(run: string, place: string): string {
  return `/api/evaluate/task?${new URLSearchParams({ run, place })}`;
}

/** `RUN · finetune/sst`, without the folder that every evaluation of its kind has. */
export function shortPlace(place: string): string {
  return place.replace(/\/evaluate(?=\/|$)/, "");
}
