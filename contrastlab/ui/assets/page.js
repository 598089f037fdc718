// What the page does without its server: light and dark, the address, links for teachers, copying.
(() => {
  const asked = new URLSearchParams(location.search);
  const root = document.documentElement;
  let touched = false;
  let timer = 0;

  // The page is drawn in English and re-worded by the server. Who asked for Chinese does not see the first half.
  const preferred = asked.get("lang") || (navigator.languages || [navigator.language])
    .find((tag) => /^(zh|en)\b/i.test(tag)) || "en";
  if (/^zh/i.test(preferred)) {
    root.classList.add("rewording");
    setTimeout(() => root.classList.remove("rewording"), 10000); // should the server never answer
  }

  // ?show=turn,colours leaves the named controls and enlarges the type; ?guess=1 hides the answers.
  if (asked.has("show")) {
    const names = asked.get("show").split(",").filter((name) => /^[a-z][a-z-]*$/.test(name));
    const style = document.createElement("style");
    const spared = names.map((name) => `:not(.control-${name})`).join("");
    style.textContent = `html[data-show] :is(#tabs, #top) [class*="control-"]${spared} { display: none !important; }`;
    document.head.append(style);
    root.dataset.show = names.join(" ");
  }
  if (asked.get("guess") === "1") root.dataset.guess = "1";

  const remember = (dark) => { try { localStorage.setItem("contrastlab:theme", dark ? "dark" : "light"); } catch { /* private window */ } };
  const remembered = () => { try { return localStorage.getItem("contrastlab:theme"); } catch { return null; } };
  const paint = (dark) => {
    document.body.classList.toggle("dark", dark);
    root.style.colorScheme = dark ? "dark" : "light";
  };
  const settle = () => {
    const kept = asked.get("__theme") || remembered();
    paint(kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  };

  // What a tab shows that its server side does not know: by tab, name and value.
  const besides = {};
  // A view's address: what the server wrote down, plus what a teacher asked for. Never a picture.
  const address = () => {
    const written = document.querySelector("#view [data-query]");
    const query = new URLSearchParams(written ? written.dataset.query : location.search);
    for (const [name, value] of Object.entries(besides[written?.dataset.tab] ?? {})) if (value) query.set(name, value);
    for (const name of ["show", "guess", "__theme"]) if (asked.has(name)) query.set(name, asked.get(name));
    if (root.dataset.moment) query.set("moment", root.dataset.moment);
    return `${location.pathname}?${query}`;
  };
  const write = () => {
    // Browsers refuse more than about a hundred of these in half a minute: once a movement has ended.
    clearTimeout(timer);
    timer = setTimeout(() => { try { history.replaceState(history.state, "", address()); } catch { /* sandboxed frame */ } }, 300);
  };

  // Every tab writes down its own view; the page's is that of the tab that is open.
  const views = {};
  const lookers = [];
  const open = () => document.querySelector("#tabs > .tab-wrapper [aria-selected=true]")?.dataset.tabId;
  let shown = null;
  // What is chosen in a tab is marked at once: the page need not come to rest for it.
  const press = () => {
    for (const one of document.querySelectorAll("[data-tab] > button[data-pick], .thumbs [data-pick]")) {
      const chosen = views[one.closest("[data-tab]").dataset.tab]?.dataset.chosen;
      one.setAttribute("aria-pressed", String(one.dataset.pick === chosen));
    }
  };
  // Who was led on by "Next" sees what came along first: the next tab's beginning, or the fold that it lies in.
  let led = false;
  const LIES_IN = { generate: "#generate-finding img" };
  const arrive = (tab) => {
    led = false;
    scrollTo({ top: 0 });
    const look = (times) => {
      const there = document.querySelector(LIES_IN[tab]);
      if (there?.checkVisibility()) there.scrollIntoView({ block: "center" });
      else if (times && open() === tab) setTimeout(look, 50, times - 1);
    };
    if (LIES_IN[tab]) look(200);
  };
  const show = () => {
    const view = views[open()], place = document.querySelector("#view");
    if (!view || !place || view === shown) return;
    if (led && shown && shown.dataset.tab !== view.dataset.tab) arrive(view.dataset.tab);
    shown = view;
    place.replaceChildren(view.cloneNode(true));
    asking();
    root.lang = view.dataset.language === "zh" ? "zh-Hans" : "en";
    document.title = view.dataset.title;
    if (window.contrastlab.draw !== view.dataset.draw) root.classList.remove("revealed");
    window.contrastlab.draw = view.dataset.draw;
    requestAnimationFrame(() => root.classList.remove("rewording"));
    press();
    if (touched) write();
    follow();
    for (const look of lookers) look();
  };

  // A question for a class stands above the tab that it is about, and above no other.
  const asking = () => {
    const question = document.querySelector("#moment [data-of]");
    if (question) question.hidden = question.dataset.of !== open();
    if (question && !question.hidden) root.dataset.moment = question.dataset.moment;
    else delete root.dataset.moment;
  };

  const name = () => {
    show(); // a tab may have been opened by the server
    press();
    // Gradio names its own parts in English only; a label that is already there says it in the page's language.
    for (const knob of document.querySelectorAll(".knob")) {
      const label = knob.querySelector("label");
      if (label) {
        const unit = getComputedStyle(knob.querySelector(".tab-like-container"), "::after").content.replace(/^(none|normal)$|"/g, "");
        for (const field of knob.querySelectorAll("input")) field.setAttribute("aria-label", `${label.textContent.trim()} ${unit}`.trim());
      }
    }
    for (const place of document.querySelectorAll(".own-photo button")) place.setAttribute("aria-label", place.textContent.trim());
    for (const fold of document.querySelectorAll(".fold > button.label-wrap")) {
      fold.setAttribute("aria-expanded", String(fold.classList.contains("open")));
    }
  };

  // Open folds follow the picture, each by an event of its own; but not the one that a finger is moving in.
  let following = 0;
  const follow = () => {
    // A moment later: this answer's other values are still on their way into their components.
    clearTimeout(following);
    following = setTimeout(followNow, 40);
  };
  const followNow = () => {
    for (const [name, trigger] of Object.entries(window.contrastlab.followers)) {
      const fold = document.getElementById(`fold-${name}`);
      // A tab that is not open has nothing to show its folds to.
      if (!fold?.checkVisibility()) continue;
      const isBusy = document.activeElement?.matches("input") && fold?.contains(document.activeElement);
      if (fold?.querySelector(":scope > button.open") && !isBusy) trigger();
    }
  };

  window.contrastlab = {
    followers: {},
    // Called by the page each time the server has answered about a tab.
    arrived(element) {
      const view = element.querySelector("[data-query]");
      if (!view) return;
      views[view.dataset.tab] = view.cloneNode(true);
      show();
    },
    // Called by a tab when what only the browser knows of its view has changed; "" is as at first.
    beside(tab, name, value) {
      besides[tab] = { ...besides[tab], [name]: value };
      if (touched) write();
    },
    here: () => new URL(address(), location.href).href,
    asking,
    spoken: (language) => document.querySelector("#language input:checked")?.value ?? language,
    // Called by the page when a tab has been chosen.
    opened() {
      requestAnimationFrame(show);
    },
  };

  // What is large is asked for when it comes into view, and again when it has become another.
  window.contrastlab.lazily = (element, tab, ask) => {
    let near = false, drawn = null;
    const look = () => {
      const shelf = views[tab]?.dataset.shelf;
      if (!near || !shelf || shelf === drawn) return;
      drawn = shelf;
      ask();
    };
    new IntersectionObserver(([one]) => { near = one.isIntersecting; look(); }, { rootMargin: "200px" }).observe(element);
    lookers.push(look);
  };

  // A square frame on a photograph: dragged, pulled at its corner, or moved by keys. `send` hears every movement.
  window.contrastlab.croppable = (element, send) => {
    let held = null;
    const within = (value, least, most) => Math.min(Math.max(value, least), Math.max(least, most));
    // In thousandths of the picture's shorter side.
    const measure = (frame) => {
      const { width, height } = frame.parentElement.dataset, short = Math.min(width, height);
      const of = (edge, whole) => (parseFloat(frame.style[edge]) / 100) * (whole / short) * 1000;
      return { wide: width / short, tall: height / short, x: of("left", width), y: of("top", height), size: of("width", width) };
    };
    const put = (frame, { wide, tall, x, y, size }) => {
      size = within(size, 100, 1000);
      x = within(x, 0, 1000 * wide - size);
      y = within(y, 0, 1000 * tall - size);
      frame.style.left = `${x / wide / 10}%`;
      frame.style.top = `${y / tall / 10}%`;
      frame.style.width = `${size / wide / 10}%`;
      frame.style.height = `${size / tall / 10}%`;
      frame.setAttribute("aria-valuenow", Math.round(size / 10));
      const said = [x, y, size].map(Math.round).join(",");
      if (said === window.contrastlab.crop) return;
      window.contrastlab.crop = said;
      send(said);
    };
    element.addEventListener("pointerdown", (event) => {
      const frame = event.target.closest(".crop");
      if (!frame) return;
      event.preventDefault();
      frame.focus({ preventScroll: true });
      frame.setPointerCapture(event.pointerId);
      held = { frame, at: measure(frame), x: event.clientX, y: event.clientY, pulls: event.target.matches(".grip") };
    });
    element.addEventListener("pointermove", (event) => {
      if (!held) return;
      const box = held.frame.parentElement.getBoundingClientRect(), scale = 1000 / Math.min(box.width, box.height);
      const dx = (event.clientX - held.x) * scale, dy = (event.clientY - held.y) * scale, { at } = held;
      const room = Math.min(1000 * at.wide - at.x, 1000 * at.tall - at.y);
      if (held.pulls) put(held.frame, { ...at, size: Math.min(at.size + Math.max(dx, dy), room) });
      else put(held.frame, { ...at, x: at.x + dx, y: at.y + dy });
    });
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => { held = null; });
    element.addEventListener("keydown", (event) => {
      const frame = event.target.closest(".crop");
      const [dx, dy, more] = {
        ArrowLeft: [-25, 0, 0], ArrowRight: [25, 0, 0], ArrowUp: [0, -25, 0], ArrowDown: [0, 25, 0],
        "+": [0, 0, 50], "=": [0, 0, 50], "-": [0, 0, -50],
      }[event.key] ?? [];
      if (!frame || more === undefined) return;
      event.preventDefault();
      const at = measure(frame);
      put(frame, { ...at, x: at.x + dx - more / 2, y: at.y + dy - more / 2, size: at.size + more });
    });
  };

  window.contrastlab.roll = (draws, names, kept) => {
    const before = Object.fromEntries(draws.split(";").slice(1).map((held) => held.split(":")));
    const seed = draws.split(";")[0];
    const held = names.filter((_, index) => kept[index]).map((name) => `${name}:${before[name] ?? seed}`);
    return [String(Math.floor(Math.random() * 1e6)), ...held].join(";");
  };

  addEventListener("click", (event) => {
    led = event.target instanceof Element && event.target.closest('[id^="do-next"]') !== null;
  }, true);
  addEventListener("pointerdown", () => { touched = true; }, true);
  addEventListener("keydown", () => { touched = true; }, true);
  addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-do]") : null;
    if (!button) return;
    if (button.dataset.do === "theme") {
      const dark = !document.body.classList.contains("dark");
      paint(dark);
      remember(dark);
    } else if (button.dataset.do === "reveal") {
      root.classList.add("revealed");
    } else if (button.dataset.do === "keep") {
      window.contrastlab.keep(button);
    } else {
      const code = button.dataset.do === "copy-code";
      const copied = code ? button.parentElement.querySelector("code").textContent : new URL(address(), location.href).href;
      if (!code) history.replaceState(history.state, "", address());
      try {
        await navigator.clipboard.writeText(copied);
      } catch {
        window.prompt(button.dataset.manual, copied); // without HTTPS there is no clipboard
        return;
      }
      button.classList.add("done");
      setTimeout(() => button.classList.remove("done"), 1600);
    }
  });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", settle);
  // Parts appear when they are first opened, and words change with the language.
  let settled = false;
  let naming = 0;
  new MutationObserver(() => {
    if (!settled && document.querySelector("#view")) {
      settled = true;
      settle();
    }
    clearTimeout(naming);
    naming = setTimeout(name, 60);
  }).observe(root, { childList: true, characterData: true, subtree: true });
})();
