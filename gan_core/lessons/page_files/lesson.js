"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { all, one, root, charts, palette, style, digits, onPaper } = ganPage;

  // --- pictures: each is kept once
  const show = (image) => { image.src = "data:image/png;base64," + data.pictures[image.dataset.picture]; };
  all("img[data-picture]").forEach(show);

  // --- columns of code
  const panes = all(".pane");
  const tabs = all("[role=tab]");
  const narrow = matchMedia("(max-width: 62rem)");
  let chosen = null; // the line that exercises ask for
  const withText = (tag, text, className = "") => {
    const made = document.createElement(tag);
    made.className = className;
    text.split(/(`[^`]*`)/).forEach((part) => {
      if (part.startsWith("`") && part.length > 1) {
        const code = document.createElement("code");
        code.textContent = part.slice(1, -1);
        made.append(code);
      } else made.append(part);
    });
    return made;
  };
  const tell = (line) => {
    const notes = one("#notes");
    notes.replaceChildren();
    const names = (line.dataset.notes || "").split(" ").filter(Boolean);
    if (!names.length) notes.append(data.words.no_notes);
    names.forEach((name) => {
      const row = data.rows[name];
      const note = document.createElement("div");
      note.append(withText("p", row.title, "title"));
      const list = document.createElement("dl");
      Object.entries(row.frameworks).forEach(([framework, text]) => {
        list.append(withText("dt", data.titles[framework]), withText("dd", text));
      });
      note.append(list);
      notes.append(note);
    });
  };
  const mark = (line) => {
    all(".line.linked, .line.current").forEach((other) => other.classList.remove("linked", "current"));
    const { key, row } = line.dataset;
    all(".line").forEach((other) => {
      if (other === line || (row && other.dataset.row === row)) other.classList.add("current");
      else if (key && other.dataset.key === key) other.classList.add("linked");
    });
    tell(line);
  };
  const choose = (line) => {
    mark(line);
    chosen = line;
    const framework = line.closest(".pane").dataset.framework;
    const words = data.words.line_chosen.replace("{framework}", data.titles[framework]).replace("{number}", line.dataset.number);
    all(".line-chosen").forEach((place) => { place.textContent = words; });
  };
  const intoView = (line) => {
    const box = line.closest(".scroll");
    const top = line.offsetTop - box.offsetTop;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + line.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = top + line.offsetHeight - box.clientHeight;
  };
  let following = false;
  panes.forEach((pane) => {
    const box = one(".scroll", pane);
    const lines = all(".line:not(.nothing)", pane);
    box.addEventListener("mouseover", (event) => {
      const line = event.target.closest(".line:not(.nothing)");
      if (line) mark(line);
    });
    box.addEventListener("click", (event) => {
      const line = event.target.closest(".line:not(.nothing)");
      if (line) choose(line);
    });
    box.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || event.target !== box) return;
      event.preventDefault();
      const now = lines.indexOf(chosen);
      const next = lines[Math.min(lines.length - 1, Math.max(0, now < 0 ? 0 : now + step))];
      choose(next);
      intoView(next);
    });
    box.addEventListener("scroll", () => {
      if (following) return;
      following = true;
      panes.forEach((other) => {
        if (other === pane) return;
        one(".scroll", other).scrollTop = box.scrollTop;
        one(".scroll", other).scrollLeft = box.scrollLeft;
      });
      requestAnimationFrame(() => { following = false; });
    });
    one(".copy", pane).addEventListener("click", async (event) => {
      const text = lines.map((line) => one("code", line).textContent).join("\n");
      try {
        await navigator.clipboard.writeText(text);
        event.target.textContent = event.target.dataset.copied;
      } catch {
        getSelection().selectAllChildren(box);
      }
    });
  });
  const asTabs = () => {
    panes.forEach((pane, position) => {
      if (narrow.matches && tabs.length > 1) {
        pane.setAttribute("role", "tabpanel");
        pane.setAttribute("aria-labelledby", tabs[position].id);
      } else {
        pane.removeAttribute("role");
        pane.removeAttribute("aria-labelledby");
      }
    });
  };
  const select = (tab) => {
    const place = one(".pane.chosen .scroll").scrollTop;
    tabs.forEach((other, position) => {
      const is = other === tab;
      other.setAttribute("aria-selected", String(is));
      other.tabIndex = is ? 0 : -1;
      panes[position].classList.toggle("chosen", is);
    });
    one(".pane.chosen .scroll").scrollTop = place;
  };
  tabs.forEach((tab, position) => {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      const last = tabs.length - 1;
      const next = { ArrowRight: position === last ? 0 : position + 1, ArrowLeft: position === 0 ? last : position - 1, Home: 0, End: last }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      select(tabs[next]);
      tabs[next].focus();
    });
  });
  narrow.addEventListener("change", asTabs);
  if (panes.length) {
    one(".columns").style.setProperty("--count", panes.length);
    asTabs();
  }

  // --- charts
  const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3]];
  const chart = (id, make, logarithmic) => {
    const place = document.getElementById(id);
    if (!place) return () => {};
    let drawn = null;
    const width = () => Math.max(240, place.clientWidth - 14);
    const draw = () => {
      const { x, series } = make();
      const shown = drawn ? drawn.series.slice(1).map((one) => [one.label, one.show]) : [];
      const colours = palette();
      const axis = { stroke: style("--ink"), grid: { stroke: style("--line"), width: 1 }, ticks: { stroke: style("--line") } };
      // of a logarithmic axis the powers of ten alone, and of those no more than fit
      const decades = (self, ticks) => {
        if (!logarithmic) return ticks;
        const powers = ticks.map((tick) => Math.round(Math.log10(tick)));
        const every = Math.ceil((powers[powers.length - 1] - powers[0]) / 9) || 1;
        return ticks.map((tick, at) => (Math.abs(tick / 10 ** powers[at] - 1) < 1e-6 && powers[at] % every === 0 ? tick : null));
      };
      const options = {
        width: width(), height: 340,
        scales: { x: { time: false }, y: logarithmic ? { distr: 3 } : {} },
        axes: [{ ...axis, label: data.words.step, labelSize: 22, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000] }, { ...axis, size: 74, grid: { ...axis.grid, filter: decades }, ticks: { ...axis.ticks, filter: decades }, filter: decades, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : logarithmic ? tick.toExponential(0) : String(+tick.toPrecision(4)))) }],
        series: [{ label: data.words.step }, ...series.map((line, position) => ({
          label: line.label, spanGaps: true, width: line.fixed ? 1.5 : 2,
          stroke: line.fixed ? style("--muted") : colours[position % colours.length],
          dash: line.dash || dashes[Math.floor(position / 2) % dashes.length], points: { show: false },
          show: (shown.find(([label]) => label === line.label) || [0, true])[1],
          value: (_, value) => digits(value),
        }))],
      };
      if (drawn) drawn.destroy();
      drawn = new uPlot(options, [x, ...series.map((line) => line.values)], place);
    };
    draw();
    charts.push(draw);
    new ResizeObserver(() => drawn.setSize({ width: width(), height: 340 })).observe(place);
    return draw;
  };
  // a logarithmic axis has no 0: what is equal lies at the foot, a power of ten below the least difference
  const onFoot = (series) => {
    const known = series.flatMap((line) => line.values).filter((value) => value > 0);
    const foot = 10 ** Math.floor(Math.log10(Math.min(...known, 1)) - 0.5);
    return series.map((line) => ({ ...line, values: line.values.map((value) => (value === null ? null : Math.max(value, foot))) }));
  };
  const highest = (values) => { let most = 0; return values.map((value) => (value === null ? null : (most = Math.max(most, value)))); };
  if (data.measured) {
    const measured = data.measured;
    const steps = measured.floor.map((_, index) => index + 1);
    const compared = () => (one("input[name=ports]:checked") || { value: "losses" }).value;
    const drawPorts = chart("chart-ports", () => {
      const kind = compared();
      const x = kind === "losses" ? steps : measured.watched;
      const lines = measured.ports.map((port) => ({ label: port.title, values: port[kind] }));
      const limit = { label: data.words.threshold, values: x.map(() => data.parted), fixed: true, dash: [4, 4] };
      return { x, series: onFoot([...lines, limit]) };
    }, true);
    all("input[name=ports]").forEach((input) => input.addEventListener("change", drawPorts));
    chart("chart-lockstep", () => ({
      x: steps,
      series: onFoot([
        ...measured.against.map((line) => ({ label: line.title, values: highest(line.losses) })),
        { label: data.words.floor, values: measured.floor, fixed: true, dash: [6, 4] },
      ]),
    }), true);
    chart("chart-losses", () => ({ x: steps, series: measured.losses.map((line) => ({ label: line.title, values: line.values })) }), false);
  }

  // --- samples by step
  const slider = one("#slider");
  if (slider) {
    slider.addEventListener("input", () => {
      const step = data.sheet_steps[Number(slider.value)];
      const words = data.words.at_step.replace("{step}", step);
      slider.setAttribute("aria-valuetext", words);
      one("#slider-value").textContent = words;
      all("#sheets img").forEach((image) => {
        image.dataset.picture = data.sheets[image.dataset.framework][step];
        image.alt = data.words.sheet_of.replace("{framework}", data.titles[image.dataset.framework]).replace("{step}", step);
        show(image);
      });
    });
  }

  // --- exercises
  const asNumber = (text) => Number(text.trim().replace(",", ".").replace(/[−–]/g, "-"));
  const judge = (exercise, form) => {
    const { kind, answer } = exercise;
    if (kind === "line") {
      if (!chosen) return null;
      return chosen.closest(".pane").dataset.framework === answer.framework && answer.keys.includes(chosen.dataset.key);
    }
    const text = new FormData(form).get("answer");
    if (text === null || !text.trim()) return null;
    if (kind === "choice") return Number(text) === answer.value;
    const never = text.trim().toLowerCase() === data.words.never.toLowerCase();
    if (kind === "step" && (never || answer.value === null)) return never && answer.value === null;
    return Math.abs(asNumber(text) - answer.value) <= answer.tolerance + 1e-12;
  };
  all(".exercise").forEach((form) => {
    const verdict = one(".verdict", form);
    const never = one(".never", form);
    if (never) never.addEventListener("click", () => { one("input[name=answer]", form).value = never.value; });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const is = judge(data.exercises[Number(form.dataset.exercise)], form);
      verdict.className = "verdict " + (is === null ? "" : is ? "right" : "wrong");
      verdict.textContent = is === null ? data.words.empty : is ? data.words.right : data.words.wrong;
    });
  });

  onPaper(() => all("details").forEach((part) => { part.open = true; }));
})();
