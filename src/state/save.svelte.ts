/**
 * @file Keeping what was trained: the tuned model or its adapter, asked of the engine as an archive.
 */
import type { EngineService } from '../worker/engine-client';
import type { ErrorReport, SaveForm } from '../worker/protocol';
import { toReport } from './errors';

/** An archive, and the name to save it under. */
export interface SavedArchive {
  name: string;
  blob: Blob;
}

export class SaveState {
  #saving = $state<SaveForm['form'] | undefined>();
  #error = $state.raw<ErrorReport | undefined>();

  constructor(private readonly engine: EngineService) {}

  /** Which form is being written; undefined where none is. */
  get saving() {
    return this.#saving;
  }
  /** Why it could not be saved. */
  get error() {
    return this.#error;
  }

  /** Takes the message about a failure away. */
  dismiss(): void {
    this.#error = undefined;
  }

  /** @param name of the folder in the archive; undefined where it failed, and `error` says why */
  async save(form: SaveForm, name: string): Promise<SavedArchive | undefined> {
    if (this.#saving) return undefined;
    this.#saving = form.form;
    this.#error = undefined;
    try {
      return { name: `${name}.zip`, blob: await this.engine.save({ ...form, folder: name }) };
    } catch (error) {
      this.#error = toReport(error);
      return undefined;
    } finally {
      this.#saving = undefined;
    }
  }
}
