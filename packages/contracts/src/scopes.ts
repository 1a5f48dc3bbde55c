import { z } from 'zod';

/** What an API key may do. `admin` includes all the others. */
export const SCOPES = ['dispatch', 'status', 'list', 'cancel', 'promote', 'admin'] as const;

export const ScopeSchema = z
  .enum(SCOPES)
  .meta({ id: 'Scope', description: 'What an API key may do; admin includes all.' });
export type Scope = z.infer<typeof ScopeSchema>;

export function hasScope(granted: readonly Scope[], needed: Scope): boolean {
  return granted.includes('admin') || granted.includes(needed);
}
