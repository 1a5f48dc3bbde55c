export { createRedactor, type RedactingStream, type Redactor } from './redactor.js';
export { REDACTED } from './redaction-stream.js';
