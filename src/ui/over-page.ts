/**
 * @file A dialog over the page that Back closes, as it does on a phone: it has an entry of the browser's history of its own, so that
 * the page behind it does not move.
 */
import { historyEntry, sameLesson } from '../state/history-entry';

export interface OverPage {
  /** Takes the dialog away, and resolves when its entry has been left: another may be made then. */
  leave: () => Promise<void>;
  /** The component goes. */
  dispose: () => void;
}

let made = 0;

/**
 * Keeps the focus where the closing dialog put it: a browser that comes back to an entry whose address names a part of the page gives
 * the focus to that part, after it has told of the entry.
 */
function keepFocus(): void {
  const kept = document.activeElement;
  setTimeout(() => {
    const given = document.activeElement;
    // A part that takes no focus only takes it from where it was.
    const taken = given === document.body || (given && location.hash === `#${given.id}`);
    if (taken && kept instanceof HTMLElement && kept.isConnected) kept.focus({ preventScroll: true });
  });
}

/** @param enter false where the address asks for the dialog: the entry that it came with is the dialog's */
export function showOverPage(dialog: HTMLDialogElement, enter = true): OverPage {
  const id = enter ? `${Date.now()}.${++made}` : historyEntry().dialog;
  if (enter) history.pushState({ ...sameLesson(), dialog: id }, '');
  const isHere = () => id !== undefined && historyEntry().dialog === id;
  const popped = () => {
    if (isHere() || !dialog.open) return;
    dialog.close();
    keepFocus();
  };
  const back = async () => {
    if (!isHere()) return;
    const left = new Promise((resolve) => addEventListener('popstate', resolve, { once: true }));
    history.back();
    await left;
    keepFocus();
  };
  addEventListener('popstate', popped);
  // Not taken away with the component: the event comes when that has gone.
  dialog.addEventListener('close', () => void back(), { once: true });
  dialog.showModal();
  return {
    leave: async () => {
      await back();
      dialog.close();
    },
    dispose: () => removeEventListener('popstate', popped),
  };
}
