/**
 * @file Hands the page's layout to its panels, however deep they are.
 */
import { getContext, setContext } from 'svelte';
import type { LayoutState } from '../state/layout.svelte';

const KEY = Symbol('layout');

/** Called once, while the page is made. */
export function provideLayout(layout: LayoutState): void {
  setContext(KEY, layout);
}

/** The layout of the page around; undefined where a component stands alone. */
export function pageLayout(): LayoutState | undefined {
  return getContext<LayoutState | undefined>(KEY);
}
