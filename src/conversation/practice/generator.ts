/**
 * @file What a page needs of the generator, as one module that is loaded when practice data is first asked for.
 */
export { composePractice } from './compose';
export { TOOLS } from './tools';
