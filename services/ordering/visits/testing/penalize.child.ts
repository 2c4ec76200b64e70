import '#test/conformance/orphan';
import { PenaltyService } from '#proto/ordering/v1/penalty_service';
import { Counter } from '../../testing.ts';
import { insistOnPenalty } from './insistOnPenalty.ts';

// Imposes a penalty on one customer after the other and releases every second one, on a database and a bank of the parent's, until it is killed.
const { DATABASE_URL = '', BANK = '', VISITORS = '', OFFERING = '' } = process.env;
const counter = await Counter.on(DATABASE_URL, { addresses: { billing: BANK, rating: BANK } });
for (const [index, customerId] of VISITORS.split(',').entries()) {
  const { id } = await insistOnPenalty(counter, customerId, OFFERING);
  if (index % 2 === 0) continue;
  await counter.call(PenaltyService, 'releasePenalty', { penalty: id });
  await counter.driveSagas();
}
throw new Error('it should have been killed');
