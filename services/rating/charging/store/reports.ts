import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { StoredFault } from '#shared/errors/storedFault';

/** What a report came to, if anything yet. */
export type Outcome = { kind: 'answer'; session: Buffer } | { kind: 'fault'; fault: StoredFault };

export interface Report {
  /** Names the command that carries it out. */
  command: string;
  sessionId: string;
  sequence: bigint;
  /** Hash of the request. */
  request: Buffer;
}

interface Row {
  command: string;
  session_id: string;
  sequence: bigint;
  request: Buffer;
  answer: Buffer | null;
  fault: StoredFault | null;
}

export async function insertReport(tx: Transaction, report: Report, now: Date): Promise<void> {
  const { command, sessionId, sequence, request } = report;
  await prepared(
    tx,
    'insert into charging_reports (command, session_id, sequence, request, time) values ($1, $2, $3, $4, $5)',
    [command, sessionId, sequence, request, now],
  );
}

/** The report of a session under this number; of starts the one that was not refused. */
export async function findReport(sql: Sql, sessionId: string, sequence: bigint): Promise<Report | undefined> {
  const { rows } = await prepared<Row>(
    sql,
    'select * from charging_reports where session_id = $1 and sequence = $2 and not refused',
    [sessionId, sequence],
  );
  const [row] = rows;
  return row && { command: row.command, sessionId: row.session_id, sequence: row.sequence, request: row.request };
}

export async function saveOutcome(tx: Transaction, command: string, outcome: Outcome, refused = false): Promise<void> {
  await prepared(tx, 'update charging_reports set answer = $2, fault = $3, refused = $4 where command = $1', [
    command,
    outcome.kind === 'answer' ? outcome.session : null,
    outcome.kind === 'fault' ? JSON.stringify(outcome.fault) : null,
    refused,
  ]);
}

/** Undefined while it is under way. */
export async function findOutcome(sql: Sql, command: string): Promise<Outcome | undefined> {
  const { rows } = await prepared<Row>(sql, 'select * from charging_reports where command = $1', [command]);
  const { answer, fault } = rows[0] ?? {};
  if (answer) return { kind: 'answer', session: answer };
  return fault ? { kind: 'fault', fault } : undefined;
}
