import { HostPatternSchema } from '@outpost/contracts';
import { commaSeparated } from './list.js';

export const hostPatterns = commaSeparated.refine(
  (patterns) =>
    patterns.length > 0 && patterns.every((pattern) => HostPatternSchema.safeParse(pattern).success),
  {
    error: 'must be host names separated by commas, *.example.com for all below, or * for all',
  },
);
