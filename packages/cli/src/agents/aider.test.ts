import { execa } from 'execa';
import { chmod, mkdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CliConfig } from '../config.js';
import { fakeImages } from '../testing/fake-image.js';
import { installAgent } from './install.js';

/** A machine whose `python3` is a shell script: it makes a venv whose python "installs" and starts a fake aider. */
async function machine(python3: string | undefined) {
  const fake = await fakeImages();
  onTestFinished(() => fake[Symbol.asyncDispose]());
  await mkdir(join(fake.imagesDir, 'aider', 'cli'), { recursive: true });
  await writeFile(join(fake.imagesDir, 'aider', 'cli', 'requirements.txt'), 'aider-chat==0.86.1\n');
  const bin = join(fake.directory, 'bin');
  await mkdir(bin);
  if (python3 !== undefined) {
    await writeFile(join(bin, 'python3'), python3);
    await chmod(join(bin, 'python3'), 0o755);
  }
  for (const tool of ['sh', 'mkdir', 'cat', 'chmod', 'dirname', 'realpath']) {
    const { stdout } = await execa('/bin/sh', ['-c', `command -v ${tool}`]);
    await writeFile(join(bin, tool), `#!/bin/sh\nexec ${stdout} "$@"\n`, { mode: 0o755 });
  }
  const config: CliConfig = { ...fake.config, base: { ...fake.config.base, PATH: bin } };
  return { config, install: () => installAgent({ agent: 'aider', config, imagesDir: fake.imagesDir }) };
}

const VENV_PYTHON = `#!/bin/sh
case "$1" in
  -m) exit 0 ;;
  */aider) echo "aider 0.86.1 at $(dirname "$0")" ;;
esac`;

const PYTHON = `#!/bin/sh
[ "$1" = -c ] && exit 0
mkdir -p "$3/bin" && cat > "$3/bin/python" <<'EOF'
${VENV_PYTHON}
EOF
chmod +x "$3/bin/python"
`;

test('aider runs from the place it was moved to', async () => {
  const { config, install } = await machine(PYTHON);
  expect(await install()).toMatchObject({ state: 'installed', pinned: { version: '0.86.1' } });
  const home = join(config.agentsDir, 'aider');
  expect(await readlink(join(home, 'bin', 'aider'))).toBe('../venv/bin/aider');
  for (const executable of ['bin/aider', 'venv/bin/aider']) {
    const { stdout } = await execa(join(home, executable), ['--version'], {
      env: config.base,
      extendEnv: false,
    });
    expect(stdout).toBe(`aider 0.86.1 at ${join(home, 'venv', 'bin')}`);
  }
});

test('without a fitting Python the message says what is needed', async () => {
  for (const python of [undefined, '#!/bin/sh\nexit 1\n']) {
    const { install } = await machine(python);
    await expect(install()).rejects.toThrow('Installing aider failed. aider needs Python 3.10, 3.11 or 3.12');
  }
});

test('without PyPI the message shows what pip said', async () => {
  const refused = 'echo "ERROR: No matching distribution found for aider-chat==0.86.1"; exit 1';
  const { install } = await machine(PYTHON.replace('-m) exit 0 ;;', `-m) ${refused} ;;`));
  await expect(install()).rejects.toThrow(
    /\| ERROR: No matching distribution[^\n]*\nThe package index does not have this release for this Python\./,
  );
});
