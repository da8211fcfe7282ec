/**
 * @file What a colour token is in the present theme: neither a canvas nor an SVG file knows `light-dark()`.
 */

/** @param name of a custom property, such as `--ink` */
export function resolveColour(host: HTMLElement, name: string): string {
  host.style.setProperty('color', `var(${name})`);
  const { color } = getComputedStyle(host);
  host.style.removeProperty('color');
  return color;
}
