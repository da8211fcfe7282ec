/**
 * @file The file of all masks while it is written: how far it is, and a way to stop it. It outlives the menu, which another view of the
 * conversation replaces.
 */
import { strip } from '$strings/strip';
import type { FailedMask, MasksFile } from '../state/all-masks';
import { download } from './download';

const { copy: words } = strip;

export class MasksWriting {
  #said = $state('');
  #failed = $state.raw<readonly FailedMask[]>([]);
  #writing = $state.raw<AbortController | undefined>();
  /** How many menus are there: one, or for a moment the old one and the new. */
  #menus = 0;
  /** The conversation that a menu was of last. */
  #last: string | undefined;
  /** What became of the file was said while no menu was there. */
  #unseen = false;

  get busy(): boolean {
    return this.#writing !== undefined;
  }

  /** What was copied or saved last, or how far that is. */
  get said(): string {
    return this.#said;
  }

  /** Conversations that are not in the file that was saved last, and why; as long as `said` is about that file. */
  get failed(): readonly FailedMask[] {
    return this.#failed;
  }

  /** Says what was copied or saved instead of what was said before. */
  tell(said: string): void {
    this.#said = said;
    this.#failed = [];
  }

  /** A menu is there until what is returned is called. */
  opened(): () => void {
    this.#menus++;
    return () => this.#menus--;
  }

  /** The menu is of a conversation: what was said of another is past, and what nobody saw is not. */
  shows(conversation: string): void {
    if (conversation !== this.#last && !this.busy && !this.#unseen) this.tell('');
    this.#last = conversation;
    this.#unseen = false;
  }

  /**
   * Writes and saves a file; what is being written is stopped first.
   *
   * @param of conversations that there are
   * @param make rejects where it is stopped
   */
  async save(
    file: string,
    of: number,
    make: (onprogress: (done: number) => void, signal: AbortSignal) => Promise<MasksFile>,
  ): Promise<void> {
    this.stop();
    const mine = (this.#writing = new AbortController());
    const say = (text: string) => {
      if (this.#writing === mine) this.tell(text);
    };
    say(words.writing(0, of));
    try {
      const made = await make((done) => say(words.writing(done, of)), mine.signal);
      download(file, made.blob, made.blob.type);
      const { conversations, lines, untrained, failed } = made;
      say(words.savedAll(conversations, conversations + untrained + failed.length, lines, untrained));
      if (this.#writing === mine) this.#failed = failed;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(mine.signal.aborted ? words.stopped : words.notSaved(words.allFormat, why));
    } finally {
      if (this.#writing === mine) {
        this.#writing = undefined;
        this.#unseen = this.#menus === 0;
      }
    }
  }

  stop(): void {
    this.#writing?.abort();
  }
}
