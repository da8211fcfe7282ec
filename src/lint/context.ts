/**
 * @file What lints read of one conversation: its rendering, tokens and weights, computed once and shared by all of them.
 */
import type { Conversation } from '../conversation/types';
import { tokenWeights, type MaskPolicy } from '../mask/policy';
import type { View } from '../sequence/conversation-views';
import type { Inspector } from '../sequence/inspector';
import {
  SEGMENT_KINDS,
  type NoteCode,
  type Rendered,
  type RenderNote,
  type SegmentKind,
} from '../template/rendered';
import type { Encoded } from '../tokenizer/encoded';
import type { TrainerSettings } from './settings';
import type { Place, Stretch } from './types';

/** What the model, the mask and the trainer are; the same for all records of a file. */
export interface Setup {
  inspector: Inspector;
  policy: MaskPolicy;
  settings: TrainerSettings;
}

/** Neighbouring tokens of one message and segment. */
export interface Run extends Stretch {
  message: number;
  kind: SegmentKind;
  /** Tokens with a weight other than 0; the first token of a sequence is never predicted and does not count. */
  trained: number;
  /** Whether all of its tokens are written by the model. */
  generated: boolean;
}

export class LintContext {
  readonly inspector: Inspector;
  readonly policy: MaskPolicy;
  readonly settings: TrainerSettings;
  readonly rendered: Rendered;
  readonly encoded: Encoded;
  /** One a token, [T]. */
  readonly weights: Float32Array;
  readonly runs: readonly Run[];
  /** Trained tokens of the whole sequence. */
  readonly trained: number;

  /**
   * @param view the conversation's rendering, where it is there already
   * @param weights those after edits by hand; the policy's where absent
   * @throws LosslightError as `Inspector.inspect` and `tokenWeights` do.
   */
  constructor(
    setup: Setup,
    readonly conversation: Conversation,
    view: View = setup.inspector.inspect(conversation),
    weights?: Float32Array,
  ) {
    ({ inspector: this.inspector, policy: this.policy, settings: this.settings } = setup);
    ({ rendered: this.rendered, encoded: this.encoded } = view);
    this.weights = weights ?? tokenWeights(this.encoded, this.policy, conversation, this.rendered);
    this.runs = runsOf(this.encoded, this.weights);
    this.trained = this.runs.reduce((sum, run) => sum + run.trained, 0);
  }

  get messages() {
    return this.conversation.messages;
  }

  notes(code: NoteCode): RenderNote[] {
    return this.rendered.notes.filter((note) => note.code === code);
  }

  /** Runs of a message that the model writes. */
  turn(message: number): Run[] {
    return this.runs.filter((run) => run.message === message && run.generated);
  }

  /** The place of some tokens, with their characters. */
  place(tokens: Stretch, message?: number): Place {
    const { start, end } = this.encoded;
    const characters = { start: start[tokens.start] ?? 0, end: end[tokens.end - 1] ?? 0 };
    const stretch = { start: tokens.start, end: tokens.end };
    return { ...(message !== undefined && message >= 0 && { message }), tokens: stretch, characters };
  }

  /** The place of some characters, with the tokens that cover them. */
  placeOf(characters: Stretch, message?: number): Place {
    const { ids, start, end } = this.encoded;
    let first = 0;
    while (first < ids.length && (end[first] ?? 0) <= characters.start) first++;
    let last = first;
    while (last < ids.length && (start[last] ?? 0) < characters.end) last++;
    return {
      ...(message !== undefined && message >= 0 && { message }),
      tokens: { start: first, end: last },
      characters: { start: characters.start, end: characters.end },
    };
  }

  /** A stretch of the text as a quotation, shortened. */
  quote({ characters }: Place): string {
    return quoted(this.rendered.text.slice(characters?.start ?? 0, characters?.end ?? 0));
  }
}

/** A text in quotation marks, its line breaks visible, at most forty characters of it. */
export function quoted(text: string): string {
  const shown = text.replace(/\r?\n/g, '⏎').replace(/\t/g, '⇥');
  const characters = [...shown];
  return `“${characters.length > 40 ? `${characters.slice(0, 39).join('')}…` : shown}”`;
}

function runsOf({ ids, kind, message, generated }: Encoded, weights: Float32Array): Run[] {
  const runs: Run[] = [];
  let run: Run | undefined;
  for (let i = 0; i < ids.length; i++) {
    const segment = SEGMENT_KINDS[kind[i] ?? 0] ?? 'scaffold';
    const written = generated[i] === 1;
    const of = message[i] ?? -1;
    if (run?.message !== of || run.kind !== segment || run.generated !== written) {
      run = { start: i, end: i, message: of, kind: segment, trained: 0, generated: written };
      runs.push(run);
    }
    run.end = i + 1;
    if (i > 0 && weights[i] !== 0) run.trained++;
  }
  return runs;
}
