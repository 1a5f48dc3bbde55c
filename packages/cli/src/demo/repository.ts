import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Environment } from '../config.js';
import { git } from './git.js';

const FILES: Readonly<Record<string, string>> = {
  'README.md': `# corner-shop

The cart of a small shop. All prices are in cents.

\`\`\`js
import { addItem, emptyCart, totalOf } from './src/cart.js';

totalOf(addItem(emptyCart(), { sku: 'tea', price: 350 }, 2)); // 700
\`\`\`

Tests: \`npm test\`

## Plan
- [x] Cart
- [ ] Discounts
- [ ] Shipping
`,
  'package.json': `{
  "name": "corner-shop",
  "version": "1.0.0",
  "private": true,
  "type": "module",
  "scripts": {
    "test": "node --test"
  }
}
`,
  'src/cart.js': `/** A cart without items. */
export function emptyCart() {
  return { items: [] };
}

/** The cart with \`quantity\` more of an item. */
export function addItem(cart, item, quantity = 1) {
  if (!Number.isInteger(quantity) || quantity < 1) throw new RangeError(\`quantity must be at least 1: \${quantity}\`);
  const others = cart.items.filter(({ sku }) => sku !== item.sku);
  const present = cart.items.find(({ sku }) => sku === item.sku)?.quantity ?? 0;
  return { items: [...others, { ...item, quantity: present + quantity }] };
}

/** What the cart costs, in cents. */
export function totalOf(cart) {
  return cart.items.reduce((total, { price, quantity }) => total + price * quantity, 0);
}
`,
  'test/cart.test.js': `import assert from 'node:assert/strict';
import test from 'node:test';
import { addItem, emptyCart, totalOf } from '../src/cart.js';

const tea = { sku: 'tea', price: 350 };

test('an empty cart costs nothing', () => {
  assert.equal(totalOf(emptyCart()), 0);
});

test('the same item adds up', () => {
  const cart = addItem(addItem(emptyCart(), tea), tea, 2);
  assert.equal(cart.items.length, 1);
  assert.equal(totalOf(cart), 1050);
});

test('refuses a quantity that is none', () => {
  assert.throws(() => addItem(emptyCart(), tea, 0), RangeError);
});
`,
};

/** Makes a small, real project with one commit on `main`. */
export async function createShopRepository(directory: string, base: Environment): Promise<void> {
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  const author = ['-c', 'user.name=Outpost demo', '-c', 'user.email=demo@outpost.invalid'];
  await git(['init', '--quiet', '--initial-branch=main'], { cwd: directory, base });
  await git(['add', '--all'], { cwd: directory, base });
  await git([...author, 'commit', '--quiet', '--message=Sell tea'], { cwd: directory, base });
}
