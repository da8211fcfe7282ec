/**
 * @file The chat: two models side by side, tools that run or are answered by hand, branches, probabilities, ratings that become
 * data, and what goes wrong.
 */
import axe from 'axe-core';
import { page, userEvent } from 'vitest/browser';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ChatTokenizer } from '../../src/tokenizer/tokenizer';
import { openChat, readTokenizer } from './chat-support';
import { FAKE_INFO, FakeEngine } from './fakes';
import { CHAT, conversationsOf, importText } from './setup';

let tokenizer: ChatTokenizer;
let ids: (text: string) => number[];
let says: (text: string) => number[];
let calls: (name: string, args: object) => number[];

beforeAll(async () => {
  ({ tokenizer, ids, says, calls } = await readTokenizer());
});
afterEach(() => page.viewport(1280, 900));

/** With tools of the practice world. */
async function openWithTools() {
  const opened = await openChat();
  await opened.button('New chat…').click();
  await opened.screen.getByRole('radio', { name: /practice tools/ }).click();
  await opened.button('Begin').click();
  return opened;
}

/** What the note between the two models and the field says, and its buttons. */
const note = ({ screen }: Awaited<ReturnType<typeof openChat>>) =>
  screen.getByRole('group', { name: 'What both models have' });

const violations = async () => {
  const { violations: found } = await axe.run(document.getElementById('chat') ?? document.body, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  });
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
};

describe('talking', () => {
  test('an answer with its thinking folded, its seed and its end; the next message goes on from it', async () => {
    const { say, column, engine } = await openChat();
    await say('What day follows Thursday?', says('Friday.'));
    const model = column('Model in the chat');
    await expect.element(model.getByRole('listbox', { name: 'Answer of Original: Friday.' })).toBeVisible();
    await expect.element(model.getByRole('heading', { name: 'Original', exact: true })).toBeVisible();
    // Nothing was trained: the word does not stand at the head either.
    const said = document.querySelector('#chat ol')?.closest('section')?.textContent;
    expect(said).toContain('Original until you train');
    expect(said).not.toMatch(/tuned/i);
    await expect.element(model.getByText(/tokens, seed 1, ended its turn/)).toBeVisible();
    await expect.element(model.getByRole('listbox', { name: /^Thinking of/ })).not.toBeInTheDocument();
    await model.getByText(/^Thinking, \d+ tokens$/).click();
    await expect.element(model.getByRole('listbox', { name: /^Thinking of .*I think/ })).toBeVisible();
    await say('And then?', says('Saturday.'));
    const [, second] = engine.generated;
    expect(tokenizer.decode(second?.prompt ?? new Int32Array())).toContain('Friday.');
    expect(engine.generated.map(({ which }) => which)).toEqual(['tuned', 'tuned']);
  });

  test('two models answer the same message with the same seed', async () => {
    const { say, column, engine, button, screen } = await openChat();
    await button('Compare with another model').click();
    await screen.getByText('How tokens are drawn').click();
    const drawn = screen.getByRole('group', { name: 'How tokens are drawn' });
    await drawn.getByRole('textbox', { name: /^Seed/ }).fill('41');
    await say('Hello', says('Good day.'), says('Hello!'));
    await expect.element(column('Model 1').getByRole('listbox', { name: /Good day/ })).toBeVisible();
    await expect.element(column('Model 2').getByRole('listbox', { name: /Hello!/ })).toBeVisible();
    expect(engine.generated.map(({ which, options }) => [which, options.seed])).toEqual([
      ['tuned', 41],
      ['base', 41],
    ]);
    const [first, second] = engine.generated;
    expect(first?.prompt).toEqual(second?.prompt);
    await button('Close model 1').click();
    await expect.element(column('Model in the chat').getByRole('listbox', { name: /Hello!/ })).toBeVisible();
  });

  test('a second model has the conversation so far, and both get the same prompt for the next message', async () => {
    const opened = await openChat();
    const { say, column, engine, button } = opened;
    await say('What day follows Monday?', says('Tuesday.'));
    await button('Compare with another model').click();
    const second = column('Model 2');
    // With the name of the model that wrote it: nothing was trained, so that this is the original one.
    await expect.element(second.getByRole('listbox', { name: 'Answer of Original: Tuesday.' })).toBeVisible();
    await expect.element(note(opened)).toHaveTextContent(/Both have the same conversation/);
    await say('And then?', says('Wednesday.'), says('Sunday.'));
    const [, one, two] = engine.generated;
    expect([one?.which, two?.which]).toEqual(['tuned', 'base']);
    expect(two?.prompt).toEqual(one?.prompt);
    expect(two?.options).toEqual(one?.options);
    expect(tokenizer.decode(two?.prompt ?? new Int32Array())).toMatch(/Monday[^]*Tuesday\.[^]*And then/);
    await expect
      .element(note(opened))
      .toHaveTextContent(/same prompt, token for token, and the same seed\. From message 4 on .* differ/);
    // From here on each goes on from its own answer, and that is said.
    await say('Sure?', says('Yes.'), says('No.'));
    const [ownPrompt, otherPrompt] = engine.generated.slice(3).map(({ prompt }) => tokenizer.decode(prompt));
    expect(ownPrompt).toMatch(/Wednesday\.[^]*Sure/);
    expect(otherPrompt).toMatch(/Sunday\.[^]*Sure/);
    await expect
      .element(note(opened))
      .toHaveTextContent(/answers have different prompts\. From message 4 on/);
  });

  test('the second model answers what the first one has answered, with its prompt and its seed', async () => {
    const opened = await openChat();
    const { say, column, engine, button, settled } = opened;
    await say('Hello', says('One.'));
    engine.scripts.push(says('Other.'));
    await button('Write anew message 2').click();
    await expect.element(column('Model in the chat').getByRole('listbox', { name: /Other/ })).toBeVisible();
    await settled();
    await button('Compare with another model').click();
    engine.scripts.push(says('Mine.'));
    await button('Let model 2 answer the last message, too').click();
    await expect.element(column('Model 2').getByRole('listbox', { name: /Mine/ })).toBeVisible();
    await settled();
    const [, first, second] = engine.generated;
    expect(second?.which).toBe('base');
    expect(second?.prompt).toEqual(first?.prompt);
    expect([first?.options.seed, second?.options.seed]).toEqual([2, 2]);
    await expect.element(note(opened)).toHaveTextContent(/token for token, and the same seed/);
    await expect.element(column('Model 1').getByRole('listbox', { name: /Other/ })).toBeVisible();
    // Both versions are there; its own is written anew with the next seed, as ever.
    const versions = column('Model 2').getByRole('group', { name: 'Versions of message 2' });
    await expect.element(versions).toHaveTextContent('2/2');
    engine.scripts.push(says('Again.'));
    await column('Model 2').getByRole('button', { name: 'Write anew message 2' }).click();
    await expect.element(column('Model 2').getByRole('listbox', { name: /Again/ })).toBeVisible();
    await settled();
    expect(engine.generated.at(-1)?.options.seed).toBe(3);
    await expect.element(note(opened)).toHaveTextContent(/another seed or other settings/);
  });

  test('both go on from what one of them has; the other one’s stays as a branch, and undo brings it back', async () => {
    const opened = await openChat();
    const { say, column, engine, button } = opened;
    await button('Compare with another model').click();
    await say('Hello', says('One.'), says('Two.'));
    await button('Both go on from model 2’s').click();
    await expect.element(column('Model 1').getByRole('listbox', { name: /Two/ })).toBeVisible();
    await expect.element(note(opened)).toHaveTextContent(/Both have the same conversation/);
    await say('And?', says('Three.'), says('Four.'));
    const [, , one, two] = engine.generated;
    expect(one?.prompt).toEqual(two?.prompt);
    expect(tokenizer.decode(one?.prompt ?? new Int32Array())).toMatch(/Two\.[^]*And/);
    await column('Model 1').getByRole('button', { name: 'Earlier version of message 2' }).click();
    await expect.element(column('Model 1').getByRole('listbox', { name: /One/ })).toBeVisible();
    await button('Undo: message').click();
    await button('Undo: same conversation for both').click();
    await expect.element(column('Model 1').getByRole('listbox', { name: /One/ })).toBeVisible();
    await expect.element(note(opened)).toHaveTextContent(/From message 2 on .* differ/);
  });

  test('buttons of the note that go leave the focus with it, and only own answers are counted', async () => {
    const opened = await openChat();
    const { say, engine, button, screen, settled } = opened;
    await say('Hello', says('Good day.'));
    const told = () => screen.getByText(/^\w+: \d+ tokens(; \w+: \d+ tokens)?$/);
    await button('Compare with another model').click();
    await expect.element(told()).toHaveTextContent(/^Original: \d+ tokens$/);
    engine.scripts.push(says('Hello!'));
    (button('Let model 2 answer the last message, too').element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(button('Both go on from model 2’s')).toBeVisible();
    await settled();
    await expect.element(told()).toHaveTextContent(/;/);
    await expect.element(note(opened)).toHaveFocus();
    (button('Both go on from model 2’s').element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(button('Both go on from model 2’s')).not.toBeInTheDocument();
    await expect.element(note(opened)).toHaveFocus();
    await expect.element(told()).not.toHaveTextContent(/;/);
  });

  test('a kept run answers with its own weights', async () => {
    const { say, session, engine, screen } = await openChat();
    await importText(session, CHAT);
    await session.startTraining();
    for (let i = 0; i < 40; i++) engine.advance();
    await expect.poll(() => session.train.runs.list[0]?.snapshots.length).toBe(1);
    await session.resetWeights();
    const [run] = session.train.runs.list;
    const step = run?.snapshots[0]?.step ?? 0;
    const label = `${run?.name}, step ${step}`;
    await screen.getByRole('combobox', { name: 'Model', exact: true }).selectOptions(label);
    await say('Hello', says('Good day.'));
    const which = engine.generated.at(-1)?.which;
    expect(step).toBeGreaterThan(0);
    expect(typeof which === 'object' && which.values.get('learnt')?.[0]).toBe(step);
    await expect
      .element(screen.getByRole('listbox', { name: `Answer of ${label}: Good day.` }))
      .toBeVisible();
  });

  const CALLS = JSON.stringify([
    {
      messages: [
        { role: 'user', content: 'How warm is it in Rome?' },
        {
          role: 'assistant',
          content: '',
          tool_calls: [{ id: 'c', function: { name: 'get_weather', arguments: '{"city":"Rome"}' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: '{"celsius": 23}' },
        { role: 'assistant', content: 'It is 23 degrees in Rome.' },
      ],
    },
  ]);

  test('goes on from a whole conversation of the list: call, result and answer stand there', async () => {
    const { session, column, button, engine, say, settled } = await openChat();
    await importText(session, CALLS);
    await button('Continue in chat').click();
    const list = column('Model in the chat').getByRole('list', { name: 'Messages of model' });
    await expect.element(list.getByText(/"city":"Rome"/)).toBeVisible();
    await expect.element(list.getByText('{"celsius": 23}')).toBeVisible();
    await expect.element(list.getByText('It is 23 degrees in Rome.')).toBeVisible();
    await say('And in Oslo?', says('I would have to look.'));
    const prompt = tokenizer.decode(engine.generated[0]?.prompt ?? new Int32Array());
    expect(prompt).toMatch(/How warm[^]*celsius[^]*23 degrees[^]*And in Oslo/);
    await settled();
    await button('Undo: message').click();
    // The last answer can be written anew: from the result on.
    engine.scripts.push(says('Warm.'));
    await list.getByRole('button', { name: 'Write anew message 4' }).click();
    await expect.element(column('Model in the chat').getByRole('listbox', { name: /Warm/ })).toBeVisible();
    await settled();
    expect(tokenizer.decode(engine.generated[1]?.prompt ?? new Int32Array())).not.toContain('23 degrees');
    await button('Undo: another answer').click();
    await button('Undo: new chat').click();
    await expect.element(column('Model in the chat').getByText('Nothing has been said yet.')).toBeVisible();
  });

  test('a call that waits for its result is left out: nobody can speak between the two', async () => {
    const { session, column, button, say, engine } = await openChat();
    const [record] = JSON.parse(CALLS) as { messages: object[] }[];
    const call = record?.messages[1] ?? {};
    const waiting = [
      { messages: [...(record?.messages ?? []), { role: 'user', content: 'And in Oslo?' }, call] },
    ];
    await importText(session, JSON.stringify(waiting));
    await button('Continue in chat').click();
    const list = column('Model in the chat').getByRole('list', { name: 'Messages of model' });
    await expect.element(list.getByText('And in Oslo?')).toBeVisible();
    // The one that has a result stays.
    await expect.poll(() => list.getByText(/"city":"Rome"/).elements().length).toBe(1);
    await say('Thank you.', says('You are welcome.'));
    const prompt = tokenizer.decode(engine.generated[0]?.prompt ?? new Int32Array());
    expect(prompt).toMatch(/And in Oslo[^]*Thank you/);
    expect(prompt.split('"Rome"').length).toBe(2);
  });

  test('from the editor it goes on from any message', async () => {
    const { session, screen, column, button, engine, settled } = await openChat();
    await importText(session, CALLS);
    await button('Edit messages').click();
    await screen.getByRole('button', { name: /^Chat/ }).first().click();
    const list = column('Model in the chat').getByRole('list', { name: 'Messages of model' });
    await expect.element(list.getByText('How warm is it in Rome?')).toBeVisible();
    await expect.element(list.getByText(/"city":"Rome"/)).not.toBeInTheDocument();
    engine.scripts.push(says('No idea.'));
    await button('Let it answer').click();
    await expect.element(column('Model in the chat').getByRole('listbox', { name: /No idea/ })).toBeVisible();
    await settled();
  });

  test('stop keeps what was written', async () => {
    const { field, engine, button, screen, settled } = await openChat();
    engine.script = Array.from({ length: 150 }, () => ids('a')[0] ?? 0);
    engine.restsAfter = 20;
    await field.fill('Go');
    await button('Send').click();
    await expect.element(screen.getByRole('listbox', { name: /Answer of Original: aa/ })).toBeVisible();
    await button('Stop writing').click();
    await settled();
    await expect.element(screen.getByText(/stopped by you/)).toBeVisible();
  });
});

describe('tools', () => {
  test('really run, and the model goes on with the result', async () => {
    const { say, screen, engine } = await openWithTools();
    await say('23 + 48?', calls('calculate', { expression: '23+48' }), says('It is 71.'));
    await expect.element(screen.getByRole('listbox', { name: /^Call of .*calculate/ })).toBeVisible();
    await expect.element(screen.getByText('{"result": 71}')).toBeVisible();
    await expect.element(screen.getByRole('listbox', { name: /It is 71/ })).toBeVisible();
    expect(tokenizer.decode(engine.generated[1]?.prompt ?? new Int32Array())).toContain('{"result": 71}');
  });

  test('without a simulator a person answers in place', async () => {
    const { session, say, screen, button, engine, settled } = await openChat();
    const tool = { type: 'function', function: { name: 'order_pizza', description: 'Orders a pizza.' } };
    await importText(
      session,
      JSON.stringify([{ messages: [{ role: 'user', content: 'Hi' }], tools: [tool] }]),
    );
    await button('New chat…').click();
    await screen.getByRole('radio', { name: /those of the chosen conversation/ }).click();
    await button('Begin').click();
    await say('A pizza, please', calls('order_pizza', { size: 30 }));
    const form = screen.getByRole('form', { name: 'Results for model' });
    await expect.element(form.getByText('{"size":30}')).toBeVisible();
    await expect.element(button('Give to the model')).toHaveAttribute('aria-disabled', 'true');
    await expect.element(button('Send')).toHaveAttribute('aria-disabled', 'true');
    await form.getByRole('textbox', { name: 'Result of order_pizza' }).fill('{"ordered": true}');
    engine.scripts.push(says('It is on its way.'));
    await button('Give to the model').click();
    await expect.element(screen.getByRole('listbox', { name: /on its way/ })).toBeVisible();
    await settled();
    expect(tokenizer.decode(engine.generated.at(-1)?.prompt ?? new Int32Array())).toContain(
      '{"ordered": true}',
    );
    await expect.element(form).not.toBeInTheDocument();
  });

  test('in a practice chat the second model sees the call, its result and the answer', async () => {
    const { say, engine, button } = await openWithTools();
    await say('23 + 48?', calls('calculate', { expression: '23+48' }), says('It is 71.'));
    await button('Compare with another model').click();
    await say('And 2 + 2?', says('4.'), says('Four.'));
    const [one, two] = engine.generated.slice(2);
    expect(two?.prompt).toEqual(one?.prompt);
    expect(tokenizer.decode(two?.prompt ?? new Int32Array())).toMatch(
      /"result": 71[^]*It is 71[^]*And 2 \+ 2/,
    );
  });

  test('a result for a call that both have is given to both', async () => {
    const { session, say, screen, button, engine, column, settled } = await openChat();
    const tool = { type: 'function', function: { name: 'order_pizza', description: 'Orders a pizza.' } };
    await importText(
      session,
      JSON.stringify([{ messages: [{ role: 'user', content: 'Hi' }], tools: [tool] }]),
    );
    await button('New chat…').click();
    await screen.getByRole('radio', { name: /those of the chosen conversation/ }).click();
    await button('Begin').click();
    await say('A pizza, please', calls('order_pizza', { size: 30 }));
    await button('Compare with another model').click();
    const form = screen.getByRole('form', { name: 'Results for model 2' });
    await form.getByRole('textbox', { name: 'Result of order_pizza' }).fill('{"ordered": true}');
    engine.scripts.push(says('On its way.'), says('Done.'));
    await form.getByRole('button', { name: 'Give to both models' }).click();
    await expect.element(column('Model 1').getByRole('listbox', { name: /On its way/ })).toBeVisible();
    await expect.element(column('Model 2').getByRole('listbox', { name: /Done/ })).toBeVisible();
    await settled();
    const [one, two] = engine.generated.slice(1);
    expect(two?.prompt).toEqual(one?.prompt);
    expect(tokenizer.decode(two?.prompt ?? new Int32Array())).toContain('{"ordered": true}');
  });

  test('one of two results that is edited leaves the other where it was', async () => {
    const { say, screen, button, engine, settled } = await openWithTools();
    const call = (sum: string) =>
      `<tool_call>\n{"name": "calculate", "arguments": {"expression": "${sum}"}}\n</tool_call>`;
    await say('Two sums', says(`${call('1+1')}\n${call('20+3')}`), says('2 and 23.'));
    engine.scripts.push(says('7 and 23.'));
    await button('Edit message 3').click();
    await screen.getByRole('textbox', { name: 'Text of message 3' }).fill('{"result": 7}');
    await button('Save and go on').click();
    await expect.element(screen.getByRole('listbox', { name: /7 and 23/ })).toBeVisible();
    await settled();
    const seen = tokenizer.decode(engine.generated.at(-1)?.prompt ?? new Int32Array());
    expect(seen).toContain('{"result": 7}');
    expect(seen).toContain('{"result": 23}');
    expect(seen).not.toContain('{"result": 2}');
  });

  test('a call that is no JSON runs nothing and is said', async () => {
    const { say, screen, engine } = await openWithTools();
    await say('23 + 48?', says('<tool_call>\n{"name": calculate}\n</tool_call>'));
    await expect.element(screen.getByText(/no valid call, so nothing was run/)).toBeVisible();
    expect(engine.generated).toHaveLength(1);
  });

  test('a model that calls again and again is stopped, and can be let go on', async () => {
    const { say, screen, button, engine, settled } = await openWithTools();
    const call = calls('calculate', { expression: '1+1' });
    await say('Sum?', call, call, call, call);
    expect(engine.generated).toHaveLength(4);
    engine.scripts.push(says('Two.'));
    await button('Let it answer').click();
    await expect.element(screen.getByRole('listbox', { name: /Two/ })).toBeVisible();
    await settled();
  });
});

describe('branches', () => {
  test('written anew with the next seed; both versions stay, and undo takes the last one back', async () => {
    const { say, screen, button, engine, settled } = await openChat();
    await say('Hello', says('Good day.'));
    engine.scripts.push(says('Good evening.'));
    await button('Write anew message 2').click();
    await expect.element(screen.getByRole('listbox', { name: /Good evening/ })).toBeVisible();
    await settled();
    expect(engine.generated.map(({ options }) => options.seed)).toEqual([1, 2]);
    const versions = screen.getByRole('group', { name: 'Versions of message 2' });
    await expect.element(versions).toHaveTextContent('2/2');
    await button('Earlier version of message 2').click();
    await expect.element(screen.getByRole('listbox', { name: /Good day/ })).toBeVisible();
    await expect.element(versions).toHaveTextContent('1/2');
    await button('Later version of message 2').click();
    await button('Undo: another answer').click();
    await expect.element(screen.getByRole('listbox', { name: /Good day/ })).toBeVisible();
    await expect.element(versions).not.toBeInTheDocument();
    await button('Redo: another answer').click();
    await expect.element(screen.getByRole('listbox', { name: /Good evening/ })).toBeVisible();
  });

  test('a message that is edited is edited for both models, which answer it; the old one stays', async () => {
    const { say, screen, button, engine, column, settled } = await openChat();
    await button('Compare with another model').click();
    await say('Hello', says('One.'), says('Two.'));
    await column('Model 2').getByRole('button', { name: 'Edit message 1' }).click();
    engine.scripts.push(says('Three.'), says('Four.'));
    await screen.getByRole('textbox', { name: 'Text of message 1' }).fill('Good bye');
    await button('Save and answer').click();
    await expect.element(column('Model 1').getByRole('listbox', { name: /Three/ })).toBeVisible();
    await expect.element(column('Model 2').getByRole('listbox', { name: /Four/ })).toBeVisible();
    await settled();
    await column('Model 1').getByRole('button', { name: 'Earlier version of message 1' }).click();
    await expect.element(column('Model 1').getByRole('listbox', { name: /One/ })).toBeVisible();
    await expect.element(column('Model 2').getByRole('listbox', { name: /Four/ })).toBeVisible();
  });

  test('an answer that is edited is what the model goes on from', async () => {
    const { say, screen, button, engine, field } = await openChat();
    await say('Hello', says('Good day.'));
    await button('Edit message 2').click();
    await screen.getByRole('textbox', { name: 'Text of message 2' }).fill('Ahoy!');
    await userEvent.keyboard('{Escape}');
    await expect.element(button('Edit message 2')).toHaveFocus();
    await button('Edit message 2').click();
    await screen.getByRole('textbox', { name: 'Text of message 2' }).fill('Ahoy!');
    await button('Save as a branch').click();
    await expect.element(screen.getByRole('heading', { name: 'Written by you' })).toBeVisible();
    expect(engine.generated).toHaveLength(1);
    await expect.element(field).toBeVisible();
    await say('Who are you?', says('A pirate.'));
    expect(tokenizer.decode(engine.generated[1]?.prompt ?? new Int32Array())).toContain('Ahoy!');
    await expect
      .element(screen.getByRole('group', { name: 'Versions of message 2' }))
      .toHaveTextContent('2/2');
  });

  test('all models anew, with one seed that neither has used', async () => {
    const { say, button, engine, column, settled } = await openChat();
    await button('Compare with another model').click();
    await say('Hello', says('One.'), says('Two.'));
    engine.scripts.push(says('Three.'), says('Four.'));
    await button('Both anew, next seed').click();
    await expect.element(column('Model 2').getByRole('listbox', { name: /Four/ })).toBeVisible();
    await settled();
    expect(engine.generated.map(({ options }) => options.seed)).toEqual([1, 1, 2, 2]);
  });
});

describe('tokens', () => {
  test('by pointer and by keys: probability, rank, and what was likely instead', async () => {
    const { say, screen } = await openChat();
    await say('Hello', says('Good day.'));
    const detail = screen.getByRole('group', { name: 'Token details' });
    await expect.element(detail).toHaveTextContent(/Point at a token/);
    const answer = screen.getByRole('listbox', { name: /^Answer of/ });
    await answer.getByRole('option').first().hover();
    await expect.element(detail).toHaveTextContent(/% probable/);
    await expect.element(detail.getByRole('list')).toBeVisible();
    expect(detail.getByRole('listitem').elements().length).toBeGreaterThan(1);
    await screen.getByRole('heading', { name: 'Chat' }).hover();
    await expect.element(detail).toHaveTextContent(/Point at a token/);
    (answer.element() as HTMLElement).focus();
    await userEvent.keyboard('{ArrowRight}{ArrowRight}');
    await expect.element(answer.getByRole('option', { selected: true })).toBeVisible();
    expect(
      answer
        .getByRole('option')
        .elements()
        .findIndex((e) => e.ariaSelected === 'true'),
    ).toBe(2);
    await userEvent.keyboard('{End}');
    await expect.element(detail).toHaveTextContent('<|im_end|>');
    await userEvent.keyboard('{Escape}');
    await expect.element(detail).toHaveTextContent(/Point at a token/);
  });
});

describe('ratings', () => {
  test('become conversations with a reward, and a pair where they differ; Data takes them back', async () => {
    const { session, say, button, column, screen } = await openChat();
    await importText(session, CHAT);
    const chosen = session.data.chosen;
    await button('Compare with another model').click();
    await say('Is it cold?', says('Yes, it is.'), says('Bananas.'));
    await column('Model 1').getByRole('button', { name: 'Good: reward 1' }).click();
    await column('Model 2').getByRole('button', { name: '2 of 5 stars: reward 0.25' }).click();
    await expect.poll(() => session.data.list.length).toBe(4);
    expect(session.data.chosen).toBe(chosen);
    const [good, bad] = conversationsOf(session).slice(2);
    expect(good).toMatchObject({ reward: 1, label: true, completionFrom: 1, source: { file: 'chat' } });
    expect(good?.messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'Is it cold?'],
      ['assistant', 'Yes, it is.'],
    ]);
    expect(good?.preference?.rejected.map(({ content }) => content)).toEqual(['Bananas.']);
    expect(bad).toMatchObject({ reward: 0.25, label: false });
    expect(session.data.list.parts.map(({ name }) => name)).toContain('chat');
    await expect.element(screen.getByText('4 conversations').first()).toBeVisible();
    await screen.getByRole('button', { name: 'Undo: rating in the chat' }).click();
    await expect.poll(() => session.data.list.length).toBe(3);
    await expect
      .element(column('Model 2').getByRole('button', { name: '2 of 5 stars: reward 0.25' }))
      .toHaveAttribute('aria-pressed', 'false');
    await column('Model 1').getByRole('button', { name: 'Good: reward 1' }).click();
    await expect.poll(() => session.data.list.length).toBe(2);
  });
});

describe('what goes wrong', () => {
  test('the context is full', async () => {
    const engine = new FakeEngine();
    engine.info = { ...FAKE_INFO, contextLength: 40 };
    const { say, screen } = await openChat({ engine });
    await say('This is a message that is much longer than what the model can hold in its context.');
    await expect.element(screen.getByRole('alert')).toHaveTextContent(/context holds 40/);
    await expect.element(screen.getByText(/Edit an earlier message/)).toBeVisible();
  });

  test('the engine fails in the middle; the message stays and can be answered again', async () => {
    const { say, screen, engine, button, settled } = await openChat();
    engine.generateError = { code: 'device-lost', message: 'The GPU was lost.', remedy: 'Restart it.' };
    await say('Hello', says('Good day.'));
    await expect.element(screen.getByRole('alert')).toHaveTextContent('The GPU was lost.');
    engine.generateError = undefined;
    engine.scripts.push(says('Good day.'));
    await button('Let it answer').click();
    await expect.element(screen.getByRole('listbox', { name: /Good day/ })).toBeVisible();
    await expect.element(screen.getByRole('alert')).not.toBeInTheDocument();
    await settled();
  });

  test('a second model that is closed takes its error along', async () => {
    const { say, button, column, engine } = await openChat();
    await button('Compare with another model').click();
    engine.generateError = { code: 'device-lost', message: 'The GPU was lost.', remedy: 'Restart it.' };
    await say('Hello');
    await expect.element(column('Model 2').getByRole('alert')).toBeVisible();
    await button('Close model 2').click();
    await button('Compare with another model').click();
    await expect.element(column('Model 2')).toBeVisible();
    await expect.element(column('Model 2').getByRole('alert')).not.toBeInTheDocument();
  });

  test('a template that refuses the chat', async () => {
    const { say, screen, text } = await openChat();
    text.failures.set('prompt', {
      code: 'bad-template',
      message: 'Roles must alternate.',
      remedy: 'Change it.',
    });
    await say('Hello');
    await expect.element(screen.getByRole('alert')).toHaveTextContent('Roles must alternate.');
  });

  test('another template ends what is being written; what is there stays', async () => {
    const { session, field, button, engine, screen } = await openChat();
    engine.script = Array.from({ length: 180 }, () => ids('a')[0] ?? 0);
    engine.restsAfter = 20;
    await field.fill('Go');
    await button('Send').click();
    await expect.element(screen.getByRole('listbox', { name: /Answer of Original: aa/ })).toBeVisible();
    const source = "{% for m in messages %}{{ m.role + ': ' + m.content + '<|im_end|>' }}{% endfor %}";
    await session.changeModel(() => session.model.useTemplate(source));
    expect(session.chat.writing).toBe(false);
    await expect.element(screen.getByText(/stopped by you/)).toBeVisible();
  });

  test('while a run goes on nothing can be sent, and the reason is there', async () => {
    const { session, screen, field, button } = await openChat();
    await importText(session, CHAT);
    await session.startTraining();
    await field.fill('Hello');
    await expect.element(button('Send')).toHaveAttribute('aria-disabled', 'true');
    await expect
      .element(screen.getByText('A run is in progress; pause or stop it first.').last())
      .toBeVisible();
  });

  test('while it writes no run begins', async () => {
    const { session, field, button, engine } = await openChat();
    await importText(session, CHAT);
    engine.script = Array.from({ length: 180 }, () => ids('a')[0] ?? 0);
    engine.restsAfter = 20;
    await field.fill('Go');
    await button('Send').click();
    await expect.poll(() => session.chat.writing).toBe(true);
    expect(session.trainBlock).toMatch(/models are writing/);
    await button('Stop writing').click();
    await expect.poll(() => session.trainBlock).toBeUndefined();
  });
});

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  test.each([1280, 390])('axe, and nothing wider than the page (%i px)', async (width) => {
    await page.viewport(width, 900);
    const { say, screen, button, column } = await openChat({ theme });
    await button('New chat…').click();
    await screen.getByRole('radio', { name: /practice tools/ }).click();
    expect(await violations()).toEqual([]);
    await button('Begin').click();
    await button('Compare with another model').click();
    await say('23 + 48?', calls('calculate', { expression: '23+48' }), says('It is 71.'), says('A lot.'));
    await column('Model 1')
      .getByText(/^Thinking/)
      .first()
      .click();
    await column('Model 2').getByRole('button', { name: 'Edit message 2' }).click();
    await screen.getByText('How tokens are drawn').click();
    await column('Model 1').getByRole('option').last().click();
    // What lies below the page’s header is not its own size.
    document.getElementById('chat')?.scrollIntoView();
    expect(await violations()).toEqual([]);
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
  });
});
