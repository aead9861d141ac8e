/** Words of the page Chat. */
export const chat = {
  title: "Chat",
};
