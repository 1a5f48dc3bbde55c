/** The cells of a table, without its head and without what marks code. */
export type Rows = readonly (readonly string[])[];

/** All tables of a text, in their order. */
export function tablesIn(text: string): readonly Rows[] {
  const parts = text.split(/\n(?!\|)/).map((part) => part.replace(/^\n/, ''));
  return parts.filter((part) => part.startsWith('|')).map((table) => table.split('\n').slice(2).map(cellsOf));
}

/** The first table below a heading, whichever level that has. */
export function tableBelow(text: string, heading: string): Rows {
  const rest = text.split(new RegExp(`\\n#+ ${heading.replaceAll(/[.?()]/g, '\\$&')}\\n`))[1];
  const table = rest === undefined ? undefined : tablesIn(rest)[0];
  if (table === undefined) throw new Error(`there is no table below "${heading}"`);
  return table;
}

function cellsOf(row: string): readonly string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));
}
