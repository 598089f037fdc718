// The card to keep: what the open tab shows, its sentence, its address and a QR code, as one PNG made in the browser.
(() => {
  const WIDE = 1080, MOST = 1600, EDGE = 64, INK = "#1F1D1A", SOFT = "#5C574F", GROUND = "#FAF8F4", LINE = "#E3DDD2";
  const FONT = 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
  const PICTURES = { x: EDGE, wide: WIDE - 2 * EDGE, high: 640 };
  let ask = null, asked = null;

  const tab = () => document.querySelector("#tabs > .tab-wrapper [aria-selected=true]")?.dataset.tabId;
  const one = (selector) => document.querySelector(selector);
  const words = (selector) => one(selector)?.textContent.trim() ?? "";
  const isHidden = () => document.documentElement.dataset.guess && !document.documentElement.classList.contains("revealed");

  // What is said of the view: a sentence with its number. Nothing that a class is still to guess.
  const SAID = {
    augment: () => [words("#augment-bar .verdict span:last-child"), one("#augment-bar .track.learned")?.ariaLabel],
    neighbours: () => [words("#neighbours-rows .says span"), one("#neighbours-rows .learned .reply")?.ariaLabel],
    generate: () => [words("#generate-main figcaption b"), words("#generate-main figcaption").slice(words("#generate-main figcaption b").length)],
    restore: () => [words("#restore-verdict .verdict"), words("#restore-verdict .means")],
  };
  const said = (name) => {
    const question = one("#moment [data-of]:not([hidden]) .ask")?.textContent;
    if (isHidden()) return [question ?? "", ""];
    return SAID[name]().map((sentence) => sentence ?? "");
  };

  const whole = (image) => ({ x: 0, y: 0, wide: image.naturalWidth, high: image.naturalHeight });
  // A picture in the upper middle of a box, all of it, enlarged by pixels where the page does so. Returns its lower edge.
  const put = (pen, image, box, part = whole(image)) => {
    if (!image?.naturalWidth) return box.y;
    const scale = Math.min(box.wide / part.wide, box.high / part.high), wide = part.wide * scale, high = part.high * scale;
    pen.imageSmoothingEnabled = !image.classList.contains("pixels");
    pen.imageSmoothingQuality = "high";
    pen.drawImage(image, part.x, part.y, part.wide, part.high, box.x + (box.wide - wide) / 2, box.y, wide, high);
    return box.y + high;
  };
  const PLATES = {
    augment(pen, box) {
      const wide = (box.wide - 16) / 2;
      put(pen, one("#augment-original img"), { ...box, wide });
      return put(pen, one("#augment-changed img"), { ...box, x: box.x + wide + 16, wide });
    },
    neighbours(pen, box) {
      const picture = one("#neighbours-question img"), frame = one("#neighbours-question .crop"), high = 300;
      const part = whole(picture);
      if (frame) {
        const of = (edge, side) => (parseFloat(frame.style[edge]) / 100) * side;
        Object.assign(part, { x: of("left", part.wide), y: of("top", part.high), wide: of("width", part.wide), high: of("height", part.high) });
      }
      const below = put(pen, picture, { ...box, high }, part) + 20, gap = 14, side = (box.wide - 4 * gap) / 5;
      for (const [line, row] of ["baseline", "learned"].entries()) {
        const top = below + line * (side + gap);
        for (const [place, image] of [...document.querySelectorAll(`#neighbours-rows .${row} .shot img`)].entries()) {
          if (getComputedStyle(image).visibility !== "hidden") put(pen, image, { x: box.x + place * (side + gap), y: top, wide: side, high: side });
          pen.strokeStyle = line ? "#56B4E9" : "#8A8A8A";
          pen.lineWidth = 4;
          pen.strokeRect(box.x + place * (side + gap), top, side, side);
        }
      }
      return below + 2 * side + gap;
    },
    generate(pen, box) {
      const wide = (box.wide - 16) / 2;
      put(pen, one("#generate-main img"), { ...box, wide });
      return put(pen, one("#generate-others img"), { ...box, x: box.x + wide + 16, wide });
    },
    restore(pen, box) {
      const stage = one(".comparing"), right = stage.dataset.right ?? "after", before = one(".layer.before");
      const below = put(pen, before, box);
      const scale = Math.min(box.wide / before.naturalWidth, box.high / before.naturalHeight), wide = before.naturalWidth * scale;
      const at = box.x + (box.wide - wide) / 2 + (wide * (parseFloat(stage.style.getPropertyValue("--split")) || 50)) / 100;
      pen.save();
      pen.beginPath();
      pen.rect(at, box.y, WIDE, box.high);
      pen.clip();
      put(pen, one(`.layer.${right}`) ?? before, box);
      pen.restore();
      pen.fillStyle = "#fff";
      pen.fillRect(at - 2, box.y, 4, below - box.y);
      return below;
    },
  };

  // Lines of a text, broken at spaces, and anywhere where there are none (Chinese, addresses); the last may end in "…".
  const lines = (pen, text, wide, most) => {
    const found = [];
    let line = "";
    for (const piece of text.match(/[\u2E80-\uFFEF]|[^\s\u2E80-\uFFEF]+\s*|\s+/g) ?? []) {
      for (const part of pen.measureText(piece).width > wide ? [...piece] : [piece]) {
        if (line && pen.measureText((line + part).trimEnd()).width > wide) { found.push(line.trimEnd()); line = ""; }
        line += part;
      }
    }
    if (line.trim()) found.push(line.trimEnd());
    if (found.length > most) found.splice(most - 1, Infinity, `${found[most - 1].slice(0, -1)}…`);
    return found;
  };
  const write = (pen, text, { x, y, wide, size, weight = 400, colour = INK, most = 3, family = FONT }) => {
    pen.font = `${weight} ${size}px ${family}`;
    pen.fillStyle = colour;
    for (const line of lines(pen, text, wide, most)) pen.fillText(line, x, (y += size * 1.32));
    return y;
  };

  const draw = ({ address, rows, name, button, said: [sentence, more] }) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: WIDE, height: MOST }), pen = canvas.getContext("2d");
    pen.fillStyle = GROUND;
    pen.fillRect(0, 0, WIDE, MOST);
    const wide = WIDE - 2 * EDGE;
    write(pen, "contrastlab", { x: EDGE, y: 40, wide, size: 30, weight: 700, colour: SOFT });
    const asks = [...document.querySelectorAll("#tabs h2")].find((title) => title.checkVisibility())?.textContent ?? document.title;
    let y = write(pen, asks, { x: EDGE, y: 84, wide, size: 46, weight: 700, most: 2 });
    y = PLATES[name](pen, { ...PICTURES, y: y + 34 });
    y = write(pen, sentence, { x: EDGE, y: y + 14, wide, size: 36, weight: 650, most: 3 });
    y = write(pen, more, { x: EDGE, y: y + 4, wide, size: 26, colour: SOFT, most: 2 });
    const side = rows.length ? 264 : 0, top = y + 64, left = WIDE - EDGE - side;
    pen.fillStyle = LINE;
    pen.fillRect(EDGE, top - 28, wide, 2);
    if (side) {
      pen.fillStyle = "#fff";
      pen.fillRect(left, top, side, side);
      // Whole pixels a module, with the quiet margin that readers need.
      const module = Math.max(1, Math.floor(side / (rows.length + 8))), from = Math.floor((side - module * rows.length) / 2);
      pen.fillStyle = "#000";
      rows.forEach((row, down) => [...row].forEach((dark, across) => {
        if (dark === "1") pen.fillRect(left + from + across * module, top + from + down * module, module, module);
      }));
    }
    y = side ? write(pen, button.dataset.scan, { x: EDGE, y: top, wide: wide - side - 32, size: 26, weight: 600 }) : top;
    if (own(name)) y = write(pen, button.dataset.own, { x: EDGE, y, wide: wide - side - 32, size: 22, colour: SOFT });
    write(pen, address, { x: EDGE, y: y + 6, wide: wide - side - 32, size: 18, colour: SOFT, most: 5, family: "ui-monospace, Menlo, Consolas, monospace" });
    const cut = Object.assign(document.createElement("canvas"), { width: WIDE, height: Math.min(top + 264 + EDGE, MOST) });
    cut.getContext("2d").drawImage(canvas, 0, 0);
    return cut;
  };
  // Whether the picture is the visitor's own, or came from another tab: no address shows it again.
  const own = (name) => name !== "generate" && ["", "own"].includes(one("#view [data-query]")?.dataset.chosen ?? "-");

  window.contrastlab.keeping = (send) => { ask = send; };
  window.contrastlab.keep = (button) => {
    const name = tab();
    if (!ask || !PLATES[name]) return;
    asked = { button, name, said: said(name) };
    window.contrastlab.toKeep = window.contrastlab.here();
    ask(window.contrastlab.toKeep);
  };
  window.contrastlab.kept = (element) => {
    const code = element.querySelector("[data-address]");
    if (!asked || !code) return;
    const card = draw({ ...asked, address: code.dataset.address, rows: code.dataset.code ? code.dataset.code.split(",") : [] });
    const { button, name } = asked;
    asked = null;
    card.toBlob((file) => {
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: `contrastlab-${name}.png` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      button.classList.add("done");
      setTimeout(() => button.classList.remove("done"), 1600);
    }, "image/png");
  };
})();
