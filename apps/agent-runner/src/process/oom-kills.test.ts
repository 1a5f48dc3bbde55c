import { expect, it } from 'vitest';
import { readOomKills } from './oom-kills.js';

const EVENTS = 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n';
const CONTROL = 'oom_kill_disable 0\nunder_oom 0\noom_kill 5\n';

const reading =
  (files: Readonly<Record<string, string>>) =>
  (path: string): string | undefined =>
    files[path];

it.each([
  [
    'version 2',
    { '/proc/self/cgroup': '0::/user.slice/a\n', '/sys/fs/cgroup/user.slice/a/memory.events': EVENTS },
    2,
  ],
  ['version 2 in a container', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.events': EVENTS }, 2],
  [
    'version 1',
    {
      '/proc/self/cgroup': '5:cpu:/a\n4:memory:/a:b\n0::/\n',
      '/sys/fs/cgroup/memory/a:b/memory.oom_control': CONTROL,
    },
    5,
  ],
  [
    'version 1 in a container, which sees the path of its host',
    {
      '/proc/self/cgroup': '4:cpuset,memory:/docker/1\n',
      '/sys/fs/cgroup/memory/memory.oom_control': CONTROL,
    },
    5,
  ],
  ['a group without a limit', { '/proc/self/cgroup': '0::/\n' }, undefined],
  [
    'a kernel that does not count',
    {
      '/proc/self/cgroup': '4:memory:/\n',
      '/sys/fs/cgroup/memory/memory.oom_control': 'under_oom 0\n',
    },
    undefined,
  ],
  ['another system', {}, undefined],
])('counts the kills of %s', (_, files, expected) => {
  expect(readOomKills(reading(files))).toBe(expected);
});
