/**
 * @file Any thrown thing as a report that can be shown with its remedy.
 */
import { notices } from '$strings/notices';
import { LosslightError } from '../errors';
import type { ErrorReport } from '../worker/protocol';

/** Keeps the code and remedy of a `LosslightError`; anything else is named as unexpected. */
export function toReport(error: unknown): ErrorReport {
  if (error instanceof LosslightError) {
    const { code, message, remedy, place } = error;
    return { code, message, remedy, ...(place && { place }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'unexpected',
    message: notices.unexpected.message(message),
    remedy: notices.unexpected.remedy,
  };
}
