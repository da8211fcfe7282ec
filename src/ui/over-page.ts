/**
 * @file A dialog over the page that Back closes, as it does on a phone: it has an entry of the browser's history of its own, so that
 * the page behind it does not move.
 */
import { historyEntry } from '../state/history-entry';

export interface OverPage {
  /** Takes the dialog away, and resolves when its entry has been left: another may be made then. */
  leave: () => Promise<void>;
  /** The component goes. */
  dispose: () => void;
}

let made = 0;

/** @param enter false where the address asks for the dialog: the entry that it came with is the dialog's */
export function showOverPage(dialog: HTMLDialogElement, enter = true): OverPage {
  const id = enter ? `${Date.now()}.${++made}` : historyEntry().dialog;
  if (enter) history.pushState({ dialog: id }, '');
  const isHere = () => id !== undefined && historyEntry().dialog === id;
  const popped = () => {
    if (!isHere()) dialog.close();
  };
  const back = async () => {
    if (!isHere()) return;
    const left = new Promise((resolve) => addEventListener('popstate', resolve, { once: true }));
    history.back();
    await left;
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
