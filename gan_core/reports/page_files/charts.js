"use strict";
// The charts of a report: smoothed, on a logarithmic axis, over steps or epochs, enlarged together.
const ganCharts = (first) => {
  const { all, one, charts, palette, style, digits } = ganPage;
  const FEW = 60; // points, up to which each is marked
  const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
  const state = { smoothing: 0, logarithmic: false, axis: "step", view: null, off: new Set(), hiddenRuns: new Set() };
  let data = first;
  const drawn = new Map(); // group and name of a panel → its chart

  // --- numbers
  const perStep = (run) => (state.axis === "epoch" ? data.runs[run].epochs_per_step : 1);
  const longest = () => Math.max(1, ...data.runs.map((run) => run.steps));
  const halfLife = () => (state.smoothing ? longest() * 0.0005 * 400 ** (state.smoothing / 100) : 0); // .05% to 20% of the run
  // weights halve with each half-life of steps; divided by their sum, so that the beginning is not drawn towards 0
  const smoothed = (curve) => {
    let above = 0, below = 0, before = null;
    return curve.means.map((value, place) => {
      const step = curve.mean_steps[place];
      const decay = before === null ? 1 : 2 ** (-(step - before) / halfLife());
      before = step;
      above *= decay; below *= decay;
      if (value === null) return null;
      above += value; below += 1;
      return above / below;
    });
  };
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // --- one panel
  const colourOf = (panel, curve) => {
    const colours = palette();
    const several = data.runs.length > 1;
    return colours[(several ? curve.run : panel.names.indexOf(curve.name)) % colours.length];
  };
  const linesOf = (panel) => {
    const several = data.runs.length > 1;
    const lines = [];
    panel.curves.forEach((curve) => {
      if (state.hiddenRuns.has(curve.run)) return;
      const colour = colourOf(panel, curve);
      const position = panel.names.indexOf(curve.name);
      const own = panel.group === "curves" ? curve.label : panel.title;
      const label = several ? (panel.names.length > 1 ? `${data.runs[curve.run].name}: ${own}` : data.runs[curve.run].name) : own;
      const key = `${panel.group}/${panel.name}/${curve.run}/${curve.name}`;
      const line = { key, label, stroke: colour, dash: several ? DASHES[position % DASHES.length] : [], points: curve.steps.length <= FEW };
      const smooth = halfLife() && panel.group !== "scores" && curve.steps.length > 4;
      const factor = perStep(curve.run);
      if (smooth) lines.push({ ...line, className: "faint", stroke: `${colour}50`, width: 1, points: false, x: curve.steps.map((step) => step * factor), y: curve.values });
      lines.push(smooth
        ? { ...line, width: 2, points: false, x: curve.mean_steps.map((step) => step * factor), y: smoothed(curve) }
        : { ...line, width: panel.group === "scores" ? 2 : 1.4, x: curve.steps.map((step) => step * factor), y: curve.values });
    });
    return lines;
  };
  const constantsOf = (panel) => {
    const found = new Map();
    panel.curves.forEach((curve) => {
      if (state.hiddenRuns.has(curve.run)) return;
      const muted = style("--muted");
      if (curve.undecided !== undefined) {
        const label = filled(data.words.undecided, { name: curve.name });
        found.set(label + curve.undecided, { label, value: curve.undecided, stroke: data.runs.length > 1 ? muted : colourOf(panel, curve) });
      }
      if (curve.floor !== undefined && curve.floor !== null) found.set(curve.floor, { label: data.words.floor, value: curve.floor, stroke: muted });
    });
    if (panel.bounds) found.set("middle", { label: "1/2", value: (panel.bounds[0] + panel.bounds[1]) / 2, stroke: style("--muted") });
    return [...found.values()].map((line) => ({ ...line, key: `${panel.name}/${line.label}`, className: "fixed", dash: [6, 4], width: 1.2, points: false }));
  };
  const logTicks = (low, high) => {
    const span = Math.log10(high / low);
    const parts = span < 0.7 ? [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9] : span < 2 ? [1, 2, 3, 5, 7] : span < 4 ? [1, 2, 5] : [1];
    const every = Math.max(1, Math.ceil(span / 9));
    const ticks = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
      if (power % every) continue;
      parts.forEach((part) => { const tick = part * 10 ** power; if (tick >= low && tick <= high) ticks.push(tick); });
    }
    return ticks;
  };
  const written = (value) => {
    if (value === null || value === undefined) return "";
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(1).replace(".0e", "e").replace("e+", "e");
    return Number(value.toPrecision(6)).toLocaleString("en");
  };
  const extent = (plot) => [plot.data[0][0], plot.data[0][plot.data[0].length - 1]];
  const whole = () => {
    let low = Infinity, high = -Infinity;
    drawn.forEach(({ plot }) => { if (plot && plot.data[0].length) { const [a, b] = extent(plot); low = Math.min(low, a); high = Math.max(high, b); } });
    return low < high ? { min: low, max: high } : null;
  };
  const same = (a, b) => (a === null || b === null ? a === b : Math.abs(a.min - b.min) + Math.abs(a.max - b.max) < 1e-9 * (1 + Math.abs(a.max)));
  const rangeFor = (plot) => {
    const [low, high] = extent(plot);
    if (state.view) return state.view;
    return low < high ? { min: low, max: high } : { min: low - 1, max: low + 1 };
  };
  const look = (view) => {
    if (same(view, state.view)) return;
    state.view = view;
    drawn.forEach(({ plot }) => { if (plot && plot.data[0].length) plot.setScale("x", rangeFor(plot)); });
  };

  const notesOf = (panel, dropped) => {
    const notes = [];
    const cut = panel.curves.filter((curve) => curve.in_bucket > 1 && !state.hiddenRuns.has(curve.run));
    const unlike = new Set(cut.map((curve) => `${curve.steps.length} ${curve.whole}`));
    if (cut.length) {
      const most = cut.reduce((a, b) => (b.whole > a.whole ? b : a));
      const count = (number) => (unlike.size > 1 ? "≈ " : "") + number.toLocaleString("en");
      notes.push(filled(data.words.thinned, { shown: count(most.steps.length), whole: count(most.whole), bucket: most.in_bucket.toLocaleString("en") }));
    }
    if (dropped) notes.push(filled(data.words.left_out, { count: dropped.toLocaleString("en") }));
    return notes;
  };
  const accessible = (plot) => {
    const legend = one(".u-legend", plot.root);
    if (!legend) return;
    legend.setAttribute("role", "group");
    all("tr, tbody, td", legend).forEach((part) => part.setAttribute("role", "none"));
    all(".u-series", legend).forEach((row, place) => {
      const head = one("th", row);
      if (!place) { head.setAttribute("role", "none"); return; }
      head.tabIndex = 0;
      head.setAttribute("role", "switch");
      head.setAttribute("aria-checked", String(plot.series[place].show));
      head.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        event.stopPropagation();
        head.click();
      });
    });
  };
  const nearest = (plot, series, place) => {
    const values = plot.data[series];
    for (let away = 0; away < values.length; away += 1) {
      if (values[place - away] !== null && values[place - away] !== undefined) return place - away;
      if (values[place + away] !== null && values[place + away] !== undefined) return place + away;
    }
    return place;
  };

  const draw = (entry) => {
    const { panel, host } = entry;
    panel.names = [...new Set(panel.curves.map((curve) => curve.name))];
    if (entry.plot) entry.plot.destroy();
    entry.plot = null;
    const logarithmic = state.logarithmic && panel.group === "curves";
    let lines = linesOf(panel).filter((line) => line.x.length && line.x.every((x) => Number.isFinite(x)));
    let dropped = 0;
    if (logarithmic) {
      lines = lines.map((line) => ({ ...line, y: line.y.map((value) => {
        if (value === null || value > 0) return value;
        if (line.className !== "faint") dropped += 1;
        return null;
      }) }));
    }
    const some = lines.some((line) => line.y.some((value) => value !== null));
    one(".note", host).textContent = (lines.length && logarithmic && !some ? [data.words.no_positive] : notesOf(panel, dropped)).join(" ");
    if (!some) { one(".chart", host).hidden = true; return; }
    one(".chart", host).hidden = false;
    const joined = uPlot.join(lines.map((line) => [line.x, line.y]));
    const constants = constantsOf(panel).filter((line) => !logarithmic || line.value > 0);
    const table = [...joined, ...constants.map((line) => joined[0].map(() => line.value))];
    const series = [...lines, ...constants];
    const place = one(".chart", host);
    const small = panel.group === "scores";
    const size = () => ({ width: Math.max(220, place.clientWidth - 14), height: small ? 210 : place.clientWidth < 500 ? 260 : 330 });
    const axis = { stroke: style("--ink"), grid: { stroke: style("--line"), width: 1 }, ticks: { stroke: style("--line"), width: 1 } };
    const words = data.words[state.axis];
    let ready = false;
    const options = {
      ...size(),
      scales: {
        x: { time: false },
        y: logarithmic
          ? { distr: 3, range: (_, low, high) => [low / 1.08, high * 1.08] }
          : panel.bounds ? { range: panel.bounds } : {},
      },
      cursor: { sync: { key: "report", scales: ["x", null] }, drag: { x: true, y: false }, dataIdx: nearest, points: { size: 6 } },
      legend: { markers: {
        width: 2,
        dash: (_, position) => ((series[position - 1] || {}).dash || []).length ? "dashed" : "solid",
        fill: (_, position) => (((series[position - 1] || {}).dash || []).length ? "transparent" : (series[position - 1] || {}).stroke),
      } },
      axes: [
        { ...axis, label: words, labelSize: 20, size: 36, incrs: state.axis === "epoch" ? undefined : [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 5e6], values: (_, ticks) => ticks.map(written) },
        { ...axis, size: 62, values: (_, ticks) => ticks.map(written), filter: (_, ticks) => ticks, ...(logarithmic ? { splits: (_plot, _axis, low, high) => logTicks(low, high) } : {}) },
      ],
      series: [
        { label: words, value: (_, value) => (value === null ? "—" : written(value)) },
        ...series.map((line) => ({
          label: line.label, class: line.className || "curve", stroke: line.stroke, width: line.width, dash: line.dash, spanGaps: false,
          points: { show: line.points, size: 4 }, show: !state.off.has(line.key), value: (_, value) => digits(value),
        })),
      ],
      hooks: {
        setScale: [(plot, key) => {
          if (key !== "x" || !ready) return;
          const { min, max } = plot.scales.x;
          const all_ = whole();
          look(all_ && min <= all_.min && max >= all_.max ? null : same({ min, max }, rangeFor(plot)) ? state.view : { min, max });
        }],
        setSeries: [(plot, position, change) => {
          if (!position || !change || change.show === undefined) return;
          const line = series[position - 1];
          if (change.show) state.off.delete(line.key); else state.off.add(line.key);
          series.forEach((other, index) => {
            if (other !== line && other.key === line.key && plot.series[index + 1].show !== change.show) plot.setSeries(index + 1, { show: change.show });
          });
          const head = all(".u-legend .u-series th", plot.root)[position];
          if (head) head.setAttribute("aria-checked", String(change.show));
        }],
      },
    };
    entry.plot = new uPlot(options, table, place);
    entry.size = size;
    entry.plot.setScale("x", rangeFor(entry.plot));
    accessible(entry.plot);
    setTimeout(() => { ready = true; });
  };

  // --- all panels
  const made = (panel) => {
    const container = one(`.panels[data-group="${panel.group}"]`);
    const host = document.createElement("div");
    host.className = "panel";
    const head = document.createElement("h3");
    head.textContent = panel.unit && panel.group !== "curves" ? `${panel.title}, ${panel.unit}` : panel.title;
    const chart = document.createElement("div");
    chart.className = "chart";
    chart.tabIndex = 0;
    chart.setAttribute("role", "group");
    chart.setAttribute("aria-label", `${panel.title}. ${one('.panels[data-group="curves"]').dataset.label}`);
    const note = document.createElement("p");
    note.className = "note";
    host.append(head, chart, note);
    container.append(host);
    const entry = { panel, host, plot: null };
    new ResizeObserver(() => { if (entry.plot) entry.plot.setSize(entry.size()); }).observe(chart);
    chart.addEventListener("keydown", (event) => {
      if (event.target !== chart || event.ctrlKey || event.metaKey || event.altKey) return;
      const act = { "+": "in", "=": "in", "-": "out", "0": "all", ArrowLeft: "left", ArrowRight: "right" }[event.key];
      if (!act) return;
      event.preventDefault();
      zoom(act);
    });
    return entry;
  };
  const update = (next) => {
    data = next;
    const keys = new Set();
    data.panels.forEach((panel) => {
      const key = `${panel.group}/${panel.name}`;
      keys.add(key);
      if (!drawn.has(key)) drawn.set(key, made(panel));
      drawn.get(key).panel = panel;
    });
    drawn.forEach((entry, key) => {
      if (keys.has(key)) return;
      if (entry.plot) entry.plot.destroy();
      entry.host.remove();
      drawn.delete(key);
    });
    redraw();
  };
  const redraw = () => drawn.forEach(draw);
  const zoom = (act) => {
    const all_ = whole();
    if (!all_) return;
    if (act === "all") { look(null); return; }
    const { min, max } = state.view || all_;
    const width = (max - min) * { in: 0.5, out: 2, left: 1, right: 1 }[act];
    const middle = (min + max) / 2 + width * 0.25 * ({ left: -1, right: 1 }[act] || 0);
    if (width >= all_.max - all_.min) { look(null); return; }
    const low = Math.min(Math.max(middle - width / 2, all_.min), all_.max - width);
    look({ min: low, max: low + width });
  };
  charts.push(redraw);
  const change = (changes) => {
    if (changes.axis && changes.axis !== state.axis) state.view = null;
    Object.assign(state, changes);
    redraw();
  };
  return { update, redraw, change, zoom, state, halfLife, drawn };
};
