/**
 * @file Where the numbers of messages begin in all that lints and notes say.
 */
export { countMessagesFrom } from '$strings/numbers';
