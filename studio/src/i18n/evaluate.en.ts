/** Words of the page Evaluate. */
export const evaluate = {
  title: "Evaluate",
};
