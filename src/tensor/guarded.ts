/**
 * @file Work on a device, whose failures come beside the program's flow.
 */
import { LosslightError } from '../errors';
import { deviceLost, type DeviceHealth } from './device';

/** How long an unexplained failure waits for the device's own account of it. */
const NEWS_MILLISECONDS = 1000;

/**
 * Runs work on the device. Whatever it throws, the device's own failure is reported where there is one: the rest is
 * its consequence.
 */
export async function guarded<T>(health: DeviceHealth, work: () => Promise<T> | T): Promise<T> {
  health.check();
  try {
    const result = await work();
    health.check();
    return result;
  } catch (cause) {
    health.check();
    if (cause instanceof LosslightError) throw cause;
    // Nothing here gives up a buffer that is being read, so only a lost device aborts a read.
    if (cause instanceof DOMException && cause.name === 'AbortError') health.fail(deviceLost(cause.message));
    health.check();
    // The news of a lost device comes after the rejection of what was waiting for it.
    await Promise.race([health.failed, new Promise((resolve) => setTimeout(resolve, NEWS_MILLISECONDS))]);
    health.check();
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new LosslightError('gpu-error', `The computation failed: ${message}`, 'Reload the page.', {
      cause,
    });
  }
}
