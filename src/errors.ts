/**
 * @file The one error class that carries a stable name and a remedy, so that every refusal can be shown to a person.
 */

/** A place in a text that a person wrote; lines and columns count from 1. */
export interface TextPlace {
  line: number;
  column: number;
}

/**
 * An error with a stable `code` (see `ErrorReport` in worker/protocol.ts), what is wrong, and what to do about it.
 * `cause` keeps the error underneath, `place` says where in the template it is, where there is one.
 */
export class LosslightError extends Error {
  readonly place: TextPlace | undefined;

  constructor(
    readonly code: string,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions & { place?: TextPlace | undefined },
  ) {
    super(message, options);
    this.name = 'LosslightError';
    this.place = options?.place;
  }
}
