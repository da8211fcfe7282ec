/**
 * @file Tells which parts of a scrolling list are near its visible part, so that the others need not be drawn.
 */

/** Calls back when the element comes near or leaves; returns a function that stops. */
export type WatchNear = (element: Element, onnear: (near: boolean) => void) => () => void;

/** One observer for all parts of one listbox. */
export function watchNear(): WatchNear {
  const callbacks = new WeakMap<Element, (near: boolean) => void>();
  let observer: IntersectionObserver | undefined;
  return (element, onnear) => {
    observer ??= new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) callbacks.get(target)?.(isIntersecting);
      },
      // A strip scrolls by itself; children are attached before it is bound.
      { root: element.closest('[role="listbox"]'), rootMargin: '250px 0px' },
    );
    callbacks.set(element, onnear);
    observer.observe(element);
    return () => observer?.unobserve(element);
  };
}
