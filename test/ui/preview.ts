/**
 * @file The page with a simulated engine, for looking at it: `npm run dev`, then /test/ui/preview.html.
 */
import { mount } from 'svelte';
import App from '../../src/App.svelte';
import '../../src/app.css';
import { Session } from '../../src/state/session.svelte';
import { ThemeState } from '../../src/state/theme.svelte';
import { FakeEngine, FakeText } from './fakes';

const engine = new FakeEngine();
engine.stepTime = 80;
engine.script = [40, 60, 80, 100, 120, 90, 70, 50, 2];
if (location.search === '?no-gpu') {
  engine.loadError = {
    code: 'webgpu-missing',
    message: 'This browser offers no WebGPU.',
    remedy: 'Use a current Chrome or Edge, or switch WebGPU on in the browser’s settings.',
  };
}
const target = document.getElementById('app');
if (!target) throw new Error('preview.html has no element with the id “app”.');
const text = new FakeText();
engine.text = text;
const session = new Session({ text, engine, base: new URL('/', location.href).href });
mount(App, { target, props: { session, theme: new ThemeState() } });
await session.begin();
// For looking at states that take a while to click through.
Object.assign(window, { session, engine });
