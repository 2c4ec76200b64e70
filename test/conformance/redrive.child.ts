import './orphan.ts';
import { Database } from '#shared/database/database';
import { deadLetterService } from '#shared/inbox/deadLetterService';
import { deadLetterClient } from './deadLetters.ts';
import { connectTo } from './stage.ts';

// Sends one dead letter again, and is killed while doing so.
const { DATABASE_URL = '', NATS_URL = '', LETTER = '' } = process.env;
const service = deadLetterService(new Database(DATABASE_URL), await connectTo(NATS_URL));
await deadLetterClient(service).redriveDeadLetter({ deadLetter: LETTER });
