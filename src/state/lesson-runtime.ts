/**
 * @file What an open lesson needs and the list of lessons does not: one import, so that it is loaded with the first lesson.
 */
export { layered, pageBefore, restorePage, type PageBefore } from './lesson-apply';
export { isLesson, LESSON_LIMIT, parseLesson } from './lesson-format';
export { writeSkeleton } from './lesson-skeleton';
export { OpenLesson } from './open-lesson.svelte';
