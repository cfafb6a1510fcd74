/** Pictures that somebody gives to a model: read in the browser, and within bounds. */

export const IMAGE_TYPES = ["image/png", "image/jpeg", "image/webp"];

const IMAGE_BYTES_MAX = 8_000_000;

/** All pictures go out again with each turn, and a request may have 32 MB with base64's third on top. */
const CONVERSATION_BYTES_MAX = 20_000_000;

/** A picture that was refused, and why. */
export class ImageRefused extends Error {}

/** @returns `{ name, bytes, url }`, its url a data URL; fails with ImageRefused */
export async function readImage(file, bytesBefore) {
  const name = file.name || "picture";
  if (!IMAGE_TYPES.includes(file.type)) {
    throw new ImageRefused(`the file ${name} is no PNG, JPEG or WebP picture`);
  }
  if (file.size > IMAGE_BYTES_MAX) {
    throw new ImageRefused(`the file ${name} has more than ${IMAGE_BYTES_MAX / 1e6} MB`);
  }
  if (bytesBefore + file.size > CONVERSATION_BYTES_MAX) {
    throw new ImageRefused(`The pictures of a conversation may have ${CONVERSATION_BYTES_MAX / 1e6} MB in all`);
  }
  return { name, bytes: file.size, url: await dataUrl(file) };
}

/** As Ollama wants it. */
export function base64(image) {
  return image.url.slice(image.url.indexOf(",") + 1);
}

function dataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new ImageRefused(`the file ${file.name} cannot be read`));
    reader.readAsDataURL(file);
  });
}
