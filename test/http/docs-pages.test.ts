import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { routes } from '../../src/http/routes.ts';
import { call, startTestApplication, type TestApplication } from './test-application.ts';

const executablePath = '/usr/bin/chromium';

/** Everything the page loads, and everything that goes wrong on it. */
const watch = (page: Page) => {
  const seen = { requests: [] as string[], errors: [] as string[] };
  page.on('request', (request) => seen.requests.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(message.text());
  });
  page.on('pageerror', (error) => seen.errors.push(error.message));
  return seen;
};

describe('The pages about the API', function () {
  this.timeout(60_000);
  let app: TestApplication;
  let browser: Browser;
  before(async () => {
    if (!existsSync(executablePath))
      throw new Error('These pages are looked at in Chromium, which is missing: apt-get install chromium');
    app = await startTestApplication({ routes });
    browser = await chromium.launch({
      executablePath,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });
  after(async () => {
    await browser?.close();
    await app?.stop();
  });

  const isLocal = (url: string) => url.startsWith(app.origin) || /^(data|blob):/.test(url);

  for (const mount of ['', '/api/v1']) {
    it(`show every operation in Swagger UI at ${mount}/docs, from this machine alone`, async () => {
      const page = await browser.newPage();
      const seen = watch(page);
      await page.goto(`${app.origin}${mount}/docs`);
      await page.waitForSelector('.opblock');
      expect(await page.locator('.opblock').count()).to.equal(routes.length);
      expect(await page.locator('.info .title').innerText()).to.include('Storyline');
      expect(seen.errors).to.deep.equal([]);
      expect(seen.requests.filter((url) => !isLocal(url))).to.deep.equal([]);
      expect(seen.requests).to.include(`${app.origin}${mount}/openapi.json`);
      await page.close();
    });

    it(`show every operation in Redoc at ${mount}/redoc, from this machine alone`, async () => {
      const page = await browser.newPage();
      const seen = watch(page);
      await page.goto(`${app.origin}${mount}/redoc`);
      const operations = page.locator('[data-section-id*="/operation/"]');
      await operations.nth(routes.length - 1).waitFor({ state: 'attached' });
      expect(await page.locator('h1').first().innerText()).to.include('Storyline');
      expect(seen.errors).to.deep.equal([]);
      expect(seen.requests.filter((url) => !isLocal(url))).to.deep.equal([]);
      await page.close();
    });
  }

  it('let a reader call an operation from Swagger UI', async () => {
    const page = await browser.newPage();
    await page.goto(`${app.origin}/docs#/Operation/getHealth`);
    await page.locator('#operations-Operation-getHealth .try-out__btn').click();
    await page.locator('#operations-Operation-getHealth .execute').click();
    const status = page
      .locator('#operations-Operation-getHealth .live-responses-table .response-col_status')
      .last();
    await status.waitFor();
    expect(await status.innerText()).to.include('200');
    await page.close();
  });

  it('may load and run nothing from elsewhere', async () => {
    for (const path of ['/docs', '/redoc']) {
      const { headers, text } = await call(app, `GET ${path}`);
      expect(headers.get('content-security-policy')).to.include("default-src 'none'");
      expect(headers.get('content-security-policy')).to.include("script-src 'self';");
      expect(text).not.to.match(/(src|href)="(https?:)?\/\//);
    }
  });
});
