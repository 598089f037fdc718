// Pens: a canvas that is drawn on with a finger or the mouse, and a place to write a digit.
(() => {
  const PEN = 22; // of 280 pixels, about as thick as the digits that the network knows

  // Calls `down()`, `line(from, to)` and `up()` while somebody draws on the canvas `layer()`; places in its own pixels.
  window.contrastlab.drawable = (element, layer, { down, line, up }) => {
    let last = null;
    const at = (event) => {
      const box = layer().getBoundingClientRect();
      return [((event.clientX - box.left) * layer().width) / box.width, ((event.clientY - box.top) * layer().height) / box.height];
    };
    element.addEventListener("pointerdown", (event) => {
      if (event.target !== layer() || event.button) return;
      event.preventDefault();
      layer().setPointerCapture(event.pointerId);
      down();
      last = at(event);
      line(last, last);
    });
    element.addEventListener("pointermove", (event) => {
      if (!last) return;
      const now = at(event);
      line(last, now);
      last = now;
    });
    const lift = () => {
      if (!last) return;
      last = null;
      up();
    };
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, lift);
  };

  // A line with round ends; one of no length is a dot.
  window.contrastlab.stroke = (pen, colour, width, from, to) => {
    Object.assign(pen, { strokeStyle: colour, lineWidth: width, lineCap: "round" });
    pen.beginPath();
    pen.moveTo(...from);
    pen.lineTo(to[0] + 0.01, to[1]); // of no length at all it would not be drawn
    pen.stroke();
  };

  // What is written goes out as a small PNG when the pen is lifted.
  window.contrastlab.writable = (element, send) => {
    const paper = () => element.querySelector("canvas");
    const wipe = () => {
      const pen = paper().getContext("2d");
      pen.fillStyle = "#000";
      pen.fillRect(0, 0, paper().width, paper().height);
      delete paper().dataset.written;
    };
    window.contrastlab.drawable(element, paper, {
      down: () => {
        if (!paper().dataset.written) wipe();
        paper().dataset.written = "1";
      },
      line: (from, to) => window.contrastlab.stroke(paper().getContext("2d"), "#fff", PEN, from, to),
      up: () => {
        window.contrastlab.picked = paper().toDataURL("image/png");
        send(window.contrastlab.picked);
      },
    });
    element.addEventListener("click", (event) => { if (event.target.closest("[data-wipe]")) wipe(); });
  };
})();
