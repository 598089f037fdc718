// Two pictures in one frame, with a divider between them: dragged or moved by keys, and kept in the address.
(() => {
  const asked = new URLSearchParams(location.search);
  const stage = () => document.querySelector(".comparing");
  const within = (value) => Math.min(Math.max(Math.round(value), 0), 100);
  let right = "after";

  // Which picture lies on the divider's right, and whether it is of the same damage as the one on its left.
  const settle = () => {
    const place = stage();
    if (!place) return;
    const lines = [...document.querySelectorAll("[data-layer]")];
    const shown = place.querySelector(`.layer.${right}`) ? right : "other";
    place.dataset.right = shown;
    const [first, second] = ["#restore-layers", "#restore-other"].map((name) => place.querySelector(`${name} [data-of]`)?.dataset.of);
    place.classList.toggle("stale", first !== second);
    for (const line of lines) line.setAttribute("aria-pressed", String(line.dataset.layer === shown));
    const named = place.querySelector(".divider .right"), chosen = lines.find((line) => line.dataset.layer === shown);
    if (named && chosen) named.textContent = chosen.dataset.name;
    const hold = document.querySelector("[data-hold]");
    if (hold) hold.disabled = !place.querySelector(".layer.clean");
  };

  // `watch` calls back whenever the element has been drawn anew.
  window.contrastlab.dividing = (element, watch) => {
    let at = asked.get("tab") === "restore" && /^\d{1,3}$/.test(asked.get("split") ?? "") ? within(asked.get("split")) : 50;
    let held = false;
    const put = (value) => {
      at = within(value);
      stage().style.setProperty("--split", `${at}%`);
      element.querySelector(".divider").setAttribute("aria-valuenow", at);
      window.contrastlab.beside("restore", "split", at === 50 ? "" : String(at));
    };
    const follow = (event) => {
      const box = element.querySelector(".divider").getBoundingClientRect();
      put((100 * (event.clientX - box.left)) / box.width);
    };
    element.addEventListener("pointerdown", (event) => {
      const divider = event.target.closest(".divider");
      if (!divider || event.button) return;
      divider.focus({ preventScroll: true });
      divider.setPointerCapture(event.pointerId);
      held = true;
      follow(event);
    });
    element.addEventListener("pointermove", (event) => { if (held) follow(event); });
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => { held = false; });
    element.addEventListener("keydown", (event) => {
      const to = {
        ArrowLeft: at - 2, ArrowDown: at - 2, ArrowRight: at + 2, ArrowUp: at + 2, PageDown: at - 10, PageUp: at + 10,
        Home: 0, End: 100,
      }[event.key];
      if (to === undefined || !event.target.closest(".divider")) return;
      event.preventDefault();
      put(to);
    });
    watch(() => { put(at); settle(); });
    put(at);
    settle();
  };

  // A line below the picture that puts its own picture on the right.
  window.contrastlab.comparing = (element, watch) => {
    element.addEventListener("click", (event) => {
      const line = event.target.closest("[data-layer]");
      if (!line) return;
      right = line.dataset.layer;
      settle();
    });
    watch(settle);
    settle();
  };

  // What takes longer than the picture is asked for when no finger moves any more.
  window.contrastlab.rested = (watch, ask) => {
    let timer = 0;
    const rest = () => {
      clearTimeout(timer);
      timer = setTimeout(() => (document.querySelector("input:active") ? rest() : ask()), 200);
    };
    watch(() => { settle(); if (stage().classList.contains("stale")) rest(); });
  };

  const holding = (on) => stage()?.classList.toggle("holding", on);
  const isHold = (event) => event.target instanceof Element && event.target.closest("[data-hold]");
  addEventListener("pointerdown", (event) => { if (isHold(event)) holding(true); });
  addEventListener("keydown", (event) => { if (isHold(event) && [" ", "Enter"].includes(event.key)) { event.preventDefault(); holding(true); } });
  for (const end of ["pointerup", "pointercancel", "keyup", "blur"]) addEventListener(end, () => holding(false));
})();
