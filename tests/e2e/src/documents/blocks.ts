import { blocksOf, type Block, type Document } from '@outpost/test-support';

/** Lines of a script without those that are empty or a comment. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
}

/** Whether a block only has npm set up, start or test the checkout: in the tests that has happened, or is happening. */
export function isSetUp({ language, text }: Block): boolean {
  return language === 'sh' && linesOf(text).every((line) => line.startsWith('npm '));
}

/** The blocks of a document that are commands, in their order, without those that set the checkout up. */
export function commandsOf(document: Document): readonly Block[] {
  return blocksOf(document, 'sh').filter((block) => !isSetUp(block));
}
