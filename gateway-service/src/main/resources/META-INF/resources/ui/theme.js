/** The colours of theme.css for what cannot use CSS, such as charts on a canvas. */

const dark = window.matchMedia("(prefers-color-scheme: dark)");

export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function series() {
  return [1, 2, 3, 4, 5, 6].map((number) => color(`series-${number}`));
}

/** Calls back whenever light becomes dark or dark light; returns what ends that. */
export function onSchemeChange(callback) {
  dark.addEventListener("change", callback);
  return () => dark.removeEventListener("change", callback);
}
