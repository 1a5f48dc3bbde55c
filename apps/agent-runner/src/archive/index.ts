export { packWorkspace, sha256Of } from './pack.js';
export { ArchiveError, unpackWorkspace } from './unpack.js';
