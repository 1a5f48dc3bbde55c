import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { DISPATCH_ID } from './testing/dispatch.js';
import { clientInProcess, failureOf } from './testing/in-process.js';

function clientWith(...names: string[]) {
  const app = new Hono();
  const artifacts = names.map((name) => ({ name, url: `http://outpost/signed/${name}?signature=1` }));
  app.get(`/artifacts/${DISPATCH_ID}`, (c) => c.json({ dispatchId: DISPATCH_ID, artifacts, expiresIn: 60 }));
  app.get('/signed/:name', (c) =>
    c.text(`content of ${c.req.param('name')} for ${c.req.header('x-api-key')}`),
  );
  return clientInProcess(app).artifacts;
}

test('a patch is its text, an artifact by name its answer; both without the key', async () => {
  const artifacts = clientWith('output.log', 'changes.patch');
  expect(await artifacts.patch(DISPATCH_ID)).toBe('content of changes.patch for undefined');
  const response = await artifacts.download({ dispatchId: DISPATCH_ID, name: 'output.log' });
  expect(await response.text()).toBe('content of output.log for undefined');
});

test('what is not there is said with what is', async () => {
  expect(await failureOf(clientWith('task.md', 'output.log').patch(DISPATCH_ID))).toMatchObject({
    name: 'OutpostError',
    message: `Dispatch ${DISPATCH_ID} has no changes.patch; it has task.md, output.log.`,
  });
  expect(await failureOf(clientWith().patch(DISPATCH_ID))).toMatchObject({
    message: `Dispatch ${DISPATCH_ID} has no changes.patch; it has nothing yet.`,
  });
});
