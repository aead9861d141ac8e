/** The studio in the browser: a viewer of files that runs write. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { markDocument } from "./i18n/language";
import { Shell } from "./layout/Shell";
import "./styles/index.css";
import { applyTheme } from "./theme/theme";

applyTheme();
markDocument();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Shell />
    </StrictMode>,
  );
}
