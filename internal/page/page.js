"use strict";
{
  const stageOf = hash => {
    let id = hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* as it is */ }
    const found = id && document.getElementById(id);
    return found instanceof HTMLDetailsElement ? found : null;
  };
  // The rest of an Enter that led to a summary would close it again, so the focus
  // waits for the key to be up.
  let pressed = false, next = null;
  const focus = summary => {
    if (pressed) next = summary;
    else summary.focus({preventScroll: true});
  };
  addEventListener("keydown", () => { pressed = true; });
  addEventListener("keyup", () => {
    pressed = false;
    next?.focus({preventScroll: true});
    next = null;
  });
  const show = hash => {
    const stage = stageOf(hash);
    if (!stage) return;
    stage.open = true;
    focus(stage.querySelector("summary"));
    stage.scrollIntoView();
  };
  addEventListener("hashchange", () => show(location.hash));
  show(location.hash);

  // A click on the node that the address names already changes no address.
  document.querySelectorAll('a[href^="#"]').forEach(link => link.addEventListener("click", () => {
    const hash = link.getAttribute("href");
    if (hash === location.hash) show(hash);
  }));

  // What a node needs, and what needs it.
  const mark = (node, on) => {
    const address = node.dataset.address;
    document.querySelectorAll("svg.graph .edge").forEach(edge => {
      if (edge.dataset.from === address || edge.dataset.to === address) edge.classList.toggle("near", on);
    });
  };
  document.querySelectorAll("svg.graph .node").forEach(node => {
    for (const event of ["mouseenter", "focus"]) node.addEventListener(event, () => mark(node, true));
    for (const event of ["mouseleave", "blur"]) node.addEventListener(event, () => mark(node, false));
  });

  const stages = document.querySelectorAll("details.stage");
  const button = document.getElementById("open-all");
  button.hidden = stages.length === 0;
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", open);
    button.textContent = open ? "Close all" : "Open all";
    stages.forEach(stage => { stage.open = open; });
  });

  // Paper has no clicks.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...stages].filter(stage => !stage.open);
    closed.forEach(stage => { stage.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach(stage => { stage.open = false; }));
}
