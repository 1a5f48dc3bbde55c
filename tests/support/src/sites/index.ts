import { openLocalSite } from './local-site.js';
import type { Site } from './site.js';

export type { Site, StartOptions } from './site.js';

/** Every place that Outpost runs on: what holds on one must hold on all. For `describe.each`. */
export const SITES: readonly { readonly name: Site['name']; readonly open: () => Promise<Site> }[] = [
  { name: 'local', open: openLocalSite },
];
