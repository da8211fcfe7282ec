/**
 * @file Finds the lines of a file on which bytes are no UTF-8, while the file goes by in pieces.
 */

/** Lines that are kept by number; further ones are only counted. */
const MOST_LINES = 1 << 20;

/**
 * A validator after the WHATWG's decoder: what it calls broken is what a TextDecoder replaces by U+FFFD. State goes on
 * over the borders of the pieces.
 */
export class Utf8Watch {
  /** Broken lines, from 1, ascending. */
  readonly lines: number[] = [];
  /** How many lines are broken, those that `lines` does not name included. */
  count = 0;
  /** Offset behind the last byte seen. */
  position = 0;
  #line = 1;
  #last = 0;
  /** Continuation bytes still missing, and the range of the next one. */
  #needed = 0;
  #low = 0x80;
  #high = 0xbf;

  /** Takes the piece that begins at `start`; what was seen already is passed over. */
  see(bytes: Uint8Array, start: number): void {
    if (start > this.position) throw new RangeError('The watch missed a piece of the file.');
    for (let i = this.position - start; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (this.#needed > 0) {
        if (byte >= this.#low && byte <= this.#high) {
          this.#needed--;
          this.#low = 0x80;
          this.#high = 0xbf;
          continue;
        }
        this.#broken();
      }
      if (byte < 0x80) {
        if (byte === 0x0a) this.#line++;
      } else this.#lead(byte);
    }
    this.position = Math.max(this.position, start + bytes.length);
  }

  /** To be called behind the last byte. */
  end(): void {
    if (this.#needed > 0) this.#broken();
  }

  #lead(byte: number): void {
    if (byte >= 0xc2 && byte <= 0xdf) this.#needed = 1;
    else if (byte >= 0xe0 && byte <= 0xef) {
      this.#needed = 2;
      if (byte === 0xe0) this.#low = 0xa0;
      if (byte === 0xed) this.#high = 0x9f;
    } else if (byte >= 0xf0 && byte <= 0xf4) {
      this.#needed = 3;
      if (byte === 0xf0) this.#low = 0x90;
      if (byte === 0xf4) this.#high = 0x8f;
    } else this.#broken();
  }

  #broken(): void {
    this.#needed = 0;
    this.#low = 0x80;
    this.#high = 0xbf;
    if (this.#last === this.#line) return;
    this.#last = this.#line;
    this.count++;
    if (this.lines.length < MOST_LINES) this.lines.push(this.#line);
  }
}
