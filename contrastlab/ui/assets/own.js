// A visitor's own picture from the clipboard or the camera goes the way of one that was chosen from their files.
(() => {
  // `file` becomes what the visitor has chosen in the open tab, if that takes any.
  const bring = (file) => {
    const field = [...document.querySelectorAll(".own-photo input[type=file]")].find((one) => one.closest(".own-photo").offsetParent);
    if (!file || !field) return;
    const carrier = new DataTransfer();
    carrier.items.add(file);
    field.files = carrier.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };

  addEventListener("paste", (event) => bring([...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"))));

  // Nothing is asked for before the button is pressed, and the camera is let go with the dialog.
  const photograph = async (button) => {
    const dialog = document.createElement("dialog");
    dialog.className = "camera";
    dialog.setAttribute("aria-label", button.textContent.trim());
    const video = Object.assign(document.createElement("video"), { autoplay: true, muted: true, playsInline: true });
    const said = Object.assign(document.createElement("p"), { className: "note", textContent: button.dataset.wait });
    said.setAttribute("role", "status");
    const take = Object.assign(document.createElement("button"), { type: "button", className: "tool take", textContent: button.dataset.take, disabled: true });
    const close = Object.assign(document.createElement("button"), { type: "button", className: "tool", textContent: button.dataset.close });
    const row = Object.assign(document.createElement("div"), { className: "actions" });
    row.append(take, close);
    dialog.append(video, said, row);
    document.body.append(dialog);
    let stream = null;
    let over = false;
    dialog.addEventListener("close", () => {
      over = true;
      stream?.getTracks().forEach((track) => track.stop());
      dialog.remove();
      button.focus();
    });
    close.addEventListener("click", () => dialog.close());
    take.addEventListener("click", () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext("2d").drawImage(video, 0, 0); // as others see it, not as the mirror on the screen shows it
      canvas.toBlob((blob) => {
        bring(new File([blob], "camera.jpg", { type: "image/jpeg" }));
        dialog.close();
      }, "image/jpeg", 0.95);
    });
    dialog.showModal();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    } catch {
      said.textContent = button.dataset.refused;
      return;
    }
    if (over) {
      stream.getTracks().forEach((track) => track.stop());
      return;
    }
    video.classList.toggle("mirrored", stream.getVideoTracks()[0]?.getSettings().facingMode !== "environment");
    video.addEventListener("loadeddata", () => {
      take.disabled = false;
      said.textContent = "";
      take.focus();
    });
    video.srcObject = stream;
  };

  addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-camera]");
    if (button) photograph(button);
  });
  // Browsers offer the camera over HTTPS and on this machine only.
  document.documentElement.classList.toggle("no-camera", !navigator.mediaDevices?.getUserMedia);
})();
