/**
 * @file Hand edits: what they change, when they survive, how they are undone, and their file.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/conversation/types';
import { exportEdits, importEdits, withEdit, withoutEdits } from '../../src/mask/edit-file';
import { applyEdits, editMessage, editTokens, editWord, type Edit } from '../../src/mask/edits';
import { historyOf, MAX_STEPS, record, redo, undo } from '../../src/mask/history';
import { EditState } from '../../src/state/edits.svelte';
import { DEFAULT_POLICY, type MaskPolicy } from '../../src/mask/policy';
import { conversationOf, fixture, weighed } from './mask-support';

const user = (content: string): Message => ({ role: 'user', content });
const says = (content: string): Message => ({ role: 'assistant', content });

/** A conversation under a policy, with what edits read. */
function viewOf(messages: Message[], policy: MaskPolicy = DEFAULT_POLICY) {
  const { rendered, ...found } = weighed(conversationOf(...messages), policy);
  return { ...found, spans: rendered.spans };
}

/** The weights that edits change, as `piece: before → after`. */
function changed(view: ReturnType<typeof viewOf>, edits: readonly Edit[]): string[] {
  const { weights } = applyEdits(view.weights, edits, view);
  return view.pieces.flatMap((piece, i) =>
    weights[i] === view.weights[i] ? [] : [`${piece}: ${view.weights[i]} → ${weights[i]}`],
  );
}

const view = viewOf([user('Hi'), says('Hello! 3 degrees.')]);
const at = (piece: string) => {
  const index = view.pieces.indexOf(piece);
  if (index < 0) throw new Error(`no token “${piece}” in ${view.pieces.join('|')}`);
  return index;
};

describe('an edit', () => {
  it('of a token range, in either direction', () => {
    const wanted = ['Hello: 1 → 0', '!: 1 → 0', ' : 1 → 0'];
    expect(changed(view, [editTokens(view, at('Hello'), at('Hello') + 2, 0)])).toEqual(wanted);
    expect(changed(view, [editTokens(view, at('Hello') + 2, at('Hello'), 0)])).toEqual(wanted);
  });

  it('trains what the policy never would, with any weight', () => {
    expect(changed(view, [editTokens(view, at('Hi'), at('Hi'), -2.5)])).toEqual(['Hi: 0 → -2.5']);
  });

  it('of a word takes all its tokens, and a mark is a word of its own', () => {
    const words = viewOf([user('Hi'), says("I don't greet 你好.")]);
    const edited = (piece: string) =>
      changed(words, [editWord(words, words.pieces.indexOf(piece), 2)]).map((line) => line.split(': 1')[0]);
    expect(words.pieces.join('|')).toContain("I| |d|on|'|t| |gre|et| |");
    expect(edited('on')).toEqual(['d', 'on', "'", 't']);
    expect(edited('et')).toEqual(['gre', 'et']);
    expect(edited('\\xBD')).toHaveLength(6);
    expect(changed(view, [editWord(view, at('!'), 2)])).toEqual(['!: 1 → 2']);
    expect(changed(view, [editWord(view, at('degrees'), 2)])).toEqual(['degrees: 1 → 2']);
  });

  it('of a message takes what the model generates, or what another role says', () => {
    expect(changed(view, [editMessage(view, 1, 0.5)]).map((line) => line.split(':')[0])).toEqual([
      ...['Hello', '!', ' ', '3', ' ', 'degrees', '.', '<|im_end|>'],
    ]);
    expect(changed(view, [editMessage(view, 0, 1)])).toEqual(['Hi: 0 → 1']);
  });

  it('can give back what the policy says', () => {
    const edits = [editMessage(view, 1, 0.5), editTokens(view, at('!'), at('!'), 'policy')];
    expect(changed(view, edits)).not.toContain('!: 1 → 0.5');
    expect(changed(view, edits)).toHaveLength(7);
  });

  it('reaches one of several tokens that share a character', () => {
    const odd = viewOf([user('Hi'), says('𝔘')]);
    const first = odd.pieces.indexOf('\\xF0');
    expect(changed(odd, [editTokens(odd, first + 1, first + 2, 0)])).toEqual([
      '\\x9D: 1 → 0',
      '\\x94: 1 → 0',
    ]);
  });

  it('is refused where there is no token, and with a weight that is not finite', () => {
    expect(() => editTokens(view, 9999, 9999, 1)).toThrow(/no tokens here/);
    expect(() => editMessage(view, 7, 1)).toThrow(/no tokens here/);
    expect(() => editTokens(view, 0, 0, NaN)).toThrow(/must be a finite number/);
  });
});

describe('an edit survives', () => {
  const edit = editTokens(view, at('!'), at('!'), 5);

  it('another policy, over which it is laid again', () => {
    const off = viewOf([user('Hi'), says('Hello! 3 degrees.')], {
      ...DEFAULT_POLICY,
      answer: { train: false, weight: 1 },
    });
    expect(changed(off, [edit])).toEqual(['!: 0 → 5']);
  });

  it('changes behind it, and no change before it or in it', () => {
    const later = viewOf([user('Hi'), says('Hello! Later.'), user('More'), says('Yes')]);
    expect(changed(later, [edit])).toEqual(['!: 1 → 5']);
    for (const messages of [
      [user('Ho'), says('Hello! 3 degrees.')],
      [user('Hi'), says('Hello? 3 degrees.')],
      [user('Hi')],
    ]) {
      const other = viewOf(messages);
      const { weights, dropped } = applyEdits(other.weights, [edit], other);
      expect([...weights]).toEqual([...other.weights]);
      expect(dropped).toEqual([
        { edit, note: 'The edit of tokens (“!”) was dropped: the text up to there has changed.' },
      ]);
    }
  });

  it('beside one that is dropped', () => {
    const later = viewOf([user('Hi'), says('Hello! 4 degrees.')]);
    const gone = editWord(view, at('degrees'), 0);
    expect(applyEdits(later.weights, [gone, edit], later).dropped.map(({ note }) => note)).toEqual([
      'The edit of a word (“degrees”) was dropped: the text up to there has changed.',
    ]);
    expect(changed(later, [gone, edit])).toEqual(['!: 1 → 5']);
  });
});

describe('history', () => {
  it('undoes, redoes, and forgets what was undone once something new is done', () => {
    const one = record(historyOf('a'), 'b');
    const two = record(one, 'c');
    expect(undo(two).present).toBe('b');
    expect(undo(undo(undo(two))).present).toBe('a');
    expect(redo(undo(two))).toEqual(two);
    expect(redo(two)).toBe(two);
    expect(record(undo(two), 'd')).toEqual({ past: ['a', 'b'], present: 'd', future: [] });
    expect(record(two, 'c')).toBe(two);
  });

  it('keeps a limited number of steps', () => {
    let history = historyOf(0);
    for (let i = 1; i <= MAX_STEPS + 5; i++) history = record(history, i);
    expect(history.past).toHaveLength(MAX_STEPS);
    expect(history.past[0]).toBe(5);
  });

  it('edits and undo commute: any walk ends where the list of edits says', () => {
    const step = fc.oneof(
      fc.record({
        from: fc.nat(view.pieces.length - 1),
        to: fc.nat(view.pieces.length - 1),
        weight: fc.oneof(fc.constant('policy' as const), fc.integer({ min: -3, max: 3 })),
      }),
      fc.constantFrom('undo' as const, 'redo' as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let history = historyOf<readonly Edit[]>([]);
        // The same walk by hand: a plain list of edits and a stack of those undone.
        const done: Edit[] = [];
        let undone: Edit[] = [];
        for (const now of steps) {
          if (now === 'undo') {
            history = undo(history);
            const last = done.pop();
            if (last) undone.push(last);
          } else if (now === 'redo') {
            history = redo(history);
            const last = undone.pop();
            if (last) done.push(last);
          } else {
            const edit = editTokens(view, now.from, now.to, now.weight);
            history = record(history, [...history.present, edit]);
            done.push(edit);
            undone = [];
          }
        }
        const wanted = Float32Array.from(view.weights);
        for (const edit of done) {
          wanted.set(applyEdits(wanted, [edit], view).weights);
          if (edit.weight === 'policy') {
            const back = applyEdits(new Float32Array(wanted.length), [{ ...edit, weight: 1 }], view).weights;
            back.forEach((hit, i) => {
              if (hit) wanted[i] = view.weights[i] ?? 0;
            });
          }
        }
        expect([...applyEdits(view.weights, history.present, view).weights]).toEqual([...wanted]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('edits that are taken out with their conversations', () => {
  const edit = (weight: number) => editMessage(view, 1, weight);
  const among = (id: string) => id === 'a';
  /** What each step of undo or redo leads to, from the present on, as weights by conversation. */
  const walk = (edits: EditState, way: 'undo' | 'redo') => {
    const seen = [weights(edits)];
    while (way === 'undo' ? edits.canUndo : edits.canRedo) {
      edits[way]();
      seen.push(weights(edits));
    }
    return seen;
  };
  const weights = ({ book }: EditState) =>
    Object.entries(book)
      .map(([id, list]) => `${id}${list.map(({ weight }) => weight).join()}`)
      .sort()
      .join(' ');
  /** Steps of two conversations, the last of each taken back. */
  const made = () => {
    const edits = new EditState();
    for (const [id, weight] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['a', 4],
      ['b', 5],
    ] as const)
      edits.add(id, edit(weight));
    edits.undo();
    edits.undo();
    return edits;
  };

  it('come back with the steps that were undone and can be, in their order', () => {
    const edits = made();
    const { book } = edits;
    const aside = edits.exchange(among);
    expect(weights(edits)).toBe('b2');
    expect(walk(edits, 'undo')).toEqual(['b2', '']);
    expect(walk(edits, 'redo')).toEqual(['', 'b2', 'b2,5']);
    edits.undo();
    edits.exchange(among, aside);
    expect(edits.book).toBe(book);
    expect(walk(edits, 'redo')).toEqual(['a1,3 b2', 'a1,3,4 b2', 'a1,3,4 b2,5']);
    expect(walk(edits, 'undo')).toEqual(['a1,3,4 b2,5', 'a1,3,4 b2', 'a1,3 b2', 'a1 b2', 'a1', '']);
  });

  it('come back with their steps before those that others made meanwhile', () => {
    const edits = made();
    const aside = edits.exchange(among);
    edits.add('c', edit(6));
    edits.add('c', edit(7));
    edits.undo();
    edits.exchange(among, aside);
    expect(weights(edits)).toBe('a1,3 b2 c6');
    expect(walk(edits, 'redo')).toEqual(['a1,3 b2 c6', 'a1,3 b2 c6,7', 'a1,3,4 b2 c6,7']);
    expect(walk(edits, 'undo')).toEqual([
      ...['a1,3,4 b2 c6,7', 'a1,3 b2 c6,7', 'a1,3 b2 c6'],
      ...['a1,3 b2', 'a1,3', 'a1', ''],
    ]);
  });

  it('go and come as often as they are exchanged; others of the same name have steps of their own', () => {
    const edits = made();
    let aside = edits.exchange(among);
    edits.add('a', edit(8));
    edits.add('a', edit(9));
    const cross = () => (aside = edits.exchange(among, aside));
    for (let i = 0; i < 2; i++) {
      cross();
      expect(weights(edits)).toBe('a1,3 b2');
      expect(walk(edits, 'undo')).toEqual(['a1,3 b2', 'a1,3', 'a1', '']);
      while (weights(edits) !== 'a1,3 b2') edits.redo();
      cross();
      expect(weights(edits)).toBe('a8,9 b2');
      expect(walk(edits, 'undo')).toEqual(['a8,9 b2', 'a8 b2', 'b2', '']);
      while (edits.canRedo) edits.redo();
      expect(weights(edits)).toBe('a8,9 b2');
    }
  });
});

describe('the file of edits', () => {
  const book = withEdit(
    withEdit(withEdit({}, 'a.jsonl#0', editMessage(view, 1, 0.5)), 'b', editTokens(view, 0, 3, 'policy')),
    'a.jsonl#0',
    editWord(view, at('Hello'), -1),
  );

  it('gives the same edits back', () => {
    expect(importEdits(exportEdits(book))).toEqual(book);
    expect(book['a.jsonl#0']).toHaveLength(2);
    expect(Object.keys(withoutEdits(book, 'b'))).toEqual(['a.jsonl#0']);
  });

  it.each([
    ['{', /not valid JSON/],
    ['[]', /The file is no object/],
    ['{"losslightEdits": 2}', /losslightEdits is not 1/],
    ['{"losslightEdits": 1, "conversations": {"a": 3}}', /conversations\["a"\] is no list/],
    ['{"losslightEdits": 1, "conversations": {"a": [{"unit": "line"}]}}', /\[0\]\.unit is not one of tokens/],
    [exportEdits(book).replace('0.5', '"x"'), /\["a.jsonl#0"\]\[0\]\.weight is neither/],
    [exportEdits(book).replace(/"part": 0/, '"part": -1'), /from\.part is no whole number/],
  ])('refuses %s', (json, message) => expect(() => importEdits(json)).toThrow(message));
});

it('edits work on every fixture’s text', () => {
  for (const name of ['odd Unicode', 'parallel calls and two results', 'white space at the borders']) {
    const { rendered, ...found } = weighed(fixture(name), DEFAULT_POLICY);
    const own = { ...found, spans: rendered.spans };
    found.pieces.forEach((_, i) => {
      const { weights } = applyEdits(found.weights, [editTokens(own, i, i, 9)], own);
      expect([...weights].flatMap((weight, j) => (weight === 9 ? [j] : []))).toEqual([i]);
    });
  }
});
