/**
 * @file Saving the session as a file: what goes in, how large it will be, and making it.
 */
import { share } from '$strings/share';
import type { ErrorReport } from '../worker/protocol';
import { toReport } from './errors';
import { gather, gatherRuns } from './page-gather';
import type { Session } from './session.svelte';
import { makeSessionFile } from './session-file';
import type { UrlState } from './url-state.svelte';

export class SessionSave {
  /** Whether the tuned weights go along. */
  withWeights = $state(false);
  #busy = $state(false);
  #error = $state.raw<ErrorReport | undefined>();

  constructor(
    private readonly session: Session,
    private readonly address: UrlState,
  ) {}

  get busy() {
    return this.#busy;
  }
  get error() {
    return this.#error;
  }

  /** The snapshot of the weights as they are; undefined where they are the original ones, or none was kept. */
  readonly #tuned = $derived.by(() => {
    const { head, list } = this.session.train.runs;
    const snapshot = list
      .find(({ id }) => id === head?.run)
      ?.snapshots.find(({ step }) => step === head?.step);
    return head && snapshot && { at: head, snapshot };
  });

  /** Bytes of the tuned weights; undefined where there are none to keep. */
  readonly weightBytes = $derived.by(() => this.#tuned?.snapshot.bytes);

  /** Rows that go along: those in memory. Of what stays in a file of its own only that is copied which was changed. */
  readonly rows = $derived.by(() => {
    const { list } = this.session.data;
    return Array.from({ length: list.length }, (_, row) => row).filter(
      (row) => !list.fileRow(row) || list.edited(row),
    );
  });
  /** How many of them were changed here and stay in a file as they were. */
  readonly changed = $derived.by(() => {
    const { list } = this.session.data;
    return list.editedRows().filter((row) => list.fileRow(row)).length;
  });

  /** Why it cannot be saved now; undefined where it can. */
  readonly block = $derived.by(() => (this.session.lessons.current ? share.file.inLesson : undefined));

  /** The file; undefined where it failed, and `error` says why. */
  async make(): Promise<Blob | undefined> {
    if (this.block || this.#busy) return undefined;
    this.#busy = true;
    this.#error = undefined;
    try {
      const { data, unsaved } = this.session;
      // Read before anything is waited for: what is edited meanwhile is not in the file.
      const { list } = data;
      const { settings } = this.address;
      const all = { settings: true, policy: true, edits: true, template: true, rewards: true };
      const content = await gather(this.session, settings, all, this.rows);
      // Edits of conversations that stay in files, too: those are imported again.
      const edits = this.session.mask.edits.book;
      const whole = { ...content, edits, chat: this.session.chat.kept };
      const tuned = this.withWeights ? this.#tuned : undefined;
      const weights = tuned && { at: tuned.at, values: tuned.snapshot.values };
      const file = await makeSessionFile(whole, gatherRuns(this.session), weights);
      unsaved.conversationsSaved(list);
      this.session.mask.edits.saved(edits);
      unsaved.settingsSaved(settings);
      if (content.template !== undefined) unsaved.templateSaved(content.template);
      if (weights) unsaved.weightsSaved(weights.at);
      return file;
    } catch (error) {
      this.#error = toReport(error);
      return undefined;
    } finally {
      this.#busy = false;
    }
  }
}
