import { afterAll, describe, expect, it } from 'vitest';
import { contextOf, makeRepository, removeRepositories } from './testing/repository.js';

afterAll(removeRepositories);

async function anchorsOf(files: Record<string, string>): Promise<string> {
  const { prompt } = await contextOf(makeRepository(files));
  return /<section name="ANCHORS"[^>]*>\n(.*?)\n<\/section>/s.exec(prompt)?.[1] ?? '';
}

describe('decision records', () => {
  it('stand newest first, without index and template', async () => {
    const text = await anchorsOf({
      'docs/adr/0001-a.md': '# A\n\nFirst.',
      'docs/adr/0002-b.md': '# B\n\nSecond,\nin two lines.',
      'docs/adr/README.md': '# Index',
      'docs/adr/template.md': '# Template',
      'docs/adr/notes.txt': 'notes',
    });
    expect(text).toBe('- B\n  Second, in two lines.\n\n- A\n  First.');
  });

  it('are read past their data and their status', async () => {
    const text = await anchorsOf({
      'adr/0001.md':
        '# 1. Use SQLite\n\nDate: 2026-01-01\n\n## Status\n\nAccepted\n\n## Context\n\nNo server is at hand.\n',
      'adr/0002.md':
        '---\nstatus: accepted\n---\n# Use WAL\n\n* Status: accepted\n* Date: 2026-01-02\n\n## Context\nReaders must not wait.\n',
    });
    expect(text).toBe('- Use WAL\n  Readers must not wait.\n\n- 1. Use SQLite\n  No server is at hand.');
  });

  it('are named by their file when they have no title, and may be titles only', async () => {
    expect(await anchorsOf({ 'adr/0001-no-title.md': 'Just text.', 'adr/0002.md': '# Bare' })).toBe(
      '- Bare\n\n- 0001-no-title\n  Just text.',
    );
  });

  it('give way to ANCHORS.md', async () => {
    expect(await anchorsOf({ 'ANCHORS.md': 'anchors', 'adr/0001.md': '# A' })).toBe('anchors');
  });
});
