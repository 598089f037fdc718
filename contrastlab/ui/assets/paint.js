// A layer over a picture on which what is missing is painted; it goes out as a PNG whenever a stroke ends.
(() => {
  const STEPS = 20; // that can be taken back
  const COLOUR = "#D55E00";
  const PAINT = [1, 3, 5].map((place) => parseInt(COLOUR.slice(place, place + 2), 16));

  // Paint every pixel of which `marked(data, i)`, i where it begins in the data, and no other.
  const repaint = (brush, width, height, marked) => {
    const marks = brush.getImageData(0, 0, width, height);
    for (let i = 0; i < marks.data.length; i += 4) marks.data.set([...PAINT, marked(marks.data, i) ? 255 : 0], i);
    brush.putImageData(marks, 0, 0);
  };

  window.contrastlab.paintable = (element, send) => {
    let erasing = false, size = 12, done = [], cursor = null;
    const layer = () => element.querySelector("canvas");
    const pen = () => layer().getContext("2d", { willReadFrequently: true });
    const line = (from, to) => {
      const brush = pen();
      brush.globalCompositeOperation = erasing ? "destination-out" : "source-over";
      window.contrastlab.stroke(brush, COLOUR, size, from, to);
      brush.globalCompositeOperation = "source-over";
    };
    const keep = () => {
      done.push(pen().getImageData(0, 0, layer().width, layer().height));
      done = done.slice(-STEPS);
    };
    const tell = () => {
      window.contrastlab.picked = `${layer().dataset.of} ${layer().toDataURL("image/png")}`;
      send(window.contrastlab.picked);
    };
    const change = (work) => { keep(); work(pen(), layer().width, layer().height); tell(); };

    const whole = {
      clear: () => change((brush, width, height) => brush.clearRect(0, 0, width, height)),
      invert: () => change((brush, width, height) => repaint(brush, width, height, (data, i) => data[i + 3] < 128)),
      grow: () => change((brush, width, height) => {
        const copy = Object.assign(document.createElement("canvas"), { width, height });
        copy.getContext("2d").drawImage(layer(), 0, 0);
        for (let turn = 0; turn < 8; turn++) brush.drawImage(copy, 2 * Math.cos((turn * Math.PI) / 4), 2 * Math.sin((turn * Math.PI) / 4));
      }),
      undo: () => { if (done.length) { pen().putImageData(done.pop(), 0, 0); tell(); } },
      save: () => {
        const copy = Object.assign(document.createElement("canvas"), { width: layer().width, height: layer().height });
        const marks = pen().getImageData(0, 0, copy.width, copy.height);
        for (let i = 0; i < marks.data.length; i += 4) marks.data.fill(marks.data[i + 3] < 128 ? 0 : 255, i, i + 3), (marks.data[i + 3] = 255);
        copy.getContext("2d").putImageData(marks, 0, 0);
        Object.assign(document.createElement("a"), { href: copy.toDataURL("image/png"), download: "mask.png" }).click();
      },
    };

    window.contrastlab.drawable(element, layer, {
      down: () => { layer().focus({ preventScroll: true }); keep(); },
      line,
      up: tell,
    });

    // By keys: arrows move a brush that is shown, the space bar presses it down.
    element.addEventListener("keydown", (event) => {
      if (event.target !== layer()) return;
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!move && event.key !== " ") return;
      event.preventDefault();
      cursor = cursor ?? [layer().width / 2, layer().height / 2];
      if (move) cursor = cursor.map((value, axis) => Math.min(Math.max(value + move[axis] * (event.shiftKey ? 1 : 6), 0), axis ? layer().height : layer().width));
      else { keep(); line(cursor, cursor); tell(); }
      const mark = element.querySelector(".brush");
      mark.style.cssText = `left:${(100 * cursor[0]) / layer().width}%;top:${(100 * cursor[1]) / layer().height}%;width:${(100 * size) / layer().width}%`;
      mark.hidden = false;
    });
    element.addEventListener("focusout", () => { element.querySelector(".brush").hidden = true; });

    window.contrastlab.painting = {
      tool: (place) => place.addEventListener("click", (event) => {
        const press = event.target.closest("[data-paint]");
        if (!press) return;
        if (press.dataset.paint in whole) return whole[press.dataset.paint]();
        erasing = press.dataset.paint === "erase";
        for (const one of place.querySelectorAll("[aria-pressed]")) one.setAttribute("aria-pressed", String(one === press));
      }),
      size: (value) => { size = Number(value) || size; },
      // A mask from the server, to be corrected: what is white in it is missing.
      lay: (given) => {
        const mask = given.querySelector("[data-mask]");
        if (!mask || mask.dataset.of !== layer().dataset.of) return;
        const picture = new Image();
        picture.onload = () => change((brush, width, height) => {
          brush.clearRect(0, 0, width, height);
          brush.drawImage(picture, 0, 0, width, height);
          repaint(brush, width, height, (data, i) => data[i] >= 128);
        });
        picture.src = mask.dataset.mask;
      },
      renew: () => { done = []; cursor = null; },
    };
  };
})();
