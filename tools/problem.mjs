// @ts-check
/**
 * @file An error of the tools that says what to do about it.
 */
export class Problem extends Error {
  /**
   * @param {string} message what is wrong
   * @param {string} remedy what to do about it
   */
  constructor(message, remedy) {
    super(message);
    this.name = 'Problem';
    this.remedy = remedy;
  }
}
