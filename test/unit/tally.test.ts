/**
 * @file Why the list has no numbers of a conversation: the template refuses it, or nobody in it is the model.
 */
import { expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../src/mask/policy';
import { tallyAll } from '../../src/sequence/tally';
import { conversationOf, inspectorWith } from './mask-support';

const inspector = inspectorWith(
  "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('No tools here') }}{% endif %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
);

test('a conversation that the template refuses is told from one without a turn of the model', () => {
  const tallies = tallyAll(
    inspector,
    [
      conversationOf({ role: 'user', content: 'Hi' }, { role: 'assistant', content: 'Hello.' }),
      conversationOf({ role: 'user', content: 'Hi' }),
      conversationOf({ role: 'tool', content: '4' }, { role: 'assistant', content: 'Four.' }),
    ],
    DEFAULT_POLICY,
    Infinity,
  );
  expect(tallies.map(({ refused }) => refused)).toEqual([undefined, undefined, true]);
  expect(tallies.map(({ reason }) => reason)).toEqual([
    undefined,
    'It has no assistant turn, so there is nothing to train on.',
    expect.stringContaining('No tools here'),
  ]);
});
