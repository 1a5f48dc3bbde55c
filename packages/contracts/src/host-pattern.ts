import { z } from 'zod';

/** A host name or address; `*.example.com` is all below it, `*` is any. */
export const HostPatternSchema = z
  .string()
  .max(253)
  .regex(
    /^(\*|(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*)$/i,
    'must be a host name, *.example.com for all below, or * for all',
  )
  .meta({ example: 'github.com' });
