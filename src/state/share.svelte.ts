/**
 * @file A link that holds what its author chose, in the fragment of the address: no server sees it. Made anew whenever the choice
 * changes, and as many conversations go along as fit.
 */
import { share } from '$strings/share';
import { LosslightError } from '../errors';
import type { ErrorReport } from '../worker/protocol';
import { toReport } from './errors';
import { MOST_CHARACTERS, packFragment } from './fragment-codec';
import { writeContent } from './page-content';
import { gather, ownTemplate, withoutFileNames, type GatherChoice } from './page-gather';
import { personalData, type PersonalData } from './personal-data';
import type { Session } from './session.svelte';
import { SHARE_KEY } from './share-key';
import type { UrlState } from './url-state.svelte';

/** Which conversations go along: those that match the filter are “shown”. */
export const SHARED_ROWS = ['none', 'chosen', 'shown', 'all'] as const;
export type SharedRows = (typeof SHARED_ROWS)[number];

/** Characters beyond which some programs cut links, and beyond which many do. */
export const LONG_LINK = 2_000;
export const VERY_LONG_LINK = 8_000;
/** Conversations that are tried at most: no link holds more. */
const MOST_ROWS = 2_000;

export interface MadeLink {
  href: string;
  /** What its conversations hold. */
  holds: PersonalData;
  /** Conversations that were asked for. */
  asked: number;
}

export class ShareState {
  #rows = $state<SharedRows>('chosen');
  #choice = $state.raw<GatherChoice>({
    ...{ settings: true, policy: true, edits: true, template: true, rewards: false },
  });
  #made = $state.raw<MadeLink | undefined>();
  #error = $state.raw<ErrorReport | undefined>();
  #busy = $state(false);
  /** Counts links that were asked for: only the newest may speak. */
  #newest = 0;

  constructor(
    private readonly session: Session,
    private readonly address: UrlState,
  ) {
    if (!session.data.chosen) this.#rows = session.data.list.length ? 'shown' : 'none';
  }

  get rows() {
    return this.#rows;
  }
  get choice() {
    return this.#choice;
  }
  /** The link; undefined until there is one. */
  get made() {
    return this.#made;
  }
  get error() {
    return this.#error;
  }
  get busy() {
    return this.#busy;
  }
  /** How many conversations each choice takes. */
  readonly counts = $derived.by((): Readonly<Record<SharedRows, number>> => {
    const { data } = this.session;
    return { none: 0, chosen: data.chosen ? 1 : 0, shown: data.filter.length, all: data.list.length };
  });
  /** Whether there is a template, or a hand edit, that could go along. */
  readonly hasTemplate = $derived.by(() => ownTemplate(this.session) !== undefined);
  readonly hasEdits = $derived.by(() => this.session.mask.edits.count > 0);

  chooseRows(rows: SharedRows): void {
    this.#rows = rows;
    void this.make();
  }

  choose(change: Partial<GatherChoice>): void {
    this.#choice = { ...this.#choice, ...change };
    void this.make();
  }

  /** Makes the link for the present choice; a newer call retires an older one. */
  async make(): Promise<void> {
    const mine = ++this.#newest;
    this.#busy = true;
    this.#error = undefined;
    try {
      const made = await this.#fit(this.#chosenRows(), () => mine === this.#newest);
      if (mine === this.#newest) this.#made = made;
    } catch (error) {
      if (mine !== this.#newest) return;
      this.#made = undefined;
      this.#error = toReport(error);
    } finally {
      if (mine === this.#newest) this.#busy = false;
    }
  }

  #chosenRows(): number[] {
    const { data } = this.session;
    switch (this.#rows) {
      case 'none':
        return [];
      case 'chosen':
        return data.chosenRow < 0 ? [] : [data.chosenRow];
      case 'shown':
        return [...data.filter.rows(MOST_ROWS)];
      case 'all':
        return Array.from({ length: Math.min(MOST_ROWS, data.list.length) }, (_, row) => row);
    }
  }

  /** The link with as many of the conversations, from the first, as it can hold. */
  async #fit(rows: readonly number[], wanted: () => boolean): Promise<MadeLink | undefined> {
    const asked = rows.length;
    for (let count = asked; wanted();) {
      const { href, holds } = await this.#link(rows.slice(0, count));
      if (href.length <= MOST_CHARACTERS) return { href, holds, asked };
      if (count === 0) {
        throw new LosslightError(
          'link-too-long',
          share.conversations.tooLong(href.length, MOST_CHARACTERS),
          share.conversations.tooLongRemedy,
        );
      }
      // Text shrinks about evenly, so that the next try is close; a little less, so that it fits.
      count = Math.min(count - 1, Math.floor((count * MOST_CHARACTERS * 0.97) / href.length));
    }
    return undefined;
  }

  async #link(rows: readonly number[]): Promise<Pick<MadeLink, 'href' | 'holds'>> {
    const content = withoutFileNames(
      await gather(this.session, this.address.settings, this.#choice, rows),
      this.session.model.ownTokenizer,
    );
    const json = writeContent(content, [], false);
    const conversations = content.parts?.flatMap((part) => part.conversations) ?? [];
    return {
      href: `${this.address.link({})}${SHARE_KEY}${await packFragment(json)}`,
      holds: personalData(conversations),
    };
  }
}
