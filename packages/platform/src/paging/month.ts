/** The calendar month of an ISO 8601 time, in UTC: `2026-11`. */
export function monthOf(at: string): string {
  return new Date(at).toISOString().slice(0, 'YYYY-MM'.length);
}
