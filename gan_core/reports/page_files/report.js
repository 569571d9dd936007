"use strict";
(() => {
  const { all, one, charts, palette, onPaper } = ganPage;
  let data = JSON.parse(one("#data").textContent);
  const curves = ganCharts(data);
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  // --- colours of runs
  const paint = () => all(".swatch[data-run]").forEach((swatch) => {
    const colours = palette();
    swatch.style.background = colours[Number(swatch.dataset.run) % colours.length];
  });
  charts.push(paint);

  // --- how curves are drawn
  const smoothing = one("#smoothing");
  const tellSmoothing = () => {
    const steps = curves.halfLife();
    const text = steps ? filled(data.words.half_life, { steps: Number(steps.toPrecision(2)).toLocaleString("en") }) : data.words.no_smoothing;
    one("#smoothing-value").textContent = text;
    smoothing.setAttribute("aria-valuetext", text);
  };
  smoothing.addEventListener("input", () => { curves.change({ smoothing: Number(smoothing.value) }); tellSmoothing(); });
  one("#logarithmic").addEventListener("change", (event) => curves.change({ logarithmic: event.target.checked }));
  all("input[name=axis]").forEach((input) => input.addEventListener("change", () => curves.change({ axis: input.value })));
  all("[data-zoom]").forEach((button) => button.addEventListener("click", () => curves.zoom(button.dataset.zoom)));
  all("#runs input").forEach((input) => input.addEventListener("change", () => {
    const run = Number(input.dataset.run);
    if (input.checked) curves.state.hiddenRuns.delete(run); else curves.state.hiddenRuns.add(run);
    curves.redraw();
    showSheet();
  }));

  // --- sheets by step: of every run the newest one of that time
  const slider = one("#slider");
  let steps = [];
  let follows = true; // the newest sheet, until the reader chooses another
  const showSheet = () => {
    if (!steps.length) return;
    const step = steps[Number(slider.value)];
    let told = "";
    all("figure.sheet").forEach((figure) => {
      const run = data.runs[Number(figure.dataset.run)];
      const sheet = run.sheets.reduce((found, other) => (other.step <= step || !found ? other : found), null);
      figure.hidden = !sheet || curves.state.hiddenRuns.has(Number(figure.dataset.run));
      if (!sheet) return;
      const image = one("img", figure);
      if (image.src !== sheet.address) image.src = sheet.address;
      image.alt = filled(data.words.sheet_of, { name: run.name, moment: sheet.moment });
      one("figcaption", figure).textContent = data.runs.length > 1 ? `${run.name}, ${sheet.moment}` : sheet.moment;
      if (sheet.step === step) told = sheet.moment;
    });
    const words = filled(data.words.sheet_at, { moment: told, number: Number(slider.value) + 1, count: steps.length });
    one("#slider-value").textContent = words;
    slider.setAttribute("aria-valuetext", words);
  };
  const smoothen = (image) => image.classList.toggle("fine-grained", image.naturalWidth > image.clientWidth);
  one("#sheets").addEventListener("load", (event) => smoothen(event.target), true); // of those that come later, too
  all("#sheets img").forEach((image) => { if (image.complete) smoothen(image); });
  const takeSheets = () => {
    const before = steps[Number(slider.value)];
    steps = [...new Set(data.runs.flatMap((run) => run.sheets.map((sheet) => sheet.step)))].sort((a, b) => a - b);
    slider.max = String(Math.max(0, steps.length - 1));
    const place = steps.indexOf(before);
    slider.value = String(follows || place < 0 ? Math.max(0, steps.length - 1) : place);
    showSheet();
  };
  const choose = () => { follows = Number(slider.value) === steps.length - 1; showSheet(); };
  slider.addEventListener("input", choose);
  const play = one("#play");
  let playing = null;
  const pause = () => { clearInterval(playing); playing = null; play.textContent = data.words.play; };
  play.addEventListener("click", () => {
    if (playing) { pause(); return; }
    if (Number(slider.value) >= steps.length - 1) slider.value = "0";
    play.textContent = data.words.pause;
    playing = setInterval(() => {
      slider.value = String(Number(slider.value) + 1);
      choose();
      if (Number(slider.value) >= steps.length - 1) pause();
    }, Math.max(80, Math.min(500, 10000 / Math.max(1, steps.length))));
    choose();
  });

  // --- all of it, at first and when there is news
  const take = (next) => {
    data = next;
    one("#axis").hidden = !data.runs.every((run) => run.epochs_per_step);
    curves.update(data);
    takeSheets();
    paint();
    tellSmoothing();
  };
  curves.state.smoothing = Number(smoothing.value);
  curves.state.logarithmic = one("#logarithmic").checked;
  one("input[name=axis][value=step]").checked = true;
  take(data);

  // --- while the run trains: the numbers are new, what the reader chose stays
  const replace = (old, fresh) => {
    if (old.innerHTML === fresh.innerHTML) return;
    const open = all("details", old).map((part) => part.open);
    old.replaceChildren(...fresh.childNodes);
    all("details", old).forEach((part, place) => { if (place < open.length) part.open = open[place]; });
  };
  const renew = (text) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    const next = JSON.parse(one("#data", page).textContent);
    if (next.runs.length !== data.runs.length) { location.reload(); return; }
    all("[data-live]").forEach((old) => {
      const fresh = one(`[data-live="${old.dataset.live}"]`, page);
      if (fresh) replace(old, fresh);
    });
    ["#samples-there", "#samples-none", "#curves-none", "#scores-there"].forEach((id) => { one(id).hidden = one(id, page).hidden; });
    take(next);
  };
  if (data.following) {
    let stamp = null, failed = 0;
    const say = (text) => { one("#news").textContent = text; };
    const ask = async () => {
      try {
        const told = await (await fetch("state")).json();
        if (told.stamp !== stamp) {
          if (stamp !== null) {
            const answer = await fetch("page");
            if (answer.ok) renew(await answer.text());
          }
          stamp = told.stamp;
          say(filled(data.words.news, { time: new Date().toLocaleTimeString() }));
        }
        failed = 0;
      } catch {
        failed += 1;
        if (failed > 2) say(data.words.lost);
      }
      setTimeout(ask, 2000);
    };
    ask();
  }
  onPaper(() => all("details").forEach((part) => { part.open = true; }));
})();
