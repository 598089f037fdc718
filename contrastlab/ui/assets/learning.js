// The same pictures at one step after another of a training: everything is on the page already, nothing is asked for.
(() => {
  const PACE = 650; // milliseconds a step

  // Inside of `element` stand a range, a button and what they move; see ui/tabs/generate/learning.py.
  window.contrastlab.scrubbable = (element) => {
    let timer = 0;
    const parts = () => {
      const root = element.querySelector("[data-says]");
      return { root, range: root?.querySelector("input"), button: root?.querySelector("[data-play]") };
    };
    const put = (place) => {
      const { root, range } = parts(), says = JSON.parse(root.dataset.says)[place];
      range.value = place;
      range.setAttribute("aria-valuetext", says);
      range.style.setProperty("--range_progress", `${(100 * place) / Math.max(1, range.max)}%`);
      root.style.setProperty("--at", JSON.parse(root.dataset.at)[place]);
      root.querySelector("output").textContent = says;
      for (const school of root.querySelectorAll("[data-rows]")) {
        school.style.setProperty("--row", JSON.parse(school.dataset.rows)[place]);
      }
    };
    const rest = () => {
      clearInterval(timer);
      timer = 0;
      const { button } = parts();
      if (button) button.textContent = button.dataset.play;
    };
    const go = () => {
      const { root, range } = parts();
      if (!root?.isConnected || Number(range.value) >= Number(range.max)) return rest();
      put(Number(range.value) + 1);
    };
    element.addEventListener("input", (event) => {
      rest();
      put(Number(event.target.value));
    });
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-play]");
      if (!button) return;
      if (timer) return rest();
      const { range } = parts();
      if (Number(range.value) >= Number(range.max)) put(0);
      button.textContent = button.dataset.stop;
      timer = setInterval(go, PACE);
    });
  };
})();
