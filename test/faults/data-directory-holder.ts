/** Holds the data directory that is its argument until it is killed. */
import { holdDataDirectory } from '../../src/adapters/embedded/data-directory.ts';

holdDataDirectory(process.argv[2]!);
process.send!('held');
setInterval(() => undefined, 60_000);
