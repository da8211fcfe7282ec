/**
 * @file Two strips of the same messages that scroll together: what is at the top of one is at the top of the other, however
 * much higher its lines are.
 */

const offsetIn = (box: Element, child: Element): number =>
  child.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;

/** Brings the same share of the same message to the top. */
export function alignScroll(from: Element, to: Element): void {
  const [messages, others] = [from.children, to.children];
  let [low, high] = [0, messages.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const child = messages[middle];
    if (child && offsetIn(from, child) <= from.scrollTop) low = middle;
    else high = middle - 1;
  }
  const [here, there] = [messages[low], others[low]];
  if (!here || !there) return;
  const share = (from.scrollTop - offsetIn(from, here)) / Math.max(1, here.getBoundingClientRect().height);
  to.scrollTop = offsetIn(to, there) + share * there.getBoundingClientRect().height;
}

/** Milliseconds in which a strip that was scrolled by the other does not scroll that one back. */
const ECHO = 120;

/** Scrolls every strip of a container with the one that a person scrolls; returns a function that stops. */
export function linkScrolling(container: HTMLElement): () => void {
  let driver: EventTarget | null = null;
  let last = 0;
  const scrolled = ({ target, timeStamp }: Event): void => {
    if (!(target instanceof Element) || target.getAttribute('role') !== 'listbox') return;
    if (driver !== target && timeStamp - last < ECHO) return;
    driver = target;
    last = timeStamp;
    for (const other of container.querySelectorAll('[role="listbox"]'))
      if (other !== target) alignScroll(target, other);
  };
  // Scrolling does not bubble.
  container.addEventListener('scroll', scrolled, { capture: true, passive: true });
  return () => container.removeEventListener('scroll', scrolled, { capture: true });
}
