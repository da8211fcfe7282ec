/** @file The browser's own mouse in UI tests: points of the window as it knows them, and frames to wait for what it moved. */

/** Resolves when that many frames have been drawn. */
export const frames = (count: number) =>
  new Promise<void>((resolve) => {
    const next = (left: number): unknown => (left ? requestAnimationFrame(() => next(left - 1)) : resolve());
    next(count);
  });

/** A point of this frame, in CSS pixels, as the browser's mouse knows it: the frame may be scaled. */
export function onScreen(x: number, y: number): { x: number; y: number } {
  const frame = window.frameElement?.getBoundingClientRect();
  if (!frame) return { x, y };
  return {
    x: frame.left + (x * frame.width) / window.innerWidth,
    y: frame.top + (y * frame.height) / window.innerHeight,
  };
}
