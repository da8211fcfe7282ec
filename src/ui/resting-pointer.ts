/**
 * @file Tells what a pointer points at from what is scrolled by under one that rests: to look at each of that, in every frame,
 * would hold the scrolling up.
 */

/** Milliseconds that something stays under a resting pointer before it is looked at. */
const RESTS = 80;

/** A place in the window, as events of a pointer tell it. */
type Place = Pick<MouseEvent, 'clientX' | 'clientY'>;

export class RestingPointer {
  #at: { x: number; y: number } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What is looked at when the time is over. */
  #look: (() => void) | undefined;

  /** The pointer was moved: to be told of every move in the window, of which what moves under it is none. */
  moved({ clientX, clientY }: Place): void {
    this.#at = { x: clientX, y: clientY };
  }

  /** Something came to lie under the pointer: looks at it at once where it was pointed at, else once it stays. */
  over({ clientX, clientY }: Place, look: () => void): void {
    this.stop();
    if (this.#at?.x === clientX && this.#at.y === clientY) this.#wait(look);
    else look();
  }

  /** To be told of every scrolling in the window: as long as that goes on nothing stays, and something large may pass slowly. */
  scrolled(): void {
    if (this.#look) this.#wait(this.#look);
  }

  #wait(look: () => void): void {
    clearTimeout(this.#timer);
    this.#look = look;
    this.#timer = setTimeout(() => {
      this.#look = undefined;
      look();
    }, RESTS);
  }

  /** What is waited for is not looked at. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#look = undefined;
  }
}
