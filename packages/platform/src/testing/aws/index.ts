export {
  ServiceFault,
  startJsonService,
  type Caller,
  type JsonService,
  type RecordedCall,
} from './json-service.js';
