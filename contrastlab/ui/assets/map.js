// The map of everything: dots on a canvas, pictures of those that are pointed at, and the question among them.
(() => {
  const css = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
  const numbers = (packed) => new Uint16Array(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0)).buffer);
  const REACH = 14, CLOSER = 4;
  // Pictures asked for at once: a few where one is waited for, then the rest of the map in larger parts.
  const FEW = 100, MANY = 1000;

  // The map that is on the page. There is one.
  let plane = null;

  class Plane {
    constructor(place, atlas, page) {
      const data = JSON.parse(place.dataset.dots), places = numbers(data.places);
      Object.assign(this, { place, atlas, page, gallery: data.gallery, words: data.words, crowds: data.crowds, kinds: numbers(data.kinds) });
      this.count = places.length / 2;
      this.x = Float32Array.from({ length: this.count }, (_, at) => places[2 * at] / 65535);
      this.y = Float32Array.from({ length: this.count }, (_, at) => 1 - places[2 * at + 1] / 65535);
      this.canvas = place.querySelector("canvas");
      this.card = atlas.querySelector(".card");
      this.hint = this.card.querySelector("[data-hint]").textContent;
      this.thumbs = plane?.gallery === data.gallery ? plane.thumbs : new Map();
      this.marks = null;
      this.pressed = this.lit = null;
      this.held = null; // the dot that is pointed at
      this.close = 0; // 0: the whole map, 1: close to the question
      new ResizeObserver(() => this.paint()).observe(place);
    }

    // -- where things are on the canvas

    scale() {
      const side = this.side - 28, zoom = 1 + (CLOSER - 1) * this.close;
      const [middle, half] = [this.marks?.query ?? [0.5, 0.5], 0.5 / zoom];
      // Close up the window lies around the question, but not beyond the map.
      const from = [middle[0], 1 - middle[1]].map((at) => Math.min(Math.max(at - half, 0), 1 - 2 * half));
      return { zoom, at: (x, y) => [14 + (x - from[0]) * zoom * side, 14 + (y - from[1]) * zoom * side] };
    }

    nearest(x, y, reach) {
      const { at } = this.scale();
      let found = null, least = reach * reach;
      for (let dot = 0; dot < this.count; dot++) {
        const [left, top] = at(this.x[dot], this.y[dot]), far = (left - x) ** 2 + (top - y) ** 2;
        const dimmed = this.lit !== null && this.kinds[dot] !== this.lit;
        if (far < least && !dimmed) [found, least] = [dot, far];
      }
      return found;
    }

    // The next dot in a direction, for the arrow keys.
    beside(dot, dx, dy) {
      let found = dot, least = Infinity;
      for (let other = 0; other < this.count; other++) {
        const right = this.x[other] - this.x[dot], down = this.y[other] - this.y[dot];
        const along = right * dx + down * dy, aside = Math.abs(right * dy) + Math.abs(down * dx);
        if (along > 1e-4 && aside <= along && along + 2 * aside < least) [found, least] = [other, along + 2 * aside];
      }
      return found;
    }

    // -- painting

    paint() {
      cancelAnimationFrame(this.waits);
      this.waits = requestAnimationFrame(() => this.paintNow());
    }

    paintNow() {
      const side = this.place.clientWidth;
      if (!side) return;
      this.side = side;
      const dense = Math.min(devicePixelRatio || 1, 2);
      this.canvas.width = this.canvas.height = Math.round(side * dense);
      const pen = this.canvas.getContext("2d");
      pen.scale(dense, dense);
      const { zoom, at } = this.scale();
      const size = Math.min(4, Math.max(1.3, (side / 260) * Math.sqrt(2000 / this.count))) * (zoom > 1 ? 1.8 : 1);
      const colours = Array.from({ length: 10 }, (_, kind) => css(`--kind-${kind}`));
      const kinds = this.words.length ? this.words.map((_, kind) => kind) : [0];
      // What is lit is drawn last, on top of the rest.
      for (const kind of kinds.sort((one, other) => (one === this.lit) - (other === this.lit))) {
        pen.fillStyle = this.words.length ? colours[kind % 10] : css("--baseline");
        pen.globalAlpha = this.lit === null ? 0.72 : kind === this.lit ? 1 : 0.1;
        const radius = kind === this.lit ? size * 1.25 : size;
        pen.beginPath();
        for (let dot = 0; dot < this.count; dot++) {
          if (this.words.length && this.kinds[dot] !== kind) continue;
          const [x, y] = at(this.x[dot], this.y[dot]);
          if (x < -5 || y < -5 || x > side + 5 || y > side + 5) continue;
          pen.moveTo(x + radius, y);
          pen.arc(x, y, radius, 0, 7);
        }
        pen.fill();
      }
      pen.globalAlpha = 1;
      if (this.marks) this.paintMarks(pen, at);
      this.paintWords(pen, at);
      if (this.held !== null) this.ring(pen, ...at(this.x[this.held], this.y[this.held]), size + 5, css("--ink"), 2.5);
    }

    paintWords(pen, at) {
      pen.font = "600 13px system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.lineJoin = "round";
      const set = [];
      const [, mark] = this.marks ? at(this.marks.query[0], 1 - this.marks.query[1]) : [0, -99];
      const order = this.words.map((word, kind) => ({ word, kind, spot: at(this.crowds[kind][0], 1 - this.crowds[kind][1]) }));
      for (const { word, kind, spot } of order.sort((one, other) => one.spot[1] - other.spot[1])) {
        if (this.lit !== null && kind !== this.lit) continue;
        const wide = pen.measureText(word).width / 2 + 3;
        let [x, y] = spot;
        if (x < 0 || y < 0 || x > this.side || y > this.side) continue;
        x = Math.min(Math.max(x, wide + 2), this.side - wide - 2);
        if (Math.abs(y - mark) < 18 && Math.abs(x - at(this.marks.query[0], 0)[0]) < wide + 14) y = mark + (y < mark ? -24 : 24);
        // Downward until it lies on no other word.
        for (let tries = 0; tries < 30; tries++) {
          if (!set.some((one) => Math.abs(one.y - y) < 17 && Math.abs(one.x - x) < one.wide + wide)) break;
          y += 4;
        }
        set.push({ x, y, wide });
        pen.strokeStyle = css("--surface");
        pen.lineWidth = 5;
        pen.strokeText(word, x, y);
        pen.fillStyle = css("--ink");
        pen.fillText(word, x, y);
      }
    }

    paintMarks(pen, at) {
      const { query, near } = this.marks, inside = query.map((one) => Math.min(Math.max(one, -0.015), 1.015));
      const middle = at(inside[0], 1 - inside[1]);
      const ends = near.map((dot) => at(this.x[dot], this.y[dot]));
      for (const [colour, width] of [[css("--surface"), 5], [css("--learned"), 2.5]]) {
        pen.strokeStyle = colour;
        pen.lineWidth = width;
        for (const end of ends) {
          pen.beginPath();
          pen.moveTo(...middle);
          pen.lineTo(...end);
          pen.stroke();
        }
      }
      for (const end of ends) this.ring(pen, ...end, 4.5, css("--learned"), 2.5, css("--surface"));
      this.ring(pen, ...middle, 11, css("--query"), 4.5);
      pen.fillStyle = css("--query");
      pen.beginPath();
      pen.arc(...middle, 3, 0, 7);
      pen.fill();
    }

    ring(pen, x, y, radius, colour, width, inside) {
      pen.beginPath();
      pen.arc(x, y, radius, 0, 7);
      if (inside) {
        pen.fillStyle = inside;
        pen.fill();
      }
      pen.strokeStyle = css("--surface");
      pen.lineWidth = width + 3;
      pen.stroke();
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke();
    }

    // -- what is pointed at

    point(dot) {
      if (dot === this.held) return;
      this.held = dot;
      this.paint();
      this.tell();
      clearTimeout(this.asking);
      if (dot !== null && !this.thumbs.has(dot)) this.asking = setTimeout(() => this.peek(dot, FEW), 50);
    }

    // The pictures around a dot that are not here yet: they will be pointed at next.
    peek(dot, count) {
      const far = [];
      for (let other = 0; other < this.count; other++) {
        if (!this.thumbs.has(other)) far.push([(this.x[other] - this.x[dot]) ** 2 + (this.y[other] - this.y[dot]) ** 2, other]);
      }
      far.sort((one, other) => one[0] - other[0]);
      if (!far.length) return;
      window.contrastlab.picked = far.slice(0, count).map((one) => one[1]).join(",");
      this.page.peek();
    }

    tell() {
      const [canvas, title, words, ask] = ["canvas", "b", "span", "button"].map((name) => this.card.querySelector(name));
      const pen = canvas.getContext("2d"), dot = this.held;
      const thumb = dot === null ? this.marks?.image : this.thumbs.get(dot);
      this.card.classList.toggle("query", dot === null && Boolean(this.marks));
      ask.hidden = dot === null || dot === this.marks?.own;
      ask.dataset.dot = dot ?? "";
      title.textContent = dot === null ? (this.marks ? `${this.marks.title} · ${this.marks.word}` : "") : (this.words[this.kinds[dot]] ?? "");
      words.textContent = dot === null ? this.hint : `${(dot + 1).toLocaleString("en")} / ${this.count.toLocaleString("en")}`;
      pen.clearRect(0, 0, 32, 32);
      if (thumb) pen.drawImage(...(dot === null ? [thumb, 0, 0, 32, 32] : [thumb.sheet, thumb.x, thumb.y, 32, 32, 0, 0, 32, 32]));
    }

    ask(dot) {
      if (dot === null || dot === this.marks?.own) return;
      window.contrastlab.picked = String(dot);
      this.page.ask(String(dot));
    }

    light(kind) {
      const lit = kind ?? this.pressed;
      if (lit === this.lit) return;
      this.lit = lit;
      for (const one of this.atlas.querySelectorAll("[data-kind]")) {
        one.classList.toggle("lit", Number(one.dataset.kind) === lit);
      }
      this.paint();
    }

    // Closer or further, in a few steps where motion is welcome.
    zoom(button) {
      const to = button.dataset.near ? 0 : 1, from = this.close, begun = performance.now();
      const lasts = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1 : 350;
      if (to) button.dataset.near = "1";
      else delete button.dataset.near;
      button.textContent = to ? button.dataset.whole : button.dataset.closer;
      const step = (now) => {
        const share = Math.min(1, Math.max(0, now - begun) / lasts);
        this.close = from + (to - from) * share * (2 - share);
        this.paintNow();
        if (share < 1) requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }

    async mark(said) {
      this.marks = JSON.parse(said.dataset.marks);
      this.held = null;
      const image = new Image();
      image.src = this.marks.picture;
      await image.decode().catch(() => {});
      this.marks.image = image;
      this.tell();
      this.paint();
    }

    async take(said) {
      const sheet = new Image();
      sheet.src = said.dataset.sheet;
      await sheet.decode().catch(() => {});
      const across = Number(said.dataset.across);
      said.dataset.thumbs.split(",").forEach((dot, at) => {
        this.thumbs.set(Number(dot), { sheet, x: 32 * (at % across), y: 32 * Math.floor(at / across) });
      });
      this.tell();
      // Somebody is looking around.
      if (this.held !== null && this.canvas.isConnected) this.peek(this.held, MANY);
    }
  }

  // `element` is the panel with the dots; `page` raises its events and takes what is to be done with new dots.
  const map = (element, page) => {
    const look = () => {
      const place = element.querySelector("[data-dots]");
      const pressed = plane?.pressed;
      plane = place ? new Plane(place, place.closest(".atlas"), page) : null;
      if (!plane) return;
      if (pressed != null && pressed < plane.words.length) {
        plane.pressed = pressed;
        plane.atlas.querySelector(`[data-kind="${pressed}"]`)?.setAttribute("aria-pressed", "true");
      }
      plane.light(null);
      if (latest.marks) plane.mark(latest.marks);
      plane.paint();
    };
    page.renewed(look);
    look();

    const spot = (event) => {
      const box = plane.canvas.getBoundingClientRect();
      return plane.nearest(event.clientX - box.left, event.clientY - box.top, event.pointerType === "touch" ? 2 * REACH : REACH);
    };
    const on = (kind, act) => element.addEventListener(kind, (event) => { if (plane) act(event); });
    on("pointermove", (event) => { if (event.target === plane.canvas && event.pointerType !== "touch") plane.point(spot(event)); });
    on("pointerleave", () => { if (document.activeElement !== plane.canvas) plane.light(null); });
    on("click", (event) => {
      const kind = event.target.closest("[data-kind]"), zoom = event.target.closest("[data-zoom]"), ask = event.target.closest("[data-ask]");
      if (event.target === plane.canvas) {
        const dot = spot(event);
        // A finger covers what it points at: it sees the picture first, and asks with the button.
        if (event.pointerType !== "mouse" || dot === null) plane.point(dot);
        else plane.ask(dot);
      } else if (kind) {
        const own = Number(kind.dataset.kind);
        plane.pressed = plane.pressed === own ? null : own;
        for (const one of plane.atlas.querySelectorAll("[data-kind]")) {
          one.setAttribute("aria-pressed", String(Number(one.dataset.kind) === plane.pressed));
        }
        plane.light(plane.pressed);
      } else if (zoom) plane.zoom(zoom);
      else if (ask) plane.ask(plane.held);
    });
    const hover = (event) => {
      const kind = event.target.closest?.("[data-kind]");
      plane.light(kind ? Number(kind.dataset.kind) : null);
    };
    on("pointerover", (event) => { if (event.pointerType !== "touch") hover(event); });
    on("focusin", hover);
    on("focusout", () => plane.light(null));
    on("keydown", (event) => {
      if (event.target !== plane.canvas) return;
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [];
      if (dx !== undefined) {
        event.preventDefault();
        plane.point(plane.held === null ? (plane.marks?.own ?? plane.marks?.near[0] ?? 0) : plane.beside(plane.held, dx, dy));
      } else if (event.key === "Enter") plane.ask(plane.held);
      else if (event.key === "Escape") plane.point(null);
    });
  };

  // The two hidden panels: where the question lies, and pictures.
  const latest = { marks: null };
  map.arrived = (element) => {
    const marks = element.querySelector("[data-marks]"), thumbs = element.querySelector("[data-thumbs]");
    if (marks) latest.marks = marks.cloneNode(true);
    if (marks && plane) plane.mark(latest.marks);
    if (thumbs && plane) plane.take(thumbs.cloneNode(true));
  };

  window.contrastlab.map = map;
  addEventListener("DOMContentLoaded", () => {
    new MutationObserver(() => plane?.paint()).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  });
})();
