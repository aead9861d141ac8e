/** Words of the page Run. */
export const run = {
  title: "Run",
};
