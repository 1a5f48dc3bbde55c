import {
  CHARACTERS_PER_TOKEN,
  estimateTokens,
  type Section,
  type SectionName,
  type Trimming,
} from './model.js';
import { render } from './render.js';

const MARK = '[…]';

/**
 * In this order, until it fits: each section is shortened as far as needed, but not below its floor. One without a
 * floor goes altogether when less than a useful rest would stay. SOUL and ANCHORS come last, and always stay.
 */
const STEPS: readonly { readonly name: SectionName; readonly floorTokens: number }[] = [
  { name: 'ROADMAP', floorTokens: 0 },
  { name: 'PROFILE', floorTokens: 0 },
  { name: 'JOURNAL', floorTokens: 200 },
  { name: 'ANCHORS', floorTokens: 300 },
  { name: 'SOUL', floorTokens: 300 },
];
const USEFUL_TOKENS = 50;

/** Takes away what is too much, so that the rendered sections hold the budget. */
export function fit(
  sections: readonly Section[],
  budgetTokens: number,
): { readonly sections: readonly Section[]; readonly trimming: readonly Trimming[] } {
  let kept = sections;
  const trimming: Trimming[] = [];
  for (const { name, floorTokens } of STEPS) {
    const excess = render(kept).length - budgetTokens * CHARACTERS_PER_TOKEN;
    const section = kept.find((candidate) => candidate.name === name);
    if (excess <= 0 || section === undefined) continue;
    const room = Math.max(section.text.length - excess, floorTokens * CHARACTERS_PER_TOKEN);
    const dropped = floorTokens === 0 && room < USEFUL_TOKENS * CHARACTERS_PER_TOKEN;
    const text = dropped ? '' : shorten(section.text, room, section.keep);
    if (text === section.text) continue;
    kept = kept.flatMap((candidate) =>
      candidate !== section ? [candidate] : dropped ? [] : [{ ...section, text }],
    );
    trimming.push({
      section: name,
      action: dropped ? 'dropped' : 'shortened',
      fromTokens: estimateTokens(section.text),
      toTokens: estimateTokens(text),
    });
  }
  return { sections: kept, trimming };
}

/** At most `maxCharacters`, mark included; whole lines where that costs less than half of it. */
export function shorten(text: string, maxCharacters: number, keep: 'head' | 'tail'): string {
  if (text.length <= maxCharacters) return text;
  const room = Math.max(maxCharacters - MARK.length - 1, 0);
  return keep === 'head' ? `${headOf(text, room)}\n${MARK}` : `${MARK}\n${tailOf(text, room)}`;
}

function headOf(text: string, room: number): string {
  const cut = text.slice(0, room).replace(/[\ud800-\udbff]$/, '');
  const lineEnd = text[room] === '\n' ? cut.length : cut.lastIndexOf('\n');
  return lineEnd > room / 2 ? cut.slice(0, lineEnd) : cut;
}

function tailOf(text: string, room: number): string {
  const from = text.length - room;
  const cut = text.slice(from).replace(/^[\udc00-\udfff]/, '');
  const lineStart = text[from - 1] === '\n' ? 0 : cut.indexOf('\n') + 1;
  return lineStart < room / 2 ? cut.slice(lineStart) : cut;
}
