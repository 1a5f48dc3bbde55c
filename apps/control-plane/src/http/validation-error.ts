import { OutpostError, type ErrorDetail } from '@outpost/contracts';
import { z } from 'zod';

export type ValidationTarget = 'param' | 'query' | 'header' | 'json';

const PLACE: Readonly<Record<ValidationTarget, string>> = {
  param: 'path',
  query: 'query',
  header: 'header',
  json: 'body',
};

/** As many faults are told at once: an answer must not be many times as long as what it refuses. */
const MAX_DETAILS = 20;
/** Of a name that the caller made up. */
const MAX_NAME_CHARACTERS = 100;

/** What Zod found, as an error that says where and what would be right. */
export function validationError(
  target: ValidationTarget,
  schema: z.ZodType,
  issues: readonly z.core.$ZodIssue[],
): OutpostError {
  const details = issues
    .slice(0, MAX_DETAILS)
    .flatMap((issue) => detailsOf(PLACE[target], schema, issue))
    .slice(0, MAX_DETAILS);
  const message = details.map(({ path, message: text }) => `${path} ${text}`).join('; ');
  return new OutpostError('VALIDATION_ERROR', message, { details });
}

function detailsOf(place: string, schema: z.ZodType, issue: z.core.$ZodIssue): ErrorDetail[] {
  const path = [place, ...issue.path.map((part) => shown(String(part)))].join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_DETAILS).map((key) => ({
      path: `${path}.${shown(key)}`,
      message: `is not known here${knownFields(schema, issue)}`,
    }));
  }
  return [{ path, message: lowerFirst(issue.message) }];
}

function shown(name: string): string {
  return name.length <= MAX_NAME_CHARACTERS ? name : `${name.slice(0, MAX_NAME_CHARACTERS).toWellFormed()}…`;
}

function knownFields(schema: z.ZodType, issue: z.core.$ZodIssue): string {
  if (!(schema instanceof z.ZodObject) || issue.path.length > 0) return '';
  const known = Object.keys(schema.shape);
  return known.length === 0 ? '; nothing is' : `; known: ${known.join(', ')}`;
}

// Zod's own messages are sentences; after a path they read as the rest of one.
function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
