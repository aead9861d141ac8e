// Lets a reader choose a head and a token, and shows where the head looks from there. The page is
// complete without it. It loads nothing and reads only the JSON block of the page.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const block = document.getElementById("explain-data");
  const viewer = document.getElementById("head-viewer");
  if (!block || !viewer) return;
  const data = JSON.parse(block.textContent);
  const title = document.getElementById("head-title");
  const queries = document.getElementById("head-queries");
  const keys = document.getElementById("head-keys");
  const buttons = [...document.querySelectorAll("[data-head]")];
  let chosen = null, place = 0;

  function makeToken(text, value, share) {
    const token = document.createElement("span");
    token.className = text === "⋯" ? "token for further" : "token for";
    token.textContent = text;
    token.tabIndex = 0;
    if (value !== null) token.dataset.value = value;
    token.style.setProperty("--p", `${share}%`);
    return token;
  }

  function draw() {
    const head = data.heads[chosen];
    if (!head) return;
    const [rows, columns] = data.tokens[head.part];
    const weights = Uint8Array.from(atob(head.weights), (one) => one.charCodeAt(0));
    place = Math.min(place, rows.length - 1);
    viewer.hidden = false;
    title.textContent = viewer.dataset.title.replace("{layer}", head.layer).replace("{head}", head.head);
    queries.replaceChildren(...rows.map((text, row) => {
      const token = makeToken(text, null, 0);
      token.setAttribute("role", "button");
      token.setAttribute("aria-pressed", String(row === place));
      const choose = () => { place = row; draw(); queries.children[row].focus(); };
      token.addEventListener("click", choose);
      token.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); }
      });
      return token;
    }));
    const own = [...columns].map((_, column) => weights[place * columns.length + column] / 255);
    const most = Math.max(...own, 1e-6);
    keys.replaceChildren(...columns.map((text, column) =>
      makeToken(text, own[column].toFixed(3), 50 * own[column] / most)));
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.head === chosen));
  }

  for (const button of buttons) {
    button.addEventListener("click", () => { chosen = button.dataset.head; draw(); });
  }
  if (buttons.length) {
    chosen = buttons[buttons.length - 1].dataset.head;
    place = Infinity;
    draw();
  }
});
