/**
 * @file What the page hands to the browser to save, caught instead of saved.
 */
import { vi } from 'vitest';

export interface Saved {
  name: string;
  text: string;
  blob: Blob;
}

/** Runs `act` and returns the file that it saves. */
export async function saved(act: () => Promise<void>): Promise<Saved> {
  const blobs: Blob[] = [];
  const names: string[] = [];
  const create = vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    if (blob instanceof Blob) blobs.push(blob);
    return 'blob:caught';
  });
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    names.push(this.download);
  });
  try {
    await act();
    // Not the second that is usual: what is saved may take longer to make on a busy machine.
    await vi.waitUntil(() => names.length > 0 && blobs.length > 0, { timeout: 20_000 });
    const [blob = new Blob()] = blobs;
    return { name: names[0] ?? '', text: await blob.text(), blob };
  } finally {
    create.mockRestore();
    click.mockRestore();
  }
}
