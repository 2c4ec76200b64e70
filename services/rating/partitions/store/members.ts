import type { Sql } from '#shared/database/database';
import type { DatabaseSession } from '#shared/process/session';

export interface Member {
  no: number;
  address: string;
}

/** Notified when a member comes or goes of its own accord. */
export const membersChannel = 'usage_members';
/** Space of the advisory locks that are the members' signs of life. */
const lockSpace = 7_472;

const isAlive = `exists (select from pg_locks l where l.locktype = 'advisory' and l.granted and l.objsubid = 2
  and l.classid = ${lockSpace}::oid and l.objid = m.no::oid
  and l.database = (select oid from pg_database where datname = current_database()))`;

/** Adds a member that lives as long as the session. Its row is seen by others no sooner than its lock is held. */
export async function join(session: DatabaseSession, address: string): Promise<number> {
  await session.query(`delete from usage_members m where not ${isAlive}`);
  const { rows } = await session.query(
    `with member as (insert into usage_members (address) values ($1) returning no)
     select no, pg_advisory_lock(${lockSpace}, no) from member`,
    [address],
  );
  await session.query(`notify ${membersChannel}`);
  return rows[0]?.no ?? 0;
}

export async function leave(session: DatabaseSession, no: number): Promise<void> {
  await session.query('delete from usage_members where no = $1', [no]);
  await session.query(`notify ${membersChannel}`);
}

export async function livingMembers(sql: Sql): Promise<Member[]> {
  const { rows } = await sql.query<Member>(`select no, address from usage_members m where ${isAlive} order by no`);
  return rows;
}
