export { AnswerContract } from './answer-contract.js';
export {
  operationsOf,
  resolve,
  type ApiDocument,
  type Operation,
  type Parameter,
  type Schema,
} from './api-document.js';
export { judgeAnswersOf, judgedFetch, judgeNoMoreOf } from './judged-fetch.js';
