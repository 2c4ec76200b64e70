import { business } from './business.ts';
import type { Dashboard } from './dashboard.ts';
import { mesh } from './mesh.ts';
import { service } from './service.ts';

export const dashboards: readonly Dashboard[] = [business, mesh, service];
