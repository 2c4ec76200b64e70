import { startNats } from './nats.ts';
import { startPostgres } from './postgres.ts';

/** One PostgreSQL and one NATS server for the whole test run; each test takes a database and streams of its own. */
export default async function setup(): Promise<() => Promise<void>> {
  const stack = new AsyncDisposableStack();
  const [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
  stack.use(postgres);
  stack.use(nats);
  process.env.TEST_DATABASE_URL = postgres.url;
  process.env.TEST_NATS_URL = nats.url;
  return () => stack.disposeAsync();
}
