/**
 * @file Fixes of findings, applied with one click and taken back with another.
 */
import { notices } from '$strings/notices';
import type { Conversation } from '../conversation/types';
import type { Fix, TrainerSettings } from '../lint/types';
import { TRAIN_SETTINGS } from '../settings/train';
import type { DataState } from './data.svelte';
import type { MaskState } from './mask.svelte';
import type { ModelState } from './model.svelte';
import type { TrainState } from './train.svelte';

export interface FixParts {
  mask: MaskState;
  data: DataState;
  train: TrainState;
  model: ModelState;
  /** Takes another template, and what follows from it. */
  changeTemplate: (source: string | undefined) => Promise<void>;
  /** The chosen conversation is another one now. */
  chosenChanged: () => Promise<void>;
}

interface Done {
  title: string;
  /** True as long as what the fix changed is as the fix left it. */
  stands(): boolean;
  undo(): void | Promise<void>;
}

/** Settings of a trainer that this page has. */
const SETTINGS: readonly (keyof TrainerSettings)[] = ['maxLength', 'strategy', 'truncation'];
const LONGEST = TRAIN_SETTINGS.find(({ key }) => key === 'maxLength')?.max ?? Infinity;

const words = notices.fix;

export class FixState {
  #done = $state.raw<Done | undefined>();
  readonly #standing = $derived.by(() => (this.#done?.stands() ? this.#done : undefined));
  #message = $state('');

  constructor(private readonly parts: FixParts) {}

  /** The fix that was applied last, where it can be taken back. */
  get done(): { title: string } | undefined {
    return this.#standing;
  }
  /** What was done last, for people. */
  get message() {
    return this.#message;
  }

  /** Why a fix cannot be applied here, in one sentence; undefined where it can. */
  block(fix: Fix): string | undefined {
    const { train, model } = this.parts;
    switch (fix.kind) {
      case 'policy':
        return undefined;
      case 'conversation':
        return this.parts.data.list.rowOf(fix.conversation.id) < 0
          ? words.blocks.conversationGone
          : undefined;
      case 'setting': {
        if (Object.keys(fix.change).some((key) => !SETTINGS.some((own) => own === key)))
          return words.blocks.otherTrainer;
        const most = Math.min(model.info?.contextLength ?? Infinity, LONGEST);
        if ((fix.change.maxLength ?? 0) > most) return words.blocks.tooLong(most);
        return train.active ? words.blocks.running : undefined;
      }
      case 'template': {
        if (train.active) return words.blocks.runningTemplate;
        return model.shippedTemplate ? words.blocks.shippedTemplate : undefined;
      }
      case 'row':
        return words.blocks.row;
      default:
        return fix satisfies never;
    }
  }

  /** Applies a fix that nothing blocks. */
  async apply(fix: Fix): Promise<void> {
    if (this.block(fix) !== undefined) return;
    this.#done = await this.#apply(fix);
    this.#message = this.#done ? words.done(fix.title) : words.failed;
  }

  /** Takes the message away; the fix stays. */
  dismiss(): void {
    this.#done = undefined;
    this.#message = '';
  }

  /** Takes the last fix back. */
  async undo(): Promise<void> {
    const done = this.#standing;
    if (!done) return;
    this.#done = undefined;
    await done.undo();
    this.#message = words.takenBack(done.title);
  }

  async #apply(fix: Fix): Promise<Done | undefined> {
    const { mask, train, model, changeTemplate } = this.parts;
    const { title } = fix;
    switch (fix.kind) {
      case 'policy': {
        const before = mask.policy;
        const policy = { ...before, ...fix.change };
        mask.setPolicy(policy);
        return { title, stands: () => mask.policy === policy, undo: () => mask.setPolicy(before) };
      }
      case 'setting': {
        const before = { division: train.division, drafts: train.drafts };
        const { maxLength, strategy, truncation } = fix.change;
        if (maxLength !== undefined) train.drafts = { ...train.drafts, maxLength: String(maxLength) };
        const { division } = before;
        train.division = {
          strategy: strategy ?? division.strategy,
          truncate: truncation ?? division.truncate,
        };
        const after = { division: train.division, drafts: train.drafts };
        const undo = () => void Object.assign(train, before);
        return {
          title,
          stands: () => train.division === after.division && train.drafts === after.drafts && !train.active,
          undo,
        };
      }
      case 'conversation':
        return this.#replace(title, fix.conversation);
      case 'template': {
        const before = model.own.edited;
        await changeTemplate(fix.source);
        if (model.own.edited !== fix.source) return undefined;
        const undo = () => changeTemplate(before);
        return { title, stands: () => model.own.edited === fix.source, undo };
      }
      case 'row':
        return undefined;
      default:
        return fix satisfies never;
    }
  }

  async #replace(title: string, conversation: Conversation): Promise<Done | undefined> {
    const { data, chosenChanged } = this.parts;
    const row = data.list.rowOf(conversation.id);
    // One that stays in its file may not be at hand.
    await data.list.read([row]);
    const before = data.replace(conversation);
    if (!before) return undefined;
    await chosenChanged();
    const undo = async () => {
      data.replace(before);
      await chosenChanged();
    };
    return { title, stands: () => data.at(data.list.rowOf(conversation.id)) === conversation, undo };
  }
}
