// Live progress, and forms that ask again when a choice changes. Everything else works without this.
(function () {
  "use strict";
  const seen = new Map();

  function refresh(number) {
    const panel = document.querySelector('[data-awaits="' + number + '"]');
    const here = location.pathname + location.search;
    if (panel) {
      htmx.ajax("GET", here, {target: "#main", select: "#main", swap: "outerHTML"});
    }
    htmx.ajax("GET", here, {target: "#steps", select: "#steps", swap: "outerHTML"});
  }

  function tell(job) {
    const news = document.getElementById("news");
    if (news) {
      news.textContent = job.state === "done" ? news.dataset.ready : job.state === "failed" ? news.dataset.failed : "";
    }
  }

  function show(job) {
    const panel = document.querySelector('[data-awaits="' + job.number + '"]');
    if (!panel) return;
    panel.querySelector(".text").textContent = job.text;
    const bar = panel.querySelector("progress");
    if (job.share === null) bar.removeAttribute("value");
    else bar.value = job.share;
  }

  function follow() {
    const source = new EventSource("/events");
    source.onmessage = function (event) {
      for (const job of JSON.parse(event.data)) {
        const open = job.state === "waiting" || job.state === "running";
        const awaited = document.querySelector('[data-awaits="' + job.number + '"]');
        if (open) show(job);
        else if (seen.get(job.number) === true || (awaited && !seen.has(job.number))) {
          tell(job);
          refresh(job.number);
        }
        seen.set(job.number, open);
      }
    };
  }

  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-reloads]")) return;
    const form = event.target.form;
    const look = form.querySelector('button[name="look"]');
    if (look) form.requestSubmit(look);
  });

  // Links inside a page move the reader there, also after the page was fetched without loading it anew.
  document.addEventListener("htmx:afterSettle", function (event) {
    if (event.detail.boosted) document.getElementById("main").focus({preventScroll: true});
  });

  follow();
})();
