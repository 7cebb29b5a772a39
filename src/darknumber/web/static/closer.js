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

  // What a mark says of itself, beside the pointer and inside the window.
  function point(tip, event, words) {
    tip.textContent = words || "";
    const across = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    const down = Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8);
    tip.style.left = across + "px";
    tip.style.top = down + "px";
  }

  async function lookCloser(button) {
    button.disabled = true;
    const figure = button.closest("figure"), card = figure.querySelector(".card");
    const spec = JSON.parse(figure.querySelector("template.spec").content.textContent);
    await fetchProgram();
    spec.config.background = "transparent";
    const place = document.createElement("div"), tip = document.createElement("p");
    tip.className = "tip";
    tip.setAttribute("role", "status");
    await window.vegaEmbed(place, spec, {
      ast: true, // expressions are read and not compiled: the page may run no text as a program
      actions: false,
      renderer: "svg",
      defaultStyle: false,
      tooltip: (_, event, __, words) => point(tip, event, words),
    });
    // To those who listen it is one picture with a name, as before; its numbers stand in the table below it.
    for (const part of place.querySelectorAll("[role], [aria-label]")) {
      for (const name of ["role", "aria-label", "aria-roledescription"]) part.removeAttribute(name);
    }
    const picture = place.querySelector("svg");
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", figure.querySelector("figcaption b").textContent);
    card.replaceChildren(place, tip);
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
