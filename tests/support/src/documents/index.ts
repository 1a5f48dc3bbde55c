export {
  blocksOf,
  documentPaths,
  parseDocument,
  readDocument,
  section,
  type Block,
  type Document,
} from './document.js';
export { openDocumentSite, type DocumentSite, type RunOptions } from './document-site.js';
