import { ChargingService } from '#proto/rating/v1/charging_service';
import { implement } from '#shared/rpc/implement';
import { findSession } from '../store/sessions.ts';
import { sessionNotFound, sessionToProto } from './convert.ts';
import type { ChargingParts } from './parts.ts';
import { stopSession, updateSession } from './reportUse.ts';
import { startSession } from './startSession.ts';

export function chargingService(parts: ChargingParts) {
  return implement(ChargingService, parts.database, {
    startSession: startSession(parts),
    updateSession: updateSession(parts),
    stopSession: stopSession(parts),
    getSession: async ({ session: id }) => {
      const session = await findSession(parts.database, id);
      if (!session || session.state === 'STARTING') throw sessionNotFound(id);
      return sessionToProto(session);
    },
  });
}
