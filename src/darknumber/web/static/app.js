// Live progress. Everything else works without this.
(function () {
  "use strict";
  const jobs = new Map(); // the last news of each piece of work, by its number
  const open = (job) => job.state === "waiting" || job.state === "running";
  const fetchPart = (part) =>
    htmx.ajax("GET", location.pathname + location.search, {target: part, select: part, swap: "outerHTML"});

  function tell(job) {
    const news = document.getElementById("news");
    const words = {done: news.dataset.ready, failed: news.dataset.failed};
    news.textContent = words[job.state] || "";
  }

  function show(panel, job) {
    panel.querySelector(".text").textContent = job.text;
    const bar = panel.querySelector("progress");
    if (job.share === null) bar.removeAttribute("value");
    else bar.value = job.share;
  }

  // Every panel that waits for work shows how far it is; where the work has ended, the page is fetched anew.
  function look() {
    for (const panel of document.querySelectorAll("[data-awaits]")) {
      const job = jobs.get(Number(panel.dataset.awaits));
      if (!job) continue;
      if (open(job)) show(panel, job);
      else {
        panel.removeAttribute("data-awaits");
        fetchPart("#main");
        return;
      }
    }
  }

  function take(event) {
    for (const job of JSON.parse(event.data)) {
      const before = jobs.get(job.number);
      jobs.set(job.number, job);
      if (before && open(before) && !open(job)) {
        tell(job);
        fetchPart("#steps");
      }
    }
    look();
  }

  // Only the page that is seen listens: a browser keeps few lines open to one address.
  let line = null;
  function listen() {
    if (line) line.close();
    line = document.hidden ? null : new EventSource("/events");
    if (line) line.onmessage = take;
  }

  document.addEventListener("visibilitychange", listen);
  document.addEventListener("htmx:afterSettle", look);
  listen();
})();
