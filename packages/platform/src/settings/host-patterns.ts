import { commaSeparated } from './list.js';

const HOST_PATTERN = /^(\*|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*)$/i;

export const hostPatterns = commaSeparated.refine(
  (patterns) => patterns.length > 0 && patterns.every((pattern) => HOST_PATTERN.test(pattern)),
  {
    error: 'must be host names separated by commas, *.example.com for all below, or * for all',
  },
);
