import { DoubleHistory } from './history.ts';
import { startEventStoreDouble } from './server.ts';

/** `node --import=tsx main.ts PORT [DIRECTORY]`: prints `listening PORT`; with a directory it remembers. */
const [port = '2113', directory] = process.argv.slice(2);
const double = await startEventStoreDouble({ port: Number(port), history: new DoubleHistory(directory) });
process.stdout.write(`listening ${double.port}\n`);
