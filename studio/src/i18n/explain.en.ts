/** Words of the page Explain. */
export const explain = {
  title: "Explain",
};
