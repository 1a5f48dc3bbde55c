import { expect, test } from 'vitest';
import { renderTable } from './table.js';

test('columns are as wide as their widest cell, numbers end where their title ends', () => {
  const columns = [{ title: 'agent' }, { title: 'files', align: 'right' }, { title: 'patch' }] as const;
  const rows = [
    ['claude', '3', 'applies'],
    ['grok', '1234567', ''],
  ];
  expect(renderTable(columns, rows)).toBe(
    [
      'agent     files  patch',
      '------  -------  -------',
      'claude        3  applies',
      'grok    1234567',
    ].join('\n'),
  );
});

test('a table without rows is its head', () => {
  expect(renderTable([{ title: 'agent' }], [])).toBe('agent\n-----');
});
