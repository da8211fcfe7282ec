/**
 * @file The chat's code, loaded when the chat is first opened or brought back.
 */
export { ChatKeep } from './chat-keep.svelte';
export { ChatState } from './chat.svelte';
