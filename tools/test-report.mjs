// @ts-check
/**
 * @file Counts what a Vitest run reported. What did not run is not taken for passed: a skipped test, a file that could
 * not be loaded, a crash and an empty run all count as failed.
 */

/** @typedef {{ passed: number, failed: number, notes: string[] }} Count */

/**
 * @typedef {object} Report Vitest's JSON report, as far as it is read
 * @property {{ name: string, status: string, assertionResults: { status: string, fullName: string }[] }[]} testResults
 */

/**
 * @param {Report | undefined} report undefined where the run left none
 * @param {boolean} ok whether the run ended with exit code 0
 * @returns {Count} with a note for each failure that is not a failed assertion
 */
export function countTests(report, ok) {
  if (!report) return { passed: 0, failed: 1, notes: ['the run ended without a report'] };
  /** @type {Count} */
  const count = { passed: 0, failed: 0, notes: [] };
  /** @param {string} note */
  const fail = (note) => {
    count.failed += 1;
    count.notes.push(note);
  };
  for (const { name, status, assertionResults } of report.testResults) {
    for (const test of assertionResults) {
      if (test.status === 'passed') count.passed += 1;
      else if (test.status === 'failed') count.failed += 1;
      else fail(`not run (${test.status}): ${test.fullName}`);
    }
    const explained = assertionResults.some((test) => test.status === 'failed');
    if (status === 'failed' && !explained) fail(`failed outside its tests: ${name}`);
  }
  if (count.passed + count.failed === 0) fail('the run held no test');
  // Errors outside every test, such as a rejected promise that nobody awaited.
  else if (!ok && count.failed === 0) fail('the run failed outside its tests');
  return count;
}
