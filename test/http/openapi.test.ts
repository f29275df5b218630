import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { openApiDocument } from '../../src/http/openapi.ts';
import { routes } from '../../src/http/routes.ts';
import { call, startTestApplication } from './test-application.ts';

const run = promisify(execFile);
const fileAt = (path: string) => new URL(`../../${path}`, import.meta.url);
const operations = Object.entries((openApiDocument(routes) as any).paths).flatMap(([path, methods]) =>
  Object.entries(methods as Record<string, any>).map(([method, operation]) => ({ path, method, operation })),
);

describe('The OpenAPI document', () => {
  it('is committed as the routes make it: run npm run openapi when this fails', async () => {
    const committed = JSON.parse(await readFile(fileAt('docs/openapi.json'), 'utf8'));
    expect(committed).to.deep.equal(JSON.parse(JSON.stringify(openApiDocument(routes))));
  });

  it('is served as it is committed, under both mounts', async () => {
    const app = await startTestApplication({ routes });
    const committed = JSON.parse(await readFile(fileAt('docs/openapi.json'), 'utf8'));
    for (const mount of ['', '/api/v1'])
      expect((await call(app, `GET ${mount}/openapi.json`)).json).to.deep.equal(committed);
    await app.stop();
  });

  it('carries the version of the package', async () => {
    const { version } = JSON.parse(await readFile(fileAt('package.json'), 'utf8'));
    expect((openApiDocument(routes) as any).info.version).to.equal(version);
  });

  it('passes the linter', async function () {
    this.timeout(60_000);
    const { stderr } = await run('node_modules/.bin/redocly', ['lint', 'docs/openapi.json'], {
      cwd: fileAt('.'),
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });
    expect(stderr).to.include('valid');
  });

  it('names the schema of every body and every reply', () => {
    for (const { operation } of operations) {
      const contents = [operation.requestBody, ...Object.values<any>(operation.responses)]
        .flatMap((part) => Object.values<any>(part?.content ?? {}))
        .map(({ schema }) => schema);
      for (const schema of contents)
        expect(schema.$ref, operation.operationId).to.match(/^#\/components\/schemas\/\w+Schema$/);
    }
  });

  it('gives every text of a request and every list a limit', () => {
    const { components } = openApiDocument(routes) as any;
    const unlimited: string[] = [];
    const walk = (schema: any, place: string): void => {
      if (schema.$ref !== undefined) return walk(components.schemas[schema.$ref.split('/').at(-1)], place);
      for (const part of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])])
        walk(part, place);
      const limited = schema.maxLength ?? schema.format ?? schema.const ?? schema.enum ?? schema.maximum;
      if ([schema.type].flat().includes('string') && limited === undefined) unlimited.push(place);
      if (schema.type === 'array' && schema.maxItems === undefined) unlimited.push(`${place}[]`);
      for (const [name, part] of Object.entries(schema.properties ?? {})) walk(part, `${place}/${name}`);
    };
    for (const { operation } of operations) {
      for (const { schema, name } of operation.parameters.filter((part: any) => part.$ref === undefined))
        walk(schema, `${operation.operationId}?${name}`);
      for (const { schema } of Object.values<any>(operation.requestBody?.content ?? {}))
        walk(schema, operation.operationId);
    }
    expect(unlimited).to.deep.equal([]);
  });

  it('answers every refusal of a route with a problem document', () => {
    for (const { operation } of operations)
      for (const [status, response] of Object.entries<any>(operation.responses))
        if (Number(status) >= 400) {
          const content = response.content['application/problem+json'];
          expect(Object.keys(content.examples), `${operation.operationId} ${status}`).not.to.be.empty;
        }
  });
});
