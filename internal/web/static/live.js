// Pages that change tell so by server-sent events: see events.go. Without this
// script they show what was when they were loaded.
"use strict";
(() => {
  let source = null, saidAt = 0;

  // say tells a screen reader how far a run is, not too often.
  function say(text) {
    const now = Date.now();
    if (now - saidAt < 10000) return;
    saidAt = now;
    document.getElementById("said").textContent = text;
  }

  // part makes an element of a row or a block that the server rendered.
  function part(html) {
    const t = document.createElement("template");
    t.innerHTML = html.trim();
    return t.content.firstElementChild;
  }

  // replace puts an element in the place of the one with its id, and keeps the focus in it.
  function replace({ id, html }) {
    const fresh = part(html), old = document.getElementById(id);
    if (!old) {
      document.getElementById("rows")?.append(fresh);
      return;
    }
    const links = [...old.querySelectorAll("a")], at = links.indexOf(document.activeElement);
    const frame = old.querySelector(".graph-frame"), left = frame?.scrollLeft, top = frame?.scrollTop;
    old.replaceWith(fresh);
    if (frame) fresh.querySelector(".graph-frame")?.scrollTo(left, top);
    if (at >= 0) fresh.querySelectorAll("a")[at]?.focus();
  }

  // load puts another page, or this one as it is now, in place of what is shown.
  async function load(url) {
    const answer = await fetch(url || location.href);
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.getElementById("main"), old = document.getElementById("main");
    if (!fresh || !old) return;
    const focused = document.activeElement?.getAttribute("href");
    old.replaceWith(document.adoptNode(fresh));
    document.title = page.title;
    if (url) history.replaceState(null, "", url);
    if (focused) [...fresh.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
    say(document.title);
    follow();
  }

  // lost says that nothing new will come, and why.
  function lost(why) {
    if (document.getElementById("lost")) return;
    const p = document.createElement("p");
    p.id = "lost";
    p.setAttribute("role", "alert");
    p.textContent = "What follows is as it was: " + why;
    document.getElementById("main").prepend(p);
  }

  function follow() {
    source?.close();
    source = null;
    const url = document.getElementById("main").dataset.events;
    if (!url || document.hidden) return;
    source = new EventSource(url);
    // It comes back by itself where the connection broke; not where the server refuses.
    source.addEventListener("error", (e) => {
      if (e.target.readyState === EventSource.CLOSED && e.target === source) lost("the server has stopped, or was started again. Open the address that reprise ui prints.");
    });
    source.addEventListener("rows", (e) => {
      JSON.parse(e.data).forEach(replace);
      const progress = document.getElementById("progress");
      if (progress) say(progress.textContent);
    });
    source.addEventListener("broken", (e) => {
      source.close();
      lost(JSON.parse(e.data));
    });
    source.addEventListener("reload", (e) => {
      source.close();
      load(JSON.parse(e.data)).catch(() => setTimeout(follow, 2000));
    });
  }

  // A browser opens few connections to one server: hidden pages let go of theirs.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) follow();
    else if (document.getElementById("main").dataset.events) load("").catch(() => {});
  });
  follow();
})();
