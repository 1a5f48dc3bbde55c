import { expect, it } from 'vitest';
import { selection } from './image.mjs';

const IMAGES = ['base', 'claude', 'codex'];

it('builds the images that are named, with what is meant for the build itself', () => {
  expect(selection(IMAGES, ['claude', '--rebuild', 'codex'])).toEqual({
    filters: ['--filter=@outpost/claude-image', '--filter=@outpost/codex-image'],
    options: ['--rebuild'],
  });
});

it('builds all when none is named', () => {
  expect(selection(IMAGES, [])).toEqual({ filters: [], options: [] });
});

it('knows which there are', () => {
  expect(() => selection(IMAGES, ['claud'])).toThrow(
    'There is no image claud; there are base, claude, codex.',
  );
});
