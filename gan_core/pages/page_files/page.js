"use strict";
// What the scripts of all pages share: the reader's dark or light, the colours of charts, printing.
const ganPage = (() => {
  const all = (query, place = document) => [...place.querySelectorAll(query)];
  const one = (query, place = document) => place.querySelector(query);
  const root = document.documentElement;
  const charts = []; // functions that draw a chart anew, in the colours of the moment
  const redraw = () => charts.forEach((draw) => draw());

  // --- dark or light
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (prefersDark.matches ? "dark" : "light")) === "dark";
  const button = one("#theme");
  if (button) {
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      redraw();
    });
  }
  prefersDark.addEventListener("change", redraw);

  // --- colours that lines are told apart by, and those of the style
  const colours = {
    light: ["#0b57a4", "#b3420a", "#0a6b4f", "#8a1a8f", "#7a5c00", "#a11245", "#3f4d9e", "#4a5a12", "#006c7a"],
    dark: ["#7cbcff", "#ffa366", "#5fd3ac", "#e2a3ff", "#e8c84a", "#ff8fb0", "#aab6ff", "#b9d06a", "#67d5e6"],
  };
  const palette = () => colours[isDark() ? "dark" : "light"];
  const style = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const digits = (value) => (value === null || value === undefined ? "—" : Number(value).toPrecision(3));

  // --- on paper all is shown, in the light colours
  const onPaper = (prepare) => {
    let before = null;
    addEventListener("beforeprint", () => {
      before = root.dataset.theme || "";
      root.dataset.theme = "light";
      prepare();
      redraw();
    });
    addEventListener("afterprint", () => {
      if (before) root.dataset.theme = before;
      else delete root.dataset.theme;
      redraw();
    });
  };
  return { all, one, root, charts, redraw, isDark, palette, style, digits, onPaper };
})();
