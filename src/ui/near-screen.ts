/**
 * @file Tells which parts of a scrolling list are near its visible part, so that the others need not be drawn.
 */
import { flushSync } from 'svelte';

/** Calls back when the element comes near or leaves; returns a function that stops. */
export type WatchNear = (element: Element, onnear: (near: boolean) => void) => () => void;

/** Milliseconds of a frame after which no further part is drawn; what is left waits for the next, as plain text until then. */
const BUDGET = 3;

/** One observer for all parts of one listbox. */
export function watchNear(): WatchNear {
  const callbacks = new WeakMap<Element, (near: boolean) => void>();
  /** What is still to be told: parts that come near before those that leave. */
  const waiting = { near: new Set<Element>(), far: new Set<Element>() };
  let observer: IntersectionObserver | undefined;
  let frame: number | undefined;

  function tell(): void {
    frame = undefined;
    const begun = performance.now();
    for (const [elements, near] of [
      [waiting.near, true],
      [waiting.far, false],
    ] as const) {
      for (const element of elements) {
        if (performance.now() - begun > BUDGET) {
          frame = requestAnimationFrame(tell);
          return;
        }
        elements.delete(element);
        // Drawn at once, so that the time it takes is known.
        flushSync(() => callbacks.get(element)?.(near));
      }
    }
  }

  return (element, onnear) => {
    observer ??= new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          waiting[isIntersecting ? 'near' : 'far'].add(target);
          // Parts that a fast scroll passed by are not drawn at all.
          waiting[isIntersecting ? 'far' : 'near'].delete(target);
        }
        // At the beginning of a frame, so that no frame draws twice.
        frame ??= requestAnimationFrame(tell);
      },
      // A strip scrolls by itself; children are attached before it is bound.
      { root: element.closest('[role="listbox"]'), rootMargin: '250px 0px' },
    );
    callbacks.set(element, onnear);
    observer.observe(element);
    return () => {
      observer?.unobserve(element);
      waiting.near.delete(element);
      waiting.far.delete(element);
    };
  };
}
