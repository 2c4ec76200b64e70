import { describe, expect, it } from 'vitest';
import { programs, recorded, settingFaults } from './settings.ts';

const least = {
  DATABASE_URL: 'postgresql://db/x',
  NATS_URL: 'nats://nats:4222',
  OIDC_ISSUER: 'https://id.example',
  OIDC_JWKS_URL: 'https://id.example/jwks',
};

describe('MESH-6 what a program reads of its environment', () => {
  it('takes exactly what it needs', () => {
    expect(settingFaults(['services/billing/main.ts'], least)).toEqual([]);
    expect(
      settingFaults(['services/shared/runtime/migrateService.ts', 'billing'], { DATABASE_URL: 'postgresql://db/x' }),
    ).toEqual([]);
  });

  it('names what is missing, what nobody reads, and what is refused', () => {
    const { NATS_URL: _, ...without } = least;
    expect(settingFaults(['services/billing/main.ts'], without)).toEqual(['NATS_URL is missing']);
    const misspelt = { ...least, LOG_LEVL: 'info' };
    expect(settingFaults(['services/billing/main.ts'], misspelt)).toEqual([
      'services/billing/main.ts does not read LOG_LEVL',
    ]);
    expect(settingFaults(['services/billing/main.ts'], { ...least, PORT: 'grpc' })).toHaveLength(1);
    expect(settingFaults(['services/nobody/main.ts'], {})).toEqual(['no program has the name services/nobody/main.ts']);
  });

  it('knows that one setting makes others necessary', () => {
    const provider = { ...least, PAYMENT_PROVIDER_URL: 'https://pay.example' };
    expect(settingFaults(['services/billing/main.ts'], provider)).toEqual([
      'PAYMENT_PROVIDER_KEY is missing',
      'PAYMENT_WEBHOOK_SECRET is missing',
    ]);
  });

  it('lets pass what only others of its settings refer to, and what is Node’s', () => {
    const given = { ...least, POD_IP: '10.0.0.1', RATING_ADVERTISED_ADDRESS: '$(POD_IP):9000', NODE_OPTIONS: '--x' };
    expect(settingFaults(['services/rating/main.ts'], given)).toEqual([]);
  });

  it('has a reader for every program', () => {
    expect(programs).toHaveLength(8);
    expect(recorded({}, (variables) => variables.HOME).read).toEqual(new Set(['HOME']));
  });
});
