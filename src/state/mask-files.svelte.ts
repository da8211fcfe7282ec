/**
 * @file Files of the mask: policies and hand edits, brought by picking or by dropping them on the page.
 */
import { mask as words } from '$strings/mask';
import { isPolicy, readPolicy, writePolicy } from '../mask/policy-file';
import type { MaskPolicy } from '../mask/policy';
import type { ErrorReport } from '../worker/protocol';
import { toReport } from './errors';
import { InFiles } from './in-files.svelte';
import type { MaskState } from './mask.svelte';

export type MaskFileKind = 'policy' | 'edits';

/** Larger files are conversations: a policy has a few hundred characters, an edit about as many. */
const MAX_BYTES = 20_000_000;

export class MaskFiles {
  #error = $state.raw<(ErrorReport & { title: string }) | undefined>();
  #message = $state('');
  readonly #policies = new InFiles<MaskPolicy>();

  constructor(private readonly mask: Pick<MaskState, 'policy' | 'setPolicy' | 'edits' | 'diff'>) {}

  /** Why the last file could not be read. */
  get error() {
    return this.#error;
  }
  /** What the last file brought. */
  get message() {
    return this.#message;
  }

  /** Whether a policy is in a file. */
  hasPolicy(policy: MaskPolicy): boolean {
    return this.#policies.has(policy);
  }

  exportPolicy(): string {
    this.#policies.add([this.mask.policy]);
    return writePolicy(this.mask.policy);
  }

  /** Reads a file of a known kind; where it cannot be read, `error` says why and nothing is changed. */
  async read(file: File, kind: MaskFileKind): Promise<void> {
    this.#error = undefined;
    this.#message = '';
    try {
      const text = await file.text();
      if (kind === 'policy') this.#takePolicy(file.name, text);
      else this.#takeEdits(file.name, text);
    } catch (error) {
      const title = words.files.notTaken(file.name);
      this.#error = { ...toReport(error), title };
    }
  }

  /** Takes policies and edits out of dropped files; the others are returned. */
  async take(files: readonly File[]): Promise<File[]> {
    const rest: File[] = [];
    for (const file of files) {
      const kind = await kindOf(file);
      if (kind) await this.read(file, kind);
      else rest.push(file);
    }
    return rest;
  }

  #takePolicy(name: string, text: string): void {
    const policy = readPolicy(text);
    this.mask.setPolicy(policy);
    this.#policies.add([policy]);
    this.mask.diff.keep(name, policy);
    this.#message = words.files.policyTaken(name);
  }

  #takeEdits(name: string, text: string): void {
    const { edits, conversations } = this.mask.edits.import(text);
    this.#message = words.files.editsTaken(name, edits, conversations);
  }
}

/** What a file is, by its content; undefined for neither. */
async function kindOf(file: File): Promise<MaskFileKind | undefined> {
  if (!/\.json$/i.test(file.name) || file.size > MAX_BYTES) return undefined;
  try {
    const value: unknown = JSON.parse(await file.text());
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if ('losslightEdits' in value) return 'edits';
    return isPolicy(value) ? 'policy' : undefined;
  } catch {
    return undefined;
  }
}
