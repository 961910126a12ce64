"use strict";
{
  const stageOf = hash => {
    let id = hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* as it is */ }
    const found = id && document.getElementById(id);
    return found instanceof HTMLDetailsElement ? found : null;
  };
  const show = hash => {
    const stage = stageOf(hash);
    if (!stage) return;
    stage.open = true;
    stage.querySelector("summary").focus({preventScroll: true});
    stage.scrollIntoView();
  };
  addEventListener("hashchange", () => show(location.hash));
  show(location.hash);

  // A click on the node that the address names already changes no address.
  document.querySelectorAll('a[href^="#"]').forEach(link => link.addEventListener("click", () => show(link.getAttribute("href"))));

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
