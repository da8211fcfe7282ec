/**
 * @file The only door between the page and its workers. Types, no code.
 *
 * - Text host: renders templates, tokenizes. It handles untrusted text and can be killed and restarted without hurting a run.
 * - File host: reads imported files, one host an import; what it has indexed outlives a text host that is killed.
 * - Engine host: owns the device, the model and the training loop.
 *
 * Every request carries an id that its reply repeats; a run's events carry the run's number, so that stale ones are dropped.
 */
export type * from './protocol/carrier';
export type * from './protocol/engine';
export type * from './protocol/error';
export type * from './protocol/file';
export type * from './protocol/model';
export type * from './protocol/rollouts';
export type * from './protocol/run';
export type * from './protocol/text';
