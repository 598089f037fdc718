// A place to write a digit with a finger or the mouse; what is written goes out as a small PNG when the pen is lifted.
(() => {
  const PEN = 22; // of 280 pixels, about as thick as the digits that the network knows

  window.contrastlab.writable = (element, send) => {
    let last = null;
    const paper = () => element.querySelector("canvas");
    const at = (event) => {
      const box = paper().getBoundingClientRect(), scale = paper().width / box.width;
      return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    };
    const line = (from, to) => {
      const pen = paper().getContext("2d");
      Object.assign(pen, { strokeStyle: "#fff", lineWidth: PEN, lineCap: "round" });
      pen.beginPath();
      pen.moveTo(...from);
      pen.lineTo(to[0] + 0.01, to[1]); // a line of no length is not drawn
      pen.stroke();
    };
    const wipe = () => {
      const pen = paper().getContext("2d");
      pen.fillStyle = "#000";
      pen.fillRect(0, 0, paper().width, paper().height);
      delete paper().dataset.written;
    };
    element.addEventListener("pointerdown", (event) => {
      if (event.target !== paper()) return;
      event.preventDefault();
      if (!paper().dataset.written) wipe();
      paper().dataset.written = "1";
      paper().setPointerCapture(event.pointerId);
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
      window.contrastlab.picked = paper().toDataURL("image/png");
      send(window.contrastlab.picked);
    };
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, lift);
    element.addEventListener("click", (event) => { if (event.target.closest("[data-wipe]")) wipe(); });
  };
})();
