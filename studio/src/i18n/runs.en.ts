/** Words of the page Runs. */
export const runs = {
  title: "Runs",
};
