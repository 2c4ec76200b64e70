import { type Span, SpanKind, trace } from '@opentelemetry/api';
import pg from 'pg';
import { faultOf } from '../errors/classify.ts';
import { Fault } from '../errors/fault.ts';
import { failSpan } from '../telemetry/spanFailure.ts';
import { tracer } from '../telemetry/tracing.ts';
import { runCommitted } from './committed.ts';

// int8 holds counts and minor units of money: a JS number would lose digits, so it comes as a bigint.
// A date has no time zone, so it stays the text it is.
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, (text: string) => BigInt(text));
types.setTypeParser(pg.types.builtins.DATE, (text: string) => text);

// biome-ignore lint/suspicious/noExplicitAny: a row's shape is the caller's statement; callers name it or use it as is
export type Row = any;

export interface Result<R> {
  rows: R[];
  rowCount: number;
}

/** Anything that runs SQL: the database itself or a transaction. */
export interface Sql {
  query<R = Row>(text: string, values?: unknown[]): Promise<Result<R>>;
}

/** An open transaction. It commits when the work that was given it resolves. */
export interface Transaction extends Sql {
  readonly client: pg.PoolClient;
}

/** Serialization failures and deadlocks: the transaction is fine, only its timing was not. */
const retryable = new Set(['40001', '40P01']);

export class Database implements Sql {
  readonly pool: pg.Pool;
  readonly url: string;
  readonly #attributes: Record<string, string>;

  constructor(
    url: string,
    options: {
      connections?: number;
      name?: string;
      /** Sends a statement without waiting for the answer to the one before it. COPY and cursors are not possible then. */
      pipeline?: boolean;
      onError?: (error: Error) => void;
    } = {},
  ) {
    this.url = url;
    this.#attributes = { 'db.system.name': 'postgresql', 'db.namespace': databaseOf(url) };
    this.pool = new pg.Pool({
      connectionString: url,
      max: options.connections ?? 10,
      application_name: options.name ?? 'jangbu',
      connectionTimeoutMillis: 10_000,
      pipeline: options.pipeline ?? false,
      types,
    });
    // A connection that dies while idle is replaced by the pool; without a listener it would end the process.
    this.pool.on('error', options.onError ?? (() => {}));
  }

  async query<R = Row>(text: string, values?: unknown[]): Promise<Result<R>> {
    const result = await this.pool.query(text, values);
    return { rows: result.rows, rowCount: result.rowCount ?? 0 };
  }

  /**
   * Runs the work in one READ COMMITTED transaction; repeats it when PostgreSQL asks for that. It is a span where it belongs to a trace that is
   * recorded: not one each statement, which are many and short, and none of a worker that looks for work again and again. No statement
   * is named, and so no value. Work that was given up for a reason of its own is rolled back, and that is no failure of the database.
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    if (!trace.getActiveSpan()?.isRecording()) return this.#repeatedly(work);
    const options = { kind: SpanKind.CLIENT, attributes: this.#attributes };
    return tracer().startActiveSpan('transaction', options, async (span: Span) => {
      try {
        return await this.#repeatedly(work);
      } catch (error) {
        if (isOfDatabase(error)) failSpan(span, error);
        throw error;
      } finally {
        span.end();
      }
    });
  }

  async #repeatedly<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work);
      } catch (error) {
        if (attempt >= 5 || !retryable.has((error as { code?: string }).code ?? '')) throw error;
      }
    }
  }

  async #attempt<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    const lost = (error: Error) => {
      broken = error;
    };
    client.on('error', lost);
    try {
      await client.query('begin');
      const tx = transactionOn(client);
      const result = await work(tx);
      await client.query('commit');
      runCommitted(tx);
      return result;
    } catch (error) {
      await client.query('rollback').catch(lost);
      throw error;
    } finally {
      client.off('error', lost);
      client.release(broken);
    }
  }

  /** A connection of one's own, outside the pool: for LISTEN, advisory locks and COPY. The caller ends it. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      types,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    // A lost connection fails the statement under way; without a listener it would end the process besides.
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.end();
  }
}

/** Whether PostgreSQL or the way to it has failed, and not what was done with it. */
function isOfDatabase(error: unknown): boolean {
  if (error instanceof Fault || !(error instanceof Error)) return false;
  return error instanceof pg.DatabaseError || faultOf(error).reason === 'DEPENDENCY_UNAVAILABLE';
}

/** The database's name, out of its URL. */
function databaseOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname.slice(1) : '';
}

export function transactionOn(client: pg.PoolClient): Transaction {
  return {
    client,
    async query<R = Row>(text: string, values?: unknown[]): Promise<Result<R>> {
      const result = await client.query(text, values);
      return { rows: result.rows, rowCount: result.rowCount ?? 0 };
    },
  };
}

/** Whether an error is PostgreSQL's "this key exists already", optionally of one constraint. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const { code, constraint: broken } = error as {
    code?: string;
    constraint?: string;
  };
  return code === '23505' && (constraint === undefined || broken === constraint);
}
