export { diskLimitsOf, DiskWatch } from './disk-watch.js';
export { measureTree } from './measure.js';
