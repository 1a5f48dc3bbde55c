export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A table of plain, single-width text, one space-padded line per row. Style it afterwards. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const header = columns.map(({ title }) => title);
  const widths = columns.map((_, index) =>
    Math.max(...[header, ...rows].map((row) => (row[index] ?? '').length)),
  );
  const render = (row: readonly string[]): string =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? '';
        return align === 'right' ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0);
      })
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [render(header), rule, ...rows.map(render)].join('\n');
}
