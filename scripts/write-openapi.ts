import { writeFile } from 'node:fs/promises';
import { openApiDocument } from '../src/http/openapi.ts';
import { routes } from '../src/http/routes.ts';

/** Writes docs/openapi.json from the routes; a test fails while the two differ. */
const path = new URL('../docs/openapi.json', import.meta.url);
await writeFile(path, `${JSON.stringify(openApiDocument(routes), null, 2)}\n`);
