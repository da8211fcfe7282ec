/**
 * @file Experiments in the page: the real view with its real worker, on the CPU, with the model that ships. A tiny experiment is
 * paused, the page is opened anew, and it goes on to its end; its report is read and saved.
 */
import axe from 'axe-core';
import { afterEach, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import '../../src/app.css';
import { LosslightError } from '../../src/errors';
import { ExperimentState } from '../../src/state/experiment.svelte';
import ExperimentView from '../../src/ui/ExperimentView.svelte';
import { ExperimentClient } from '../../src/worker/experiment-client';
import { saved } from './downloads';

const practice = (seed: number, count: number) => ({
  practice: { seed, count, turns: 1, withTools: 1, contested: 0.5 },
});
/** Its name differs each time, so that nothing of an earlier test is found. */
const definition = (
  name: string,
  arms: object[] = [{ name: 'base' }, { name: 'SFT', objective: 'sft', data: 'shown' }],
  steps = 3,
) =>
  JSON.stringify({
    name,
    about: 'To see that it runs.',
    model: 'shipped',
    seeds: [1],
    defaults: {
      settings: { batchSize: 1, maxLength: 400, learningRate: 0.001 },
      budget: { steps },
    },
    data: { shown: practice(5000, 2), asked: practice(900, 2) },
    evaluation: { data: 'asked', every: steps, maxNewTokens: 12 },
    arms,
  });
/** What trains and measures takes its time on a busy machine. */
const LONG = { timeout: 60_000 };
const MODEL = new URL('/models/pocket/', location.href).href;

let unmount: (() => PromiseLike<void>) | undefined;
afterEach(() => unmount?.());

async function open(make?: (model: string) => ExperimentState) {
  const screen = await render(ExperimentView, { model: MODEL, ...(make && { make }) });
  unmount = () => screen.unmount();
  const button = (name: string | RegExp) => screen.getByRole('button', { name, exact: true });
  await expect.element(screen.getByRole('region', { name: 'What it compares' }), LONG).toBeVisible();
  return { screen, button };
}

/** Gives the view a file, as the file picker does: not while something else is opened. */
async function choose(
  screen: Awaited<ReturnType<typeof open>>['screen'],
  text: string,
  name = 'tiny.json',
): Promise<void> {
  const choice = screen.getByLabelText('Open a definition or a log…');
  await expect.element(choice).toBeEnabled();
  const input = choice.element() as HTMLInputElement;
  const files = new DataTransfer();
  files.items.add(new File([text], name));
  input.files = files.files;
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

test('a tiny experiment is paused, goes on after a reload, and comes to its report', async () => {
  const name = `Tiny ${crypto.randomUUID()}`;
  const first = await open();
  // Enough steps that no machine is done before Pause is pressed.
  await choose(first.screen, definition(name, undefined, 40));
  await expect
    .element(first.screen.getByText(/^2 arms, seed 1: 2 runs\. Questions: 2 practice/))
    .toBeVisible();
  await expect.element(first.screen.getByText('0 of 2 runs finished.')).toBeVisible();
  await first.button('Start').click();
  // The base is measured and its run is finished; then it is paused.
  await expect.element(first.screen.getByText(/SFT, seed 1: step \d+ of 40/), LONG).toBeVisible();
  await first.button('Pause').click();
  await expect.element(first.button('Go on'), LONG).toBeVisible();
  await first.screen.unmount();

  // Another view with another worker: all it has is what the browser kept.
  const second = await open();
  const choice = second.screen.getByRole('combobox', { name: 'Experiment' });
  await choice.selectOptions(`${name} (tiny.json)`);
  await expect.element(second.screen.getByText('1 of 2 runs finished.')).toBeVisible();
  await second.button('Go on').click();
  await expect.element(second.screen.getByText('2 of 2 runs finished.'), LONG).toBeVisible();
  await expect.element(second.screen.getByRole('heading', { name: 'What follows' }), LONG).toBeVisible();
  await expect.element(second.screen.getByText(/^To see that it runs\.$/).first()).toBeVisible();
  await expect
    .element(second.screen.getByRole('img', { name: 'Decision right over tokens generated and trained' }))
    .toBeVisible();
  await expect.element(second.button('Start')).not.toBeInTheDocument();
  await expect.element(second.button('Go on')).not.toBeInTheDocument();

  const markdown = await saved(() => second.button('Save as Markdown').click());
  expect(markdown.name).toBe('experiment-report.md');
  expect(markdown.text).toContain(`# ${name}`);
  expect(markdown.text).toContain('(data:image/svg+xml,');
  const json = await saved(() => second.button('Save as JSON').click());
  expect((JSON.parse(json.text) as { final: { arm: string }[] }).final.map(({ arm }) => arm)).toEqual([
    'base',
    'SFT',
  ]);
  const log = await saved(() => second.button('Save the log').click());
  expect(log.name).toBe('experiment-log.json');

  const { violations } = await axe.run(document.body, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);

  // Deleted here, the log brings it back.
  await second.button('Delete results…').click();
  await second.button('Delete its results').click();
  await expect.element(second.screen.getByText('0 of 2 runs finished.')).toBeVisible();
  await expect.element(second.screen.getByRole('heading', { name: 'What follows' })).not.toBeInTheDocument();
  await choose(second.screen, log.text, 'experiment-log.json');
  await expect.element(second.screen.getByText('2 of 2 runs finished.'), LONG).toBeVisible();
  await expect.element(second.screen.getByRole('heading', { name: 'What follows' }), LONG).toBeVisible();
  await second.button('Delete results…').click();
  await second.button('Delete its results').click();
  await expect.element(second.screen.getByText('0 of 2 runs finished.')).toBeVisible();
}, 120_000);

test('a worker whose GPU is lost: what to do is said, and the button does it', async () => {
  let lost = true;
  let workers = 0;
  class LosingClient extends ExperimentClient {
    override ask: ExperimentClient['ask'] = (name, request) => {
      if (name === 'run' && lost)
        return Promise.reject(
          new LosslightError('device-lost', 'The GPU device was lost.', 'Reload the page.'),
        );
      return super.ask(name, request);
    };
    override end(): void {
      workers++;
      super.end();
    }
  }
  const name = `Lost ${crypto.randomUUID()}`;
  const { screen, button } = await open((model) => new ExperimentState(model, (on) => new LosingClient(on)));
  await choose(screen, definition(name));
  await expect.element(screen.getByText('0 of 2 runs finished.')).toBeVisible();
  await button('Start').click();
  const alert = screen.getByRole('alert');
  await expect.element(alert.getByText('The GPU device was lost.')).toBeVisible();
  await expect.element(alert.getByText(/^Go on with a new worker: it loads the model again/)).toBeVisible();
  lost = false;
  await button('Go on with a new worker').click();
  await expect.poll(() => workers).toBe(1);
  await expect.element(alert).not.toBeInTheDocument();
  await expect.element(screen.getByText('2 of 2 runs finished.'), LONG).toBeVisible();
  await button('Delete results…').click();
  await button('Delete its results').click();
  await expect.element(screen.getByText('0 of 2 runs finished.')).toBeVisible();
}, 120_000);

test('logs that a broken worker gave, and the next one cannot take, can be saved before there is a report', async () => {
  let lost = true;
  class FullClient extends ExperimentClient {
    override ask: ExperimentClient['ask'] = (name, request) => {
      if (name === 'run' && lost)
        return Promise.reject(
          new LosslightError('device-lost', 'The GPU device was lost.', 'Reload the page.'),
        );
      if (name === 'restore')
        return Promise.reject(new LosslightError('storage-full', 'There is no room.', 'Make room.'));
      return super.ask(name, request);
    };
  }
  // Without an arm that is done at once there is nothing to report of until the only one has ended.
  const own = definition(`Full ${crypto.randomUUID()}`, [
    { name: 'SFT', objective: 'sft', data: 'shown', budget: { steps: 60 } },
  ]);
  const { screen, button } = await open((model) => new ExperimentState(model, (on) => new FullClient(on)));
  await choose(screen, own);
  await expect.element(screen.getByText('0 of 1 run finished.')).toBeVisible();
  // Nothing was done yet, and nothing can be saved.
  await expect.element(button('Save the log')).not.toBeInTheDocument();
  lost = false;
  await button('Start').click();
  await expect.element(screen.getByText(/SFT, seed 1: step [1-9]\d* of 60/), LONG).toBeVisible();
  await button('Pause').click();
  await expect.element(button('Go on'), LONG).toBeVisible();
  lost = true;
  await button('Go on').click();
  await button('Go on with a new worker').click();
  await expect.element(screen.getByRole('alert').getByText('There is no room.'), LONG).toBeVisible();
  await expect.element(screen.getByRole('heading', { name: 'Report' })).not.toBeInTheDocument();
  const log = await saved(() => button('Save the log').click());
  expect(log.name).toBe('experiment-log.json');
  const { text, files } = JSON.parse(log.text) as { text: string; files: Record<string, string> };
  expect(text).toBe(own);
  expect(files['runs/sft/seed-1.jsonl']).toContain('"type":"step"');
}, 120_000);

test('a file that is no experiment is refused with its place, and the one before stays', async () => {
  const { screen } = await open();
  await choose(screen, '{\n"name": 3}', 'mine.json');
  await expect.element(screen.getByRole('alert').getByText(/^mine\.json:\d/)).toBeVisible();
  await expect.element(screen.getByRole('region', { name: 'What it compares' }), LONG).toBeVisible();
});
