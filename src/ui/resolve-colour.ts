/**
 * @file What a colour token is in the present theme: neither a canvas nor an SVG file knows `light-dark()`.
 */

/**
 * The colours of custom properties, such as `--ink`, as a canvas takes them. All are asked of the browser at once: each
 * single question would make it work out the page's styles again.
 */
export function resolveColours(host: HTMLElement, names: Iterable<string>): (name: string) => string {
  const asked = [...new Set(names)];
  // Hidden, and without children of its own: what inherits the colour of `host` is left alone.
  const probe = document.createElement('span');
  probe.hidden = true;
  const cells = asked.map((name) => {
    const cell = document.createElement('span');
    cell.style.setProperty('color', `var(${name})`);
    return cell;
  });
  probe.append(...cells);
  host.append(probe);
  const colours = new Map(cells.map((cell, i) => [asked[i] ?? '', getComputedStyle(cell).color]));
  probe.remove();
  return (name) => colours.get(name) ?? 'currentColor';
}
