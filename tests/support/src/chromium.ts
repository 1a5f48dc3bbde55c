import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installed } from './npm-tool.js';

/** Where a machine that has one has it. */
const OWN = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const PACKAGE = '@sparticuz/chromium@153.0.0';

/** A Chromium without a screen: the machine's own, or that of a package of npm. Undefined where neither can be had. */
export function chromiumExecutable(): string | undefined {
  return OWN.find((file) => existsSync(file)) ?? fromNpm();
}

/** It comes packed, and unpacks itself into the temporary directory: here one that is kept. */
function fromNpm(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const directory = installed(PACKAGE);
  if (directory === undefined) return undefined;
  const unpacked = join(directory, 'unpacked');
  mkdirSync(unpacked, { recursive: true });
  const main = join(directory, 'node_modules', '@sparticuz', 'chromium', 'build', 'index.js');
  const script = `import chromium from ${JSON.stringify(pathToFileURL(main).href)};
    process.stdout.write(await chromium.executablePath());`;
  try {
    const options = {
      env: { ...process.env, TMPDIR: unpacked },
      encoding: 'utf8',
      timeout: 120_000,
    } as const;
    const file = execFileSync(process.execPath, ['--input-type=module', '--eval', script], options);
    execFileSync(file, ['--version'], { stdio: 'ignore', timeout: 30_000 });
    return file;
  } catch {
    return undefined;
  }
}
