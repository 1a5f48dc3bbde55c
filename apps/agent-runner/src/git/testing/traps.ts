import { appendFile, cp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git, type Workplace } from './places.js';

/** Something an agent leaves behind to be run by whoever uses git there. */
export interface Trap {
  readonly name: string;
  /** `script` is an executable that leaves a trace. */
  readonly set: (place: Workplace, script: string) => Promise<void>;
  /** What springs it for somebody who is not careful; none where git would have to ask a remote. */
  readonly spring: readonly (readonly string[])[];
}

/** The base that traps are set in: `library` is a submodule, `spare` a file that nobody changes. */
export const TRAP_BASE = { 'readme.md': 'hello\n', spare: 'spare\n', 'dir/inner': 'inner\n' };

const HOOKS = [
  'applypatch-msg',
  'pre-commit',
  'prepare-commit-msg',
  'commit-msg',
  'post-commit',
  'post-checkout',
  'post-index-change',
  'reference-transaction',
  'pre-auto-gc',
  'post-rewrite',
  'fsmonitor-watchman',
  'update',
  'pre-push',
];

export const TRAPS: readonly Trap[] = [
  { name: 'core.fsmonitor', set: configured('core.fsmonitor'), spring: [['status']] },
  { name: 'diff.external', set: configured('diff.external'), spring: [['diff']] },
  {
    name: 'core.pager and core.editor',
    set: configured('core.pager', 'core.editor'),
    spring: [
      ['--paginate', 'log'],
      ['commit', '--allow-empty'],
    ],
  },
  {
    name: 'core.sshCommand',
    set: configured('core.sshCommand'),
    spring: [['fetch', 'ssh://127.0.0.1/nowhere']],
  },
  { name: 'core.alternateRefsCommand', set: configured('core.alternateRefsCommand'), spring: [] },
  {
    name: 'gpg.program',
    set: configured('gpg.program'),
    spring: [['commit', '--allow-empty', '-S', '-m', 'signed']],
  },
  { name: 'credential.helper', set: configured('credential.helper'), spring: [] },
  {
    name: 'aliases',
    set: async ({ repoDir }, script) => {
      for (const name of ['greet', 'add', 'diff', 'ls-tree', 'hash-object', 'check-ignore'])
        await git(repoDir, 'config', `alias.${name}`, `!${script}`);
    },
    spring: [['greet']],
  },
  { name: 'a textconv driver', set: driven('diff.trap.textconv', '* diff=trap'), spring: [['diff']] },
  { name: 'a diff driver', set: driven('diff.trap.command', '* diff=trap'), spring: [['diff']] },
  { name: 'a clean filter', set: driven('filter.trap.clean', '* filter=trap'), spring: [['add', '--all']] },
  {
    name: 'a filter process',
    set: driven('filter.trap.process', '* filter=trap'),
    spring: [['add', '--all']],
  },
  {
    name: 'a smudge filter',
    set: driven('filter.trap.smudge', '* filter=trap'),
    spring: [['checkout-index', '--prefix=out/', 'spare']],
  },
  { name: 'a merge driver', set: driven('merge.trap.driver', '* merge=trap'), spring: [] },
  {
    name: 'a filter named in .git/info/attributes',
    set: async ({ repoDir }, script) => {
      await git(repoDir, 'config', 'filter.trap.clean', script);
      await mkdir(join(repoDir, '.git/info'), { recursive: true });
      await writeFile(join(repoDir, '.git/info/attributes'), '* filter=trap\n');
    },
    spring: [['add', '--all']],
  },
  {
    name: 'hooks',
    set: async ({ repoDir }, script) => {
      await mkdir(join(repoDir, '.git/hooks'), { recursive: true });
      for (const hook of HOOKS) await cp(script, join(repoDir, '.git/hooks', hook));
    },
    spring: [['commit', '--allow-empty', '-m', 'hooked']],
  },
  {
    name: 'core.hooksPath',
    set: async ({ repoDir, root }, script) => {
      await mkdir(join(root, 'hooks'));
      for (const hook of HOOKS) await cp(script, join(root, 'hooks', hook));
      await git(repoDir, 'config', 'core.hooksPath', join(root, 'hooks'));
    },
    spring: [['commit', '--allow-empty', '-m', 'hooked']],
  },
  {
    name: 'an included configuration',
    set: async ({ repoDir, root }, script) => {
      await writeFile(join(root, 'included'), `[core]\n\tfsmonitor = ${script}\n`);
      await appendFile(join(repoDir, '.git/config'), `[include]\n\tpath = ${join(root, 'included')}\n`);
    },
    spring: [['status']],
  },
  {
    name: 'a configuration of the work tree',
    set: async ({ repoDir }, script) => {
      await git(repoDir, 'config', 'extensions.worktreeConfig', 'true');
      await git(repoDir, 'config', '--worktree', 'core.fsmonitor', script);
    },
    spring: [['status']],
  },
  {
    name: 'a file in place of .git',
    set: movedGit(async (repoDir, to) => await writeFile(join(repoDir, '.git'), `gitdir: ${to}\n`)),
    spring: [['status']],
  },
  {
    name: 'a link in place of .git',
    set: movedGit(async (repoDir, to) => await symlink(to, join(repoDir, '.git'))),
    spring: [['status']],
  },
  {
    name: 'a submodule with a .git of its own',
    set: async ({ repoDir }, script) => await hostileRepository(join(repoDir, 'library'), script),
    spring: [['status']],
  },
  {
    name: 'a repository within the repository',
    set: async ({ repoDir }, script) => {
      await hostileRepository(join(repoDir, 'inner'), script);
      await git(repoDir, '-c', 'core.fsmonitor=false', 'add', 'inner');
    },
    spring: [['status']],
  },
  {
    name: '.gitmodules with an update command',
    set: async ({ repoDir }, script) => {
      const lines = [
        '[submodule "library"]',
        'path = library',
        'url = .',
        `update = !${script}`,
        'ignore = none',
      ];
      await writeFile(join(repoDir, '.gitmodules'), `${lines.join('\n')}\n`);
      await git(repoDir, 'config', 'submodule.library.update', `!${script}`);
      await git(repoDir, 'config', 'submodule.recurse', 'true');
    },
    spring: [],
  },
];

function configured(...keys: readonly string[]): Trap['set'] {
  return async ({ repoDir }, script) => {
    for (const key of keys) await git(repoDir, 'config', key, script);
  };
}

function driven(key: string, attributes: string): Trap['set'] {
  return async ({ repoDir }, script) => {
    await git(repoDir, 'config', key, script);
    await writeFile(join(repoDir, '.gitattributes'), `${attributes}\n`);
  };
}

function movedGit(replace: (repoDir: string, to: string) => Promise<void>): Trap['set'] {
  return async ({ repoDir, root }, script) => {
    await git(repoDir, 'config', 'core.fsmonitor', script);
    await rename(join(repoDir, '.git'), join(root, 'elsewhere.git'));
    await replace(repoDir, join(root, 'elsewhere.git'));
  };
}

async function hostileRepository(directory: string, script: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory);
  await git(directory, 'init', '--quiet');
  await git(directory, 'commit', '--quiet', '--allow-empty', '-m', 'inner');
  await writeFile(join(directory, 'file'), 'file\n');
  await git(directory, 'config', 'core.fsmonitor', script);
}
