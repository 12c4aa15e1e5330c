// A photo of a visit: as soon as it is chosen it is shrunk, turned upright and sent (phone.js). What the camera noted of
// time and place goes with it; the server reads that and keeps none of it. Without this file the form sends the file.
"use strict";

(() => {
  const SIDE = 1600, QUALITY = 0.8, MOST = 190000;

  // The EXIF part of a JPEG, with its marker; null for none.
  const exif = (bytes) => {
    let at = 2;
    while (at + 4 < bytes.length && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[at] === 0xff) {
      const length = 2 + (bytes[at + 2] << 8) + bytes[at + 3];
      if (bytes[at + 1] === 0xe1 && bytes[at + 4] === 0x45 && bytes[at + 5] === 0x78) return bytes.slice(at, at + length);
      if (bytes[at + 1] === 0xda) return null;
      at += length;
    }
    return null;
  };

  const shrink = async (file) => {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const canvas = document.createElement("canvas");
    let side = SIDE, quality = QUALITY, blob = null;
    do {
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
      side *= 0.8;
      quality -= 0.08;
    } while (blob && blob.size > MOST && quality > 0.3);
    picture.close();
    const noted = exif(new Uint8Array(await file.slice(0, 131072).arrayBuffer()));
    return new File(noted ? [blob.slice(0, 2), noted, blob.slice(2)] : [blob], "photo.jpg", { type: "image/jpeg" });
  };

  document.addEventListener("change", async (event) => {
    const input = event.target;
    const form = input.form;
    if (input.type !== "file" || !form?.matches("[data-photo]") || !input.files.length) return;
    const wanted = form.querySelector("input[required]:not([type=file])");
    if (wanted && !wanted.value) {
      wanted.focus();
      return;
    }
    try {
      const kept = new DataTransfer();
      kept.items.add(await shrink(input.files[0]));
      input.files = kept.files;
      form.elements.namedItem("upright").value = "yes";
    } catch {
      form.elements.namedItem("upright").value = ""; // the server does it
    }
    form.requestSubmit();
  });
})();
