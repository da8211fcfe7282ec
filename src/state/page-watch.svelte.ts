/**
 * @file What follows by itself when something on the page changes: counts, lints, sequences, advantages, and what the training form
 * says of the data.
 */
import { importedPart } from './data-patch';
import { modelShape } from './model-shape';
import type { ReadText } from './model.svelte';
import { hasPracticeTurns } from './practice-data';
import type { Session } from './session.svelte';

export type WatchedPage = Pick<
  Session,
  | 'model'
  | 'data'
  | 'mask'
  | 'train'
  | 'lessons'
  | 'sequences'
  | 'advantages'
  | 'lints'
  | 'runScope'
  | 'runData'
>;

/**
 * Watches until what it returns is called.
 *
 * @param config address of the shipped model's configuration
 */
export function watchPage(page: WatchedPage, config: string, readText: ReadText): () => void {
  const { model, data, mask, train, lessons, sequences, advantages, lints, runScope, runData } = page;
  return $effect.root(() => {
    $effect(() => {
      if (!train.active) runData.end();
    });
    $effect(() => {
      // Another mask, length or edit: other counts.
      void runScope.weighing;
      void mask.edits.book;
      if (model.tokenizer === 'ready' && !runScope.mayNotEnd) data.tallies.countSoon();
    });
    $effect(() => {
      const { list, trainRows } = data;
      void hasPracticeTurns(list, trainRows).then((found) => {
        if (data.trainRows === trainRows) train.choices.practice = found;
      });
    });
    $effect(() => {
      // A run keeps its division, and a lesson sets its own.
      if (train.active || lessons.current || lessons.switching) return;
      const { opened, tokenizer } = model;
      // An edit is no other data: the reason would come and go with each.
      const parts = data.list.parts.map((part) => importedPart(part));
      const about = tokenizer === 'ready' && data.list.length ? { opened, parts } : undefined;
      const found = lints.rewritten?.flatMap((id) => {
        const those = data.list.partsWith(id).map((part) => importedPart(part));
        return those.length ? those : parts;
      });
      train.choices.noteRewriting(about, found);
    });
    $effect(() => {
      const { list, trainRows } = data;
      const { objective } = train;
      const lookAt: typeof objective.lookAt = (found) => {
        if (data.trainRows === trainRows) objective.lookAt(found);
      };
      // What is in memory is looked at before anything is drawn.
      if (list.inFile) objective.lookAt('reading');
      // Where they cannot be read, a run says so.
      void list.read(trainRows).then(lookAt, () => lookAt('gone'));
    });
    $effect(() => {
      // Whatever training sequences and lints are made of.
      void [
        mask.view,
        mask.policy,
        mask.edits.book,
        runScope.toCheck,
        runScope.lintSettings,
        runScope.cutOptions,
      ];
      lints.soon();
    });
    $effect(() => {
      void [data.list, data.trainRows];
      if (mask.overlay === 'advantage') advantages.want();
    });
    $effect(() => {
      const { open, scope, pair, shape } = sequences;
      void [
        mask.view,
        mask.policy,
        mask.edits.book,
        runScope.toCheck,
        runScope.cutOptions,
        scope,
        pair,
        shape,
      ];
      if (open) sequences.soon();
    });
    $effect(() => {
      if (!sequences.open) return;
      const { weightsFit, ownConfig } = model;
      const read: ReadText = ownConfig === undefined ? readText : async () => ownConfig;
      if (!weightsFit) sequences.shape = undefined;
      else void modelShape(config, read).then((shape) => (sequences.shape = shape));
    });
  });
}
