/**
 * @file Brings a step of the page to where it is seen.
 */
import { tick } from 'svelte';
import type { LayoutState, Step } from '../state/layout.svelte';

/** Shows a step; `focus` puts the focus on its heading, for who came by keys. */
export async function reveal(layout: LayoutState, step: Step, focus = false): Promise<void> {
  layout.show(step);
  await tick();
  document.getElementById(step)?.scrollIntoView();
  if (focus) document.getElementById(`${step}-title`)?.focus({ preventScroll: true });
}
