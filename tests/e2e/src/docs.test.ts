import { ROUTES } from '@outpost/contracts';
import { chromiumExecutable, judgedFetch, startWithFakeAgent, type Outpost } from '@outpost/test-support';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const LIMIT_MS = 180_000;

describe('the page of the API', () => {
  let outpost: Outpost;
  beforeAll(async () => {
    outpost = await startWithFakeAgent();
  });
  afterAll(async () => {
    await outpost.stop();
  });

  it('is open to all, and may load nothing from elsewhere', async () => {
    const { status, headers } = await outpost.call('GET', '/docs', { key: null });
    expect(status).toBe(200);
    const directives = headers
      .get('content-security-policy')!
      .split('; ')
      .map((each) => each.split(' '));
    const sources = new Set(directives.flatMap(([, ...allowed]) => allowed));
    expect([...sources].toSorted()).toEqual(["'none'", "'self'", "'unsafe-inline'", 'data:']);
    expect(directives.find(([name]) => name === 'script-src')).toEqual(['script-src', "'self'"]);
    expect(directives[0]).toEqual(['default-src', "'none'"]);
  });

  it('has its script packed and as it is', async () => {
    const url = `${outpost.url}/docs/scalar.js`;
    const packed = await judgedFetch(url, { headers: { 'accept-encoding': 'gzip' } });
    const plain = await judgedFetch(url, { headers: { 'accept-encoding': 'identity' } });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await packed.text()).toBe(await plain.text());
  });

  it(
    'shows every operation in a browser, and asks nobody else for anything',
    { timeout: LIMIT_MS },
    async ({ skip }) => {
      const executablePath = chromiumExecutable();
      if (executablePath === undefined) return skip('There is no Chromium here.');
      const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
      try {
        const page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
        const asked = new Set<string>();
        const complaints: string[] = [];
        page.on('request', (request) => asked.add(request.url()));
        page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
        page.on('pageerror', (error) => complaints.push(String(error)));
        await page.goto(`${outpost.url}/docs`);
        await page.getByRole('heading', { name: 'Dispatches', exact: true }).waitFor();
        await page.goto(`${outpost.url}/docs#tag/dispatches/POST/dispatch`);
        await page.getByText(ROUTES.createDispatch.summary).first().waitFor();
        for (const { summary } of Object.values(ROUTES).filter(({ path }) => path.startsWith('/dispatch')))
          await page.getByText(summary.split('`')[0]!).first().waitFor({ state: 'attached' });
        expect(
          [...asked].filter((url) => !url.startsWith('data:') && !url.startsWith('blob:')).toSorted(),
        ).toEqual([`${outpost.url}/docs`, `${outpost.url}/docs/scalar.js`, `${outpost.url}/openapi.json`]);
        expect(complaints).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );
});
