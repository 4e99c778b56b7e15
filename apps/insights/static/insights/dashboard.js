// Keeps the dashboard live: asks the event feed for what is new, shows it, and has the panels read again.
(() => {
  "use strict";

  const root = document.getElementById("dashboard");
  if (!root) {
    return;
  }
  const POLL = 1000; // milliseconds between two questions while all is well
  const LONGEST_PAUSE = 10000; // between two tries while it is not
  const TIMEOUT = 8000;
  const PANELS_AT_MOST_EVERY = 3000;
  const PANELS_AT_LEAST_EVERY = 60000; // hours pass and batches expire without an event

  const dot = root.querySelector(".live-dot");
  const words = root.querySelector("[data-live]");
  const list = document.getElementById("changes");
  let position = Number(root.dataset.position);
  let pause = POLL;
  let panelsAreOld = false;
  let panelsReadAt = Date.now();
  let timer = 0;
  let asking = false;

  function say(state, text) {
    dot.dataset.state = state;
    words.textContent = text;
  }

  async function get(url) {
    const answer = await fetch(url, {
      credentials: "same-origin",
      headers: { "X-Requested-With": "XMLHttpRequest" },
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (answer.redirected) {
      throw new Error("signed out");
    }
    if (answer.status === 409) {
      location.reload(); // another window has switched to another tenant
    }
    if (!answer.ok) {
      throw new Error(`the server answered ${answer.status}`);
    }
    return answer;
  }

  // The one place that knows how news arrive: a stream can take the place of asking.
  async function nextChanges() {
    const news = await (await get(`${root.dataset.feed}&after=${position}`)).json();
    position = news.position;
    return news.changes;
  }

  function part(name, text) {
    const element = document.createElement(name);
    element.textContent = text;
    return element;
  }

  function lineOf(change) {
    const line = document.createElement("li");
    line.className = "change is-new";
    line.dataset.position = change.position;
    const time = part("time", change.at.slice(11, 19));
    time.dateTime = change.at;
    line.append(time, part("strong", change.what));
    if (change.how_much) {
      line.append(part("span", change.how_much));
    }
    line.append(part("small", change.where ? `${change.cause} · ${change.where}` : change.cause));
    return line;
  }

  function show(changes) {
    for (const change of changes) {
      list.prepend(lineOf(change));
    }
    while (list.children.length > Number(root.dataset.length)) {
      list.lastElementChild.remove();
    }
    document.getElementById("no-changes").hidden = list.children.length > 0;
  }

  async function readPanels() {
    const text = await (await get(root.dataset.panels)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const element of fresh.querySelectorAll("[data-swap]")) {
      const old = root.querySelector(`[data-swap="${element.dataset.swap}"]`);
      if (old && old.innerHTML !== element.innerHTML) {
        old.innerHTML = element.innerHTML;
      }
    }
    for (const element of fresh.querySelectorAll("[id$='-chart'], [id$='-empty'], [id$='-details']")) {
      document.getElementById(element.id).hidden = element.hidden;
    }
    for (const canvas of fresh.querySelectorAll(".dashboard-chart canvas")) {
      redraw(canvas.closest(".dashboard-chart").id, JSON.parse(canvas.dataset.value));
    }
    root.querySelector('[data-swap="read-at"]').textContent = fresh.querySelector("[data-read-at]").dataset.readAt;
    panelsReadAt = Date.now();
    panelsAreOld = false;
  }

  function redraw(id, data) {
    const chart = Chart.getChart(document.querySelector(`#${id} canvas`));
    if (!chart) {
      return; // not drawn yet: the page is still loading
    }
    chart.data.labels = data.labels;
    // What is known keeps its object, so that what a person hid in the legend stays hidden.
    chart.data.datasets = data.datasets.map((wanted) => {
      const known = chart.data.datasets.find((each) => each.label === wanted.label);
      return known ? Object.assign(known, wanted) : wanted;
    });
    chart.update();
  }

  async function tick() {
    if (asking || document.hidden) {
      return;
    }
    asking = true;
    try {
      const changes = await nextChanges();
      show(changes);
      panelsAreOld = panelsAreOld || changes.length > 0;
      const age = Date.now() - panelsReadAt;
      if ((panelsAreOld && age >= PANELS_AT_MOST_EVERY) || age >= PANELS_AT_LEAST_EVERY) {
        await readPanels();
      }
      pause = POLL;
      say("live", "Live");
    } catch (error) {
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      const out = error.message === "signed out";
      say("trouble", out ? "Signed out: load the page again" : "Not live, trying again");
    }
    asking = false;
    window.clearTimeout(timer);
    timer = window.setTimeout(tick, pause);
  }

  // Text in charts follows the theme; unfold does it for the lines.
  function colourCharts() {
    const colour = document.documentElement.classList.contains("dark") ? "#aab2c0" : "#4b5563";
    for (const canvas of root.querySelectorAll(".dashboard-chart canvas")) {
      const chart = Chart.getChart(canvas);
      if (chart) {
        chart.options.color = colour;
        chart.options.plugins.legend.labels.color = colour;
        for (const scale of Object.values(chart.options.scales)) {
          scale.ticks.color = colour;
          scale.title.color = colour;
        }
        chart.update();
      }
    }
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      say("starting", "Paused");
    } else {
      tick();
    }
  });
  window.addEventListener("load", () => {
    colourCharts();
    new MutationObserver(colourCharts).observe(document.documentElement, { attributeFilter: ["class"] });
    tick();
  });
})();
