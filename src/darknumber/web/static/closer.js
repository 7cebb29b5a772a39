// Pictures whose marks say what they are: drawn anew in the browser where somebody asks for it, and pointed at.
(function () {
  "use strict";
  let drawing = null; // the program that draws is fetched once, when it is first asked for

  function fetchProgram() {
    drawing = drawing || new Promise(function (done, failed) {
      const script = document.createElement("script");
      script.src = "/static/vega.js";
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
    return drawing;
  }

  async function lookCloser(button) {
    button.disabled = true;
    const figure = button.closest("figure"), card = figure.querySelector(".card");
    const spec = JSON.parse(figure.querySelector("template.spec").content.textContent);
    await fetchProgram();
    spec.config.background = "transparent";
    const place = document.createElement("div");
    await window.vegaEmbed(place, spec, {
      ast: true, // expressions are read and not compiled: the page may run no text as a program
      actions: false,
      renderer: "svg",
      defaultStyle: false,
      tooltip: {disableDefaultStyle: true, id: "tip"},
    });
    card.replaceChildren(place);
    button.remove();
  }

  function offer() {
    for (const button of document.querySelectorAll("button.closer[hidden]")) {
      button.hidden = false;
      button.addEventListener("click", () => lookCloser(button));
    }
  }

  document.addEventListener("htmx:afterSettle", offer);
  offer();
})();
