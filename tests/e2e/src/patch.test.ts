import {
  applyPatch,
  git,
  fakeAgentEnv,
  makeRepository,
  type Outpost,
  PATH,
  shellTask,
  type Site,
  SITES,
  temporaryDirectory,
} from '@outpost/test-support';
import { execa } from 'execa';
import { existsSync, lstatSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe.each(SITES)('on $name', ({ open }) => {
  let site: Site;
  let outpost: Outpost;

  beforeAll(async () => {
    site = await open();
    outpost = await site.start({ env: await fakeAgentEnv(site.directory) });
  });
  afterAll(async () => {
    await outpost.stop();
    await site.close();
  });

  async function run(
    repo: string,
    script: string,
  ): Promise<{ dispatchId: string; baseCommit: string; patch: Buffer }> {
    const { dispatchId } = await outpost.dispatch({
      agent: 'claude',
      task: shellTask(script),
      repo: await site.repositoryUrl(repo),
    });
    const ended = await outpost.ended(dispatchId);
    expect(ended.status, JSON.stringify(ended.failure)).toBe('COMPLETED');
    return {
      dispatchId,
      baseCommit: ended.changes!.baseCommit,
      patch: await outpost.artifactBytes(dispatchId, 'changes.patch'),
    };
  }

  describe('the patch', () => {
    it('holds every kind of change, and the bundle holds the same tree', async () => {
      const repo = await makeRepository({
        'keep.txt': 'keep\n',
        'gone.txt': 'gone\n',
        'old-name.txt': 'a file that is long enough\nto be seen as renamed\nwhen its name changes\n',
        'run.sh': '#!/bin/sh\necho hi\n',
        'picture.bin': Buffer.from([0, 1, 2, 3, 255, 254, 0, 9]),
        '.gitignore': '*.ignored\n',
      });
      const { dispatchId, baseCommit, patch } = await run(
        repo,
        `set -e
      echo untracked > 'a new file.txt'
      rm gone.txt
      mv old-name.txt new-name.txt
      chmod +x run.sh
      printf '\\000\\377\\000binary' > picture.bin
      ln -s keep.txt link
      echo no > secret.ignored
      git add -A
      git -c user.name=Agent -c user.email=agent@example.com commit -q -m 'Committed by the agent'
      echo more >> keep.txt`,
      );
      const clone = await applyPatch(repo, baseCommit, patch);
      const read = (name: string): string => readFileSync(join(clone, name), 'utf8');
      expect(read('a new file.txt')).toBe('untracked\n');
      expect(existsSync(join(clone, 'gone.txt'))).toBe(false);
      expect(existsSync(join(clone, 'old-name.txt'))).toBe(false);
      expect(read('new-name.txt')).toContain('to be seen as renamed');
      expect(statSync(join(clone, 'run.sh')).mode & 0o111).not.toBe(0);
      expect(readFileSync(join(clone, 'picture.bin'))).toEqual(Buffer.from('\0\xff\0binary', 'latin1'));
      expect(lstatSync(join(clone, 'link')).isSymbolicLink() && readlinkSync(join(clone, 'link'))).toBe(
        'keep.txt',
      );
      expect(read('keep.txt')).toBe('keep\nmore\n');
      expect(existsSync(join(clone, 'secret.ignored'))).toBe(false);
      expect(patch.toString('latin1')).toContain('rename from old-name.txt');

      const bundle = join(clone, '..', 'repo.bundle');
      await writeFile(bundle, await outpost.artifactBytes(dispatchId, 'repo.bundle'));
      await git(clone, 'fetch', '--quiet', bundle, `refs/heads/outpost/${dispatchId}`);
      await git(clone, 'add', '-A');
      expect(await git(clone, 'write-tree')).toBe(await git(clone, 'rev-parse', 'FETCH_HEAD^{tree}'));
      expect(await git(clone, 'rev-parse', 'FETCH_HEAD^')).toBe(baseCommit);
    });

    it('is read without running anything that the agent left in .git', async () => {
      const repo = await makeRepository({ 'file.txt': 'one\n', 'data.csv': 'a,b\n' });
      const trap = await temporaryDirectory();
      const sprung = join(trap, 'sprung');
      const evil = join(trap, 'evil.sh');
      await writeFile(evil, `#!/bin/sh\necho "$0 $*" >> ${sprung}\ncat\n`, { mode: 0o755 });
      const { patch } = await run(
        repo,
        `set -e
      for key in core.fsmonitor diff.external core.sshCommand core.editor core.pager gpg.program credential.helper \\
        diff.evil.textconv diff.evil.command filter.evil.clean filter.evil.smudge filter.evil.process \\
        merge.evil.driver uploadpack.packObjectsHook; do git config "$key" ${evil}; done
      git config core.hooksPath .git/hooks
      mkdir -p .git/hooks .git/info
      for hook in pre-commit post-checkout post-index-change reference-transaction post-commit fsmonitor-watchman; do
        cp ${evil} ".git/hooks/$hook"
      done
      echo '* filter=evil diff=evil merge=evil' > .gitattributes
      cp .gitattributes .git/info/attributes
      echo two >> file.txt
      echo 'c,d' >> data.csv`,
      );
      expect(patch.toString()).toContain('+two');
      expect(patch.toString()).toContain('+c,d');
      expect(existsSync(sprung) ? readFileSync(sprung, 'utf8') : '').toBe('');
      // The trap is a real one: a git that trusts the repository springs it.
      await springTrap(evil);
      expect(existsSync(sprung)).toBe(true);
    });
  });
});

async function springTrap(evil: string): Promise<void> {
  const repo = await makeRepository();
  await git(repo, 'config', 'core.fsmonitor', evil);
  await execa('git', ['status'], {
    cwd: repo,
    extendEnv: false,
    env: { PATH, HOME: repo },
    stdin: 'ignore',
    reject: false,
  });
}
