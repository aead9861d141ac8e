// Makes a page respond: colours, copy buttons, and charts that are drawn again at the width
// they get, with a choice of axes and a read-out by pointer or arrow keys. The page is complete
// without it. It loads nothing and reads only the JSON block of the page.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const stored = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("yanmo-theme");
      localStorage.setItem("yanmo-theme", value);
    } catch { /* A browser may forbid storage to local files; the choice then lasts for the visit. */ }
    return null;
  };
  const chosen = stored();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  const LEFT = 48, RIGHT = 10, TOP = 10, BOTTOM = 26, charts = [], views = {};
  let data, words;

  // The axes of charts that belong together.
  const viewOf = (family) => (views[family || ""] ??= { x: "step", y: "linear" });

  document.addEventListener("DOMContentLoaded", () => {
    data = JSON.parse(document.getElementById("report-data").textContent);
    words = data.words;
    startTheme();
    for (const button of document.querySelectorAll(".copy")) startCopy(button);
    for (const chart of data.charts) charts.push(startChart(chart));
    for (const input of document.querySelectorAll(".switches input")) {
      input.addEventListener("change", () => {
        const family = input.closest(".switches").dataset.family || "", view = viewOf(family);
        if (input.name.startsWith("x-axis")) view.x = input.value;
        else view.y = input.value;
        charts.filter((chart) => (chart.family || "") === family).forEach(draw);
      });
    }
    const watcher = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        const chart = charts.find((c) => c.plot === target);
        chart.width = Math.round(contentRect.width);
        draw(chart);
      }
    });
    for (const chart of charts) watcher.observe(chart.plot);
    let unfolded = [];
    addEventListener("beforeprint", () => {
      unfolded = [...document.querySelectorAll("details:not([open])")];
      for (const part of unfolded) part.open = true;
    });
    addEventListener("afterprint", () => { for (const part of unfolded) part.open = false; });
  });

  function startTheme() {
    const button = document.getElementById("theme");
    const system = matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
    const label = () => { button.querySelector(".label").textContent = isDark() ? words.light : words.dark; };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      stored(root.dataset.theme);
      label();
    });
    system.addEventListener("change", label);
    label();
  }

  function startCopy(button) {
    const source = button.parentElement.querySelector("code");
    const before = button.textContent;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source.textContent);
      } catch {
        // Without the clipboard the text is selected, so that the reader's own key copies it.
        getSelection().selectAllChildren(source);
        if (!document.execCommand("copy")) return;
        getSelection().removeAllRanges();
      }
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = before; }, 1600);
    });
  }

  function startChart(chart) {
    const figure = document.getElementById("chart-" + chart.name);
    chart.plot = figure.querySelector(".plot");
    chart.output = figure.querySelector(".readout");
    chart.svg = figure.querySelector("svg");
    chart.height = Number(chart.plot.dataset.height);
    chart.width = 0;
    chart.view = viewOf(chart.family);
    // The longest series: the arrow keys step through its points.
    chart.main = chart.groups.filter((g) => g.lines.some((l) => l.kind !== "thin")).sort((a, b) => b.x.step.length - a.x.step.length)[0];
    const plot = chart.plot;
    for (const [name, value] of Object.entries({
      tabindex: "0", role: "slider", "aria-label": chart.label, "aria-valuemin": "0",
      "aria-valuemax": String(chart.main.x.step.length - 1), "aria-valuenow": "0", "aria-valuetext": chart.label,
    })) plot.setAttribute(name, value);
    plot.addEventListener("pointermove", (event) =>
      showAll(chart, chart.xOf.back(event.clientX - plot.getBoundingClientRect().left)));
    plot.addEventListener("pointerleave", () => hideAll(chart));
    plot.addEventListener("blur", () => hideAll(chart));
    plot.addEventListener("keydown", (event) => {
      const xs = xsOf(chart, chart.main), page = Math.max(1, Math.round(xs.length / 20));
      const moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: page, PageDown: -page,
        Home: -Infinity, End: Infinity };
      if (event.key === "Escape") hideAll(chart);
      if (!(event.key in moves)) return;
      const index = Number(plot.getAttribute("aria-valuenow")) + moves[event.key];
      event.preventDefault();
      showAll(chart, xs[Math.min(xs.length - 1, Math.max(0, index))]);
    });
    return chart;
  }

  function element(chart, name, attributes, text) {
    const made = document.createElementNS(chart.svg.namespaceURI, name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.textContent = text;
    chart.svg.append(made);
    return made;
  }

  function draw(chart) {
    const { svg, width, height } = chart;
    if (!width) return;
    const isLog = chart.large && chart.view.y === "log";
    const xs = chart.groups.flatMap((g) => xsOf(chart, g));
    const ys = chart.groups.flatMap((g) => g.lines.flatMap((l) => l.y)).filter((y) => !isLog || y > 0);
    let [y0, y1] = [minimum(ys), maximum(ys)];
    const [low, high] = [y0, y1];
    if (y1 <= y0) { const around = Math.abs(y0) * 0.1 || 1; y0 -= around; y1 += around; }
    else if (isLog) { const part = (y1 / y0) ** 0.04; y0 /= part; y1 *= part; }
    else { const margin = 0.04 * (y1 - y0); y0 -= margin; y1 += margin; }
    if (!isLog && !chart.large && low >= 0 && low <= 0.3 * high) y0 = 0;
    const f = isLog ? Math.log : (v) => v;
    const x0 = Math.min(0, minimum(xs)), x1 = maximum(xs) > x0 ? maximum(xs) : x0 + 1;
    const X = (x) => LEFT + ((x - x0) / (x1 - x0)) * (width - LEFT - RIGHT);
    X.back = (p) => x0 + ((p - LEFT) / (width - LEFT - RIGHT)) * (x1 - x0);
    const Y = (y) => height - BOTTOM - ((f(y) - f(y0)) / (f(y1) - f(y0))) * (height - TOP - BOTTOM);
    chart.xOf = X;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const y of isLog ? logTicks(y0, y1) : ticks(y0, y1, Math.max(3, Math.floor(height / 55)))) {
      element(chart, "line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: Y(y), y2: Y(y) });
      element(chart, "text", { class: "tick", x: LEFT - 8, y: Y(y) + 4, "text-anchor": "end" }, tickText(y));
    }
    for (const x of xTicks(chart, x0, x1, Math.max(2, Math.floor(width / 110)))) {
      const p = X(x), anchor = p < LEFT + 12 ? "start" : p > width - RIGHT - 24 ? "end" : "middle";
      element(chart, "text", { class: "tick", x: p, y: height - 7, "text-anchor": anchor }, xText(chart, x));
    }
    for (const group of chart.groups) {
      for (const line of group.lines) {
        const points = xsOf(chart, group).map((x, i) => [X(x), Y(line.y[i])]).filter((p) => isFinite(p[1]));
        if (line.kind === "kept") {
          for (const p of points) element(chart, "circle", { class: "kept", cx: p[0], cy: p[1], r: 6 });
          continue;
        }
        const d = "M" + points.map((p) => p[0].toFixed(1) + " " + p[1].toFixed(1)).join("L");
        element(chart, "path", { class: "series " + (line.kind === "dots" ? "between" : line.kind), d });
        if (line.kind !== "dots") continue;
        for (const p of points) element(chart, "circle", { class: "dot", cx: p[0], cy: p[1], r: 3.5 });
      }
    }
    chart.cursor = element(chart, "line", { class: "cursor", y1: TOP, y2: height - BOTTOM, visibility: "hidden" });
    rest(chart);
  }

  const together = (chart) => charts.filter((other) => other.width && other.view === chart.view);
  const showAll = (chart, x) => together(chart).forEach((other) => show(other, x));
  const hideAll = (chart) => together(chart).forEach(rest);

  // Without a cursor the read-out tells the last values.
  function rest(chart) {
    show(chart, Infinity);
    chart.cursor.setAttribute("visibility", "hidden");
  }

  function show(chart, wanted) {
    const main = chart.main, index = nearest(xsOf(chart, main), wanted), x = xsOf(chart, main)[index];
    chart.cursor.setAttribute("x1", chart.xOf(x));
    chart.cursor.setAttribute("x2", chart.xOf(x));
    chart.cursor.setAttribute("visibility", "visible");
    const parts = [], isLarge = chart.large;
    if (isLarge) parts.push(`${words.step} ${number(main.x.step[index])}`);
    if (isLarge && main.x.tokens) parts.push(`${words.tokens} ${compact(main.x.tokens[index])}`);
    if (isLarge && main.x.time) parts.push(clock(main.x.time[index]));
    for (const group of chart.groups) {
      const i = nearest(xsOf(chart, group), x);
      for (const line of group.lines.filter((l) => l.kind !== "thin" && l.kind !== "kept")) {
        // The step is named where a point of another series does not lie at the cursor.
        const away = group.x.step[i] !== main.x.step[index];
        const at = away ? ` (${words.step} ${number(group.x.step[i])})` : "";
        parts.push((isLarge ? `${line.label} ` : "") + precise(line.y[i]) + at);
      }
    }
    chart.output.textContent = parts.join(" · ");
    chart.plot.setAttribute("aria-valuenow", String(index));
    chart.plot.setAttribute("aria-valuetext", parts.join(", "));
  }

  const xsOf = (chart, group) => group.x[chart.view.x] || group.x.step;
  const minimum = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
  const maximum = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const number = (v) => Math.round(v).toLocaleString("en");
  const compact = (v) => v < 1e5 ? number(v)
    : new Intl.NumberFormat(data.lang, { notation: "compact", maximumSignificantDigits: 3 }).format(v);
  const precise = (v) => Math.abs(v) >= 1000 ? number(v)
    : v !== 0 && Math.abs(v) < 1e-3 ? v.toExponential(2) : String(Number(v.toPrecision(4)));

  function tickText(v) {
    if (v !== 0 && Math.abs(v) < 1e-3) return v.toExponential(1).replace(".0e", "e");
    return Math.abs(v) >= 1000 ? compact(v) : String(Number(v.toPrecision(3)));
  }

  const xText = (chart, x) => chart.view.x === "time" ? clock(x) : x === 0 ? "0" : compact(x);

  function clock(seconds) {
    const s = Math.round(seconds), two = (v) => String(v).padStart(2, "0");
    const hours = Math.floor(s / 3600), minutes = Math.floor(s / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
  }

  function ticks(low, high, wanted) {
    const rough = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s >= rough * 0.75);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
    return found;
  }

  // Time is divided as clocks are.
  function xTicks(chart, low, high, wanted) {
    if (chart.view.x !== "time") return ticks(low, high, wanted);
    const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];
    const step = steps.find((s) => (high - low) / s <= wanted);
    if (!step) return ticks(low / 86400, high / 86400, wanted).map((d) => d * 86400);
    const found = [];
    for (let x = Math.ceil(low / step) * step; x <= high; x += step) found.push(x);
    return found;
  }

  function logTicks(low, high) {
    const found = [];
    for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10) {
      for (let n = 1; n < 10; n++) if (n * power >= low && n * power <= high) found.push(n * power);
    }
    const sparse = found.length > 12 ? found.filter((v) => /^[125]/.test(v.toExponential())) : found;
    return sparse.length > 2 ? sparse : ticks(low, high, 5).filter((v) => v > 0);
  }

  function nearest(xs, wanted) {
    let best = 0;
    if (wanted === Infinity) return xs.length - 1;
    xs.forEach((x, i) => { if (Math.abs(x - wanted) < Math.abs(xs[best] - wanted)) best = i; });
    return best;
  }
})();
