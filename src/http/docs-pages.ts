import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { openApiDocument } from './openapi.ts';
import type { Page, Pages } from './pages.ts';
import type { HttpContext } from './request-state.ts';
import type { Route } from './route.ts';

const require = createRequire(import.meta.url);
const folderOf = (packageName: string): string => dirname(require.resolve(`${packageName}/package.json`));

const send = (ctx: HttpContext, type: string, body: string | Buffer): void => {
  ctx.set('cache-control', 'no-cache');
  ctx.type = type;
  ctx.body = body;
};

/** A file of an npm package, read on first use; `change` may leave out what would be fetched from elsewhere. */
const packagedFile = (type: string, path: string, change?: (text: string) => string): Page => {
  let content: Promise<Buffer> | undefined;
  const load = async (): Promise<Buffer> => {
    const bytes = await readFile(path);
    return change === undefined ? bytes : Buffer.from(change(bytes.toString('utf8')));
  };
  return async (ctx) => {
    content ??= load();
    send(ctx, type, await content);
  };
};

const html = (title: string, head: string, body: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title}</title>
    ${head}
  </head>
  <body>
    ${body}
  </body>
</html>
`;

const swaggerPage: Page = (ctx) => {
  const { mount } = ctx.state;
  const head = `<link rel="stylesheet" href="${mount}/docs/swagger-ui.css">
    <link rel="icon" href="${mount}/docs/favicon.png">`;
  const body = `<div id="swagger-ui"></div>
    <script src="${mount}/docs/swagger-ui-bundle.js"></script>
    <script src="${mount}/docs/start.js" data-document="${mount}/openapi.json"></script>`;
  send(ctx, 'html', html('Storyline API', head, body));
};

/** `validatorUrl: null`: the badge would send the document to a server on the internet. */
const swaggerStart = `'use strict';
SwaggerUIBundle({
  url: document.currentScript.dataset.document,
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: true,
  validatorUrl: null,
});
`;

const redocPage: Page = (ctx) => {
  const { mount } = ctx.state;
  const head = `<link rel="icon" href="${mount}/docs/favicon.png">
    <style>body { margin: 0; }</style>`;
  const body = `<div id="redoc"></div>
    <script src="${mount}/redoc/redoc.standalone.js"></script>
    <script src="${mount}/redoc/start.js" data-document="${mount}/openapi.json"></script>`;
  send(ctx, 'html', html('Storyline API', head, body));
};

const redocStart = `'use strict';
Redoc.init(
  document.currentScript.dataset.document,
  { nativeScrollbars: true, theme: { typography: { fontFamily: 'sans-serif', headings: { fontFamily: 'sans-serif' } } } },
  document.getElementById('redoc'),
);
`;

/** Redoc's footer loads its maker's logo from the internet; an empty picture takes its place. */
const withoutRemoteLogo = (bundle: string): string =>
  bundle.replaceAll(
    'https://cdn.redoc.ly/redoc/logo-mini.svg',
    'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22/%3E',
  );

const script = 'text/javascript; charset=utf-8';

/** The description of the API for machines, and two ways to look at it; everything comes from this machine. */
export const docsPages = (routes: readonly Route[]): Pages => {
  const swagger = folderOf('swagger-ui-dist');
  const redoc = folderOf('redoc');
  const document = JSON.stringify(openApiDocument(routes));
  return new Map<string, Page>([
    ['/openapi.json', (ctx) => send(ctx, 'application/json; charset=utf-8', document)],
    ['/docs', swaggerPage],
    ['/docs/start.js', (ctx) => send(ctx, script, swaggerStart)],
    ['/docs/swagger-ui.css', packagedFile('text/css; charset=utf-8', join(swagger, 'swagger-ui.css'))],
    ['/docs/swagger-ui-bundle.js', packagedFile(script, join(swagger, 'swagger-ui-bundle.js'))],
    ['/docs/favicon.png', packagedFile('image/png', join(swagger, 'favicon-32x32.png'))],
    ['/redoc', redocPage],
    ['/redoc/start.js', (ctx) => send(ctx, script, redocStart)],
    [
      '/redoc/redoc.standalone.js',
      packagedFile(script, join(redoc, 'bundles', 'redoc.standalone.js'), withoutRemoteLogo),
    ],
  ]);
};
