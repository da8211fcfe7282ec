/**
 * @file The one error class that carries a stable name and a remedy, so that every refusal can be shown to a person.
 */

/**
 * An error with a stable `code` (see `ErrorReport` in worker/protocol.ts), what is wrong, and what to do about it.
 * `cause` keeps the error underneath, where there is one.
 */
export class LosslightError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'LosslightError';
  }
}
