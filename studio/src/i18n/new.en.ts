/** Words of the page New. */
export const newRun = {
  title: "New run",
};
