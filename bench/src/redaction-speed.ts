import { createRedactor } from '@outpost/agent-runner';
import { randomBytes } from 'node:crypto';
import { median } from './median.js';

const ROUNDS = 5;
const CHUNK_BYTES = 64 * 1024;
const TEXT_BYTES = 32 * 1024 * 1024;
/** As many as a dispatch may have, and the keys of its agent and of the git host. */
const SECRETS = 22;

/** Lines such as an agent prints: words, paths, JSON, now and then something in base64. */
function agentOutput(): Buffer {
  const lines = Array.from({ length: 2_000 }, (_, index) =>
    index % 20 === 0
      ? randomBytes(57).toString('base64')
      : `{"type":"text","line":${index},"text":"Edited src/cart-${index % 97}.ts, and ran its tests: 12 passed."}`,
  );
  const text = Buffer.from(`${lines.join('\n')}\n`);
  return Buffer.concat(Array.from({ length: Math.ceil(TEXT_BYTES / text.length) }, () => text));
}

/** Megabytes per second through a redactor of so many secrets, in the chunks of a pipe. */
export function redactionMegabytesPerSecond(): number {
  const secrets = Array.from({ length: SECRETS }, () => `sk-${randomBytes(48).toString('base64url')}`);
  const redactor = createRedactor(secrets);
  const output = agentOutput();
  const rates = Array.from({ length: ROUNDS }, () => {
    const stream = redactor.stream();
    const began = performance.now();
    for (let from = 0; from < output.length; from += CHUNK_BYTES)
      stream.push(output.subarray(from, from + CHUNK_BYTES));
    stream.end();
    return output.length / 1_000_000 / ((performance.now() - began) / 1_000);
  });
  return Math.round(median(rates));
}
