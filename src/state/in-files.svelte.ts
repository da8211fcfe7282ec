/**
 * @file Which things of the page are in a file: told by identity, so that one that was changed is another thing.
 */
export class InFiles<T extends object> {
  /** What the page has let go of is not held. */
  readonly #things = new WeakSet<T>();
  /** A WeakSet tells nobody that it has changed. */
  #additions = $state(0);

  add(things: Iterable<T>): void {
    for (const thing of things) this.#things.add(thing);
    this.#additions++;
  }

  has(thing: T): boolean {
    void this.#additions;
    return this.#things.has(thing);
  }
}
