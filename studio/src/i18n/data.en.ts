/** Words of the page Data. */
export const data = {
  title: "Data",
};
