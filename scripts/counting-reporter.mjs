import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** Mocha's `spec` output, and the counts as JSON in the file that MOCHA_COUNTS names, so that .ci/run need not read prose. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { tests, passes, failures, pending } = this.stats;
      const file = process.env['MOCHA_COUNTS'];
      if (file !== undefined) writeFileSync(file, JSON.stringify({ tests, passes, failures, pending }));
    });
  }
}
