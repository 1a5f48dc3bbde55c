/** The closing line, `N passed, N failed, N skipped`, from the JSON report of vitest. */
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';

const file = process.argv[2];
if (existsSync(file)) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const skipped = report.numPendingTests + report.numTodoTests;
  // A file that could not even be loaded has no tests to count, and is a failure all the same.
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  const failed = report.numFailedTests + unloaded.length;
  console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
} else {
  console.log('0 passed, 1 failed, 0 skipped'); // The tests could not be started: that is no success.
}
